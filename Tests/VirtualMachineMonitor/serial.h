// A 16550A that writes to standard output; nothing is ever received.
#pragma once

#include <stdint.h>

#include "machine.h"

enum { SERIAL_PORT = 0x3F8, SERIAL_LINE = 4 };

uint8_t serial_read(struct machine *machine, unsigned index);
void serial_write(struct machine *machine, unsigned index, uint8_t value);
