// The machine that whole systems run on: KVM's interrupt controllers and timer, and the chips of `chipset.h`. Standard
// output is its serial port.
#pragma once

#include <sys/types.h>

#include "machine.h"

// The machine with its processors. It ends the monitor, with 0, when the guest switches the power off, resets the machine
// or shuts down; then it prints `vmm: ` with what happened, and KVM's counters and AVIC's inhibitions under `machine`.
void board_create(struct machine *machine, size_t size, unsigned processors);

// Opens a file and gives its size.
int board_open(const char *path, size_t *size);

// Loads a part of a file into the guest.
void board_load(struct machine *machine, int fd, off_t offset, uint64_t address, size_t size, const char *path);
