// The chips that KVM does not have: a serial port, a clock, power management.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "machine.h"

// What the guest asks for by an access.
enum chipset_event { NOTHING, POWER_OFF, RESET, DEBUG_EXIT };

// An access to a port of 1, 2 or 4 bytes, which are at `data`. Ports of nothing read as ones.
enum chipset_event chipset_access(
  struct machine *machine, uint16_t port, bool is_write, uint8_t *data, unsigned size);
