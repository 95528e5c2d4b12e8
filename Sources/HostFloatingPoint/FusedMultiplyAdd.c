// Fused multiplication and addition by the host's instruction.

#include "HostFloatingPoint.h"

#if defined(__x86_64__)

#include "ControlledExecution.h"

#include <cpuid.h>
#include <xmmintrin.h>

bool host_multiply_add_exists;

// The operating system must have enabled the instructions, too.
__attribute__((constructor)) static void find_instructions(void) {
  unsigned a, b, c, d;
  const unsigned needed = bit_FMA | bit_AVX | bit_OSXSAVE;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & needed) != needed) return;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  host_multiply_add_exists = (low & 6) == 6;
}

// These are assembled whatever the target's features are, and run only where they exist.
#define DEFINE_INSTRUCTION(name, mnemonic) \
  uint32_t host_##name(uint32_t control, void *result, const void *first, const void *second, \
                       const void *addend) { \
    __m128 value = _mm_loadu_ps(addend); \
    const __m128 factor = _mm_loadu_ps(first); \
    const __m128 operand = _mm_loadu_ps(second); \
    EXECUTE(mnemonic " %[operand], %[factor], %[value]", [value] "+x"(value), [factor] "x"(factor), \
            [operand] "x"(operand)) \
    _mm_storeu_ps(result, value); \
    return flags & flag_mask; \
  }
#define DEFINE(base, suffix) DEFINE_INSTRUCTION(base##suffix, #base "231" #suffix)
HOST_MULTIPLY_ADD_INSTRUCTIONS(DEFINE)

#endif
