// Linux as a guest, by its 64-bit boot protocol.
#pragma once

// Boots a bzImage with an initial RAM disk. Its serial port is standard output. Ends the monitor: with 0 when the guest
// switches the power off or resets the machine.
__attribute__((noreturn)) void linux_boot(
  const char *kernel, const char *initrd, unsigned processors, const char *command_line);
