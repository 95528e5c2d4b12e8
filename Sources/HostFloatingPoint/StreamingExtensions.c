#include "HostFloatingPoint.h"

#if HOST_FLOATING_POINT_IS_EXACT

#include <xmmintrin.h>

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

#define DEFINE(name) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, const void *right) { \
    __m128 value = _mm_loadu_ps(left); \
    const __m128 operand = _mm_loadu_ps(right); \
    EXECUTE(#name " %[operand], %[value]", [value] "+x"(value), [operand] "x"(operand)) \
    _mm_storeu_ps(result, value); \
    return flags & flag_mask; \
  }
HOST_SSE_BINARY_INSTRUCTIONS(DEFINE)
#undef DEFINE

#define DEFINE(name) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, const void *right) { \
    __m128 value = _mm_loadu_ps(left); \
    const __m128 operand = _mm_loadu_ps(right); \
    EXECUTE(#name " $4, %[operand], %[value]", [value] "+x"(value), [operand] "x"(operand)) \
    _mm_storeu_ps(result, value); \
    return flags & flag_mask; \
  }
HOST_SSE_ROUND_INSTRUCTIONS(DEFINE)
#undef DEFINE

#define DEFINE(name, type) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, uint64_t right) { \
    __m128 value = _mm_loadu_ps(left); \
    const type operand = (type)right; \
    EXECUTE(#name " %[operand], %[value]", [value] "+x"(value), [operand] "r"(operand)) \
    _mm_storeu_ps(result, value); \
    return flags & flag_mask; \
  }
DEFINE(cvtsi2ssl, uint32_t)
DEFINE(cvtsi2ssq, uint64_t)
DEFINE(cvtsi2sdl, uint32_t)
DEFINE(cvtsi2sdq, uint64_t)
#undef DEFINE

#define DEFINE(name, mnemonic, type) \
  uint32_t host_##name(uint32_t control, uint64_t *result, const void *operand) { \
    const __m128 value = _mm_loadu_ps(operand); \
    type integer; \
    EXECUTE(#mnemonic " %[value], %[integer]", [integer] "=r"(integer), [value] "x"(value)) \
    *result = integer; \
    return flags & flag_mask; \
  }
DEFINE(cvtss2sil, cvtss2si, uint32_t)
DEFINE(cvtss2siq, cvtss2si, uint64_t)
DEFINE(cvttss2sil, cvttss2si, uint32_t)
DEFINE(cvttss2siq, cvttss2si, uint64_t)
DEFINE(cvtsd2sil, cvtsd2si, uint32_t)
DEFINE(cvtsd2siq, cvtsd2si, uint64_t)
DEFINE(cvttsd2sil, cvttsd2si, uint32_t)
DEFINE(cvttsd2siq, cvttsd2si, uint64_t)
#undef DEFINE

// LAHF and not PUSHF, which would write into the red zone; it puts the flags into AH.
#define DEFINE(name) \
  uint32_t host_##name(uint32_t control, uint64_t *result, const void *left, const void *right) { \
    const __m128 value = _mm_loadu_ps(left); \
    const __m128 operand = _mm_loadu_ps(right); \
    uint64_t status; \
    EXECUTE(#name " %[operand], %[value]\n\tlahf", [status] "=a"(status), [value] "x"(value), \
            [operand] "x"(operand)) \
    *result = status >> 8 & 0x45; \
    return flags & flag_mask; \
  }
HOST_SSE_COMPARE_INSTRUCTIONS(DEFINE)
#undef DEFINE

#endif
