// How one instruction of the host is executed under an MXCSR of the caller's choice.

#ifndef CONTROLLED_EXECUTION_H
#define CONTROLLED_EXECUTION_H

#include <stdint.h>

enum { flag_mask = 0x3F };

static inline uint32_t own_control(void) {
  uint32_t control;
  __asm__ volatile("stmxcsr %0" : "=m"(control));
  return control;
}

// Whether an instruction gives the same result and no other flags under `own` as under `control`: they agree, and
// every flag that is set in `own` already is one that the caller has. Loading MXCSR costs more than this.
static inline int agree(uint32_t own, uint32_t control) {
  return ((own ^ control) & ~flag_mask) == 0 && (own & ~control) == 0;
}

// One statement each, so that the compiler can move nothing between the parts.
#define UNDER_OWN_CONTROL(instruction) instruction "\n\tstmxcsr %[flags]"
#define UNDER_CONTROL(instruction) \
  "ldmxcsr %[control]\n\t" instruction "\n\tstmxcsr %[flags]\n\tldmxcsr %[own]"

// Executes an instruction under `control`. The variables are those of the functions below.
#define EXECUTE(instruction, outputs, ...) \
  uint32_t flags; \
  const uint32_t own = own_control(); \
  if (agree(own, control)) { \
    __asm__ volatile(UNDER_OWN_CONTROL(instruction) : outputs, [flags] "=m"(flags) : __VA_ARGS__); \
  } else { \
    const uint32_t clean = control & ~(uint32_t)flag_mask; \
    __asm__ volatile(UNDER_CONTROL(instruction) \
                     : outputs, [flags] "=m"(flags) \
                     : __VA_ARGS__, [control] "m"(clean), [own] "m"(own)); \
  }

#endif
