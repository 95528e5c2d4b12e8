#include "HostFloatingPoint.h"

#if defined(__x86_64__)

#include "ControlledExecution.h"

#include <xmmintrin.h>

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
