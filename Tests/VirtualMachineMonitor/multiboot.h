// Programs for the bare machine, by Multiboot 1.
#pragma once

// Boots an ELF file of 32 bits with a module of text, `NAME=VALUE` a line, as kvm-unit-tests read it. Its serial port is
// standard output. Ends the monitor as `board.h` says, or when the program writes to port F4h.
__attribute__((noreturn)) void multiboot_boot(const char *kernel, unsigned processors, const char *module);
