// What the guest's files share. The guest runs in 64-bit mode, with memory mapped as it is.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../interface.h"

#define shared (*(volatile struct shared *)GUEST_SHARED)

// What `entry.S` keeps of an interrupted program.
struct frame {
  uint64_t registers[15];
  uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

// Registers of the local APIC: AMD APM volume 2, table 16-2.
enum apic {
  APIC_ID = 0x20,
  APIC_VERSION = 0x30,
  APIC_TPR = 0x80,
  APIC_PPR = 0xA0,
  APIC_EOI = 0xB0,
  APIC_LDR = 0xD0,
  APIC_DFR = 0xE0,
  APIC_SVR = 0xF0,
  APIC_ISR = 0x100,
  APIC_IRR = 0x200,
  APIC_ICR = 0x300,
  APIC_ICR_HIGH = 0x310,
  APIC_LVT_TIMER = 0x320,
  APIC_TIMER_INITIAL = 0x380,
  APIC_TIMER_CURRENT = 0x390,
  APIC_TIMER_DIVIDE = 0x3E0,
};

#define APIC_BASE 0xFEE00000u

// Bits of the interrupt command register: section 16.5.
enum icr {
  ICR_FIXED = 0,
  ICR_NMI = 4 << 8,
  ICR_INIT = 5 << 8,
  ICR_STARTUP = 6 << 8,
  ICR_LOGICAL = 1 << 11,
  ICR_ASSERT = 1 << 14,
  ICR_SELF = 1 << 18,
  ICR_ALL = 2 << 18,
  ICR_OTHERS = 3 << 18,
};

static inline void write_msr(uint32_t number, uint64_t value) {
  __asm__ volatile("wrmsr" : : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint64_t read_msr(uint32_t number) {
  uint32_t low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number) : "memory");
  return (uint64_t)high << 32 | low;
}

static inline void out(uint16_t port, uint32_t value) {
  __asm__ volatile("outl %0, %1" : : "a"(value), "d"(port) : "memory");
}

static inline void pause(void) { __asm__ volatile("pause" : : : "memory"); }
static inline void allow_interrupts(void) { __asm__ volatile("sti; nop" : : : "memory"); }
static inline void hold_interrupts(void) { __asm__ volatile("cli" : : : "memory"); }

static inline uint32_t read_physical(uint32_t address) {
  uint32_t value;
  __asm__ volatile("movl (%1), %0" : "=r"(value) : "r"((uint64_t)address) : "memory");
  return value;
}

static inline void write_physical(uint32_t address, uint32_t value) {
  __asm__ volatile("movl %0, (%1)" : : "r"(value), "r"((uint64_t)address) : "memory");
}

static inline uint32_t apic_read(uint32_t offset) {
  return shared.x2apic ? (uint32_t)read_msr(0x800 + (offset >> 4)) : read_physical(APIC_BASE + offset);
}

static inline void apic_write(uint32_t offset, uint32_t value) {
  if (shared.x2apic)
    write_msr(0x800 + (offset >> 4), value);
  else
    write_physical(APIC_BASE + offset, value);
}

static inline uint64_t read_cr8(void) {
  uint64_t value;
  __asm__ volatile("movq %%cr8, %0" : "=r"(value));
  return value;
}

static inline void write_cr8(uint64_t value) { __asm__ volatile("movq %0, %%cr8" : : "r"(value) : "memory"); }

// Tells the monitor a value, or where a phase begins and ends.
void report(const char *name, uint64_t value);
void begin(const char *phase);
void end(void);

// Sends an interrupt. A shorthand needs no destination, and then the upper half is not written.
void send(uint32_t command);
void send_to(uint32_t destination, uint32_t command);

// What is to be done at an interrupt before its EOI; nothing if it is zero.
extern void (*volatile on_interrupt)(unsigned processor, struct frame *frame);
// Ends an interrupt, as `interrupt` does without being asked.
void end_of_interrupt(void);

// Whether a processor has handled so many interrupts of a vector; waits a while for it.
bool await(unsigned processor, unsigned vector, uint64_t count);
// Waits until the other processor takes interrupts.
void await_other(void);
void spin(unsigned pauses);

// Checks, by the files that have them.
void check_touch(void);
void check_self(void);
void check_ipi(void);
void check_halted(void);
void check_absent(void);
void check_vector(void);
void check_messages(void);
void check_logical_id(void);
void check_task_priority(void);
void check_masking(void);
void check_nesting(void);
void check_startup(void);
void check_level(void);
void check_timer(void);
void check_physical_id(void);
void check_read_only(void);
void check_next_page(void);
