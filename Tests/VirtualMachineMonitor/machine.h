// A virtual machine of KVM: its memory, its processors and how they start.
#pragma once

#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interface.h"

// What there is of interrupt controllers.
enum controllers {
  LOCAL_APICS, // in the kernel; the IOAPIC is the monitor's
  ALL_CHIPS,   // local APICs, IOAPIC and 8259s in the kernel
};

struct processor {
  struct machine *machine;
  unsigned index;
  int fd;
  int statistics; // see statistics.h
  struct kvm_run *run;
  pthread_t thread;
  unsigned host_cpu; // the processor is run by this one alone
};

struct machine {
  int kvm, fd;
  uint8_t *memory; // from the guest's address 0
  size_t size;
  unsigned count;
  struct processor processors[PROCESSORS];
  // Does what a processor left the guest for.
  void (*handle)(struct processor *processor);
};

// Ends the monitor with a line that says why.
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

// ioctl whose failure ends the monitor.
int control(int fd, unsigned long request, void *argument, const char *what);

// A machine with memory and interrupt controllers, and without processors.
void machine_create(struct machine *machine, size_t size, enum controllers controllers);

// A halted processor sleeps without being watched before.
void machine_sleep_at_once(struct machine *machine);

// Adds a processor, which is called by its number.
void machine_add_processor(struct machine *machine, bool has_x2apic, unsigned processors);

// Tables at an address of the guest that map 4 GiB as they are.
void machine_map_all(struct machine *machine, uint64_t tables);

// Puts a processor into 64-bit mode, with selectors that are in a table of the guest.
struct long_mode {
  uint64_t tables, gdt, rip, rsp, rdi, rsi;
  uint16_t gdt_limit, code, data, task;
};
void processor_enter_long_mode(struct processor *processor, const struct long_mode *state);

// Puts a processor into protected mode without paging, with flat segments.
void processor_enter_protected_mode(struct processor *processor, uint32_t rip, uint32_t rax, uint32_t rbx);

// Has a processor wait for no start-up IPI.
void processor_make_runnable(struct processor *processor);

// Runs all processors, each by a thread on a processor of its own, until one of them ends the monitor.
__attribute__((noreturn)) void machine_run(struct machine *machine);

// The level of an input of the IOAPIC.
void machine_set_line(struct machine *machine, unsigned line, bool level);

// The guest's memory at an address, if there are so many bytes.
void *machine_at(struct machine *machine, uint64_t address, size_t size);

// The text at an address of the guest; empty if it is none.
const char *machine_text(struct machine *machine, uint64_t address);
