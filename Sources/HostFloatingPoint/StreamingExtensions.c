#include "HostFloatingPoint.h"

#if HOST_FLOATING_POINT_IS_EXACT

#include <xmmintrin.h>

enum { flag_mask = 0x3F };

// One statement, so that the compiler can move nothing between the parts.
#define UNDER_CONTROL(instruction) \
  "stmxcsr %[own]\n\tldmxcsr %[control]\n\t" instruction "\n\tstmxcsr %[flags]\n\tldmxcsr %[own]"

#define DEFINE(name) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, const void *right) { \
    __m128 value = _mm_loadu_ps(left); \
    const __m128 operand = _mm_loadu_ps(right); \
    uint32_t own, flags; \
    __asm__ volatile(UNDER_CONTROL(#name " %[operand], %[value]") \
                     : [value] "+x"(value), [own] "=m"(own), [flags] "=m"(flags) \
                     : [operand] "x"(operand), [control] "m"(control)); \
    _mm_storeu_ps(result, value); \
    return flags & flag_mask; \
  }
HOST_SSE_BINARY_INSTRUCTIONS(DEFINE)
#undef DEFINE

#define DEFINE(name) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, const void *right) { \
    __m128 value = _mm_loadu_ps(left); \
    const __m128 operand = _mm_loadu_ps(right); \
    uint32_t own, flags; \
    __asm__ volatile(UNDER_CONTROL(#name " $4, %[operand], %[value]") \
                     : [value] "+x"(value), [own] "=m"(own), [flags] "=m"(flags) \
                     : [operand] "x"(operand), [control] "m"(control)); \
    _mm_storeu_ps(result, value); \
    return flags & flag_mask; \
  }
HOST_SSE_ROUND_INSTRUCTIONS(DEFINE)
#undef DEFINE

#define DEFINE(name, type) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, uint64_t right) { \
    __m128 value = _mm_loadu_ps(left); \
    const type operand = (type)right; \
    uint32_t own, flags; \
    __asm__ volatile(UNDER_CONTROL(#name " %[operand], %[value]") \
                     : [value] "+x"(value), [own] "=m"(own), [flags] "=m"(flags) \
                     : [operand] "r"(operand), [control] "m"(control)); \
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
    uint32_t own, flags; \
    __asm__ volatile(UNDER_CONTROL(#mnemonic " %[value], %[integer]") \
                     : [integer] "=r"(integer), [own] "=m"(own), [flags] "=m"(flags) \
                     : [value] "x"(value), [control] "m"(control)); \
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

// SETcc and not PUSHF, which would write into the red zone.
#define DEFINE(name) \
  uint32_t host_##name(uint32_t control, uint64_t *result, const void *left, const void *right) { \
    const __m128 value = _mm_loadu_ps(left); \
    const __m128 operand = _mm_loadu_ps(right); \
    uint32_t own, flags; \
    uint8_t carry, parity, zero; \
    __asm__ volatile(UNDER_CONTROL(#name " %[operand], %[value]") \
                     "\n\tsetc %[carry]\n\tsetp %[parity]\n\tsetz %[zero]" \
                     : [carry] "=&r"(carry), [parity] "=&r"(parity), [zero] "=&r"(zero), \
                       [own] "=m"(own), [flags] "=m"(flags) \
                     : [value] "x"(value), [operand] "x"(operand), [control] "m"(control) \
                     : "cc"); \
    *result = (uint64_t)carry | (uint64_t)parity << 2 | (uint64_t)zero << 6; \
    return flags & flag_mask; \
  }
HOST_SSE_COMPARE_INSTRUCTIONS(DEFINE)
#undef DEFINE

#endif
