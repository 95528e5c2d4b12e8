// Fused multiplication and addition: by the host's instruction where it has FMA, by integers elsewhere.

#include "HostFloatingPoint.h"
#include "SoftwareArithmetic.h"

#include <string.h>

static const enum multiply_add_signs vfmadd_signs = negate_nothing;
static const enum multiply_add_signs vfmsub_signs = negate_addend;
static const enum multiply_add_signs vfnmadd_signs = negate_product;
static const enum multiply_add_signs vfnmsub_signs = negate_product | negate_addend;

// MARK: By integers

static uint32_t compute_elements(struct float_format format, int size, int count,
                                 const enum multiply_add_signs signs[2], uint32_t control, void *result,
                                 const void *first, const void *second, const void *addend) {
  uint32_t flags = 0;
  unsigned char value[16];
  memcpy(value, addend, sizeof value);
  for (int i = 0; i < count; i++) {
    uint64_t a = 0, b = 0, c = 0;
    memcpy(&a, (const char *)first + i * size, size);
    memcpy(&b, (const char *)second + i * size, size);
    memcpy(&c, (const char *)addend + i * size, size);
    const uint64_t element = software_multiply_add(format, signs[i & 1], control, a, b, c, &flags);
    memcpy(value + i * size, &element, size);
  }
  memcpy(result, value, sizeof value);
  return flags;
}

#define DEFINE_ELEMENTS(name, format, size, count, even, odd) \
  uint32_t software_##name(uint32_t control, void *result, const void *first, const void *second, \
                           const void *addend) { \
    const enum multiply_add_signs signs[2] = {even, odd}; \
    return compute_elements(format, size, count, signs, control, result, first, second, addend); \
  }
#define DEFINE(name) \
  DEFINE_ELEMENTS(name##ps, single_format, 4, 4, name##_signs, name##_signs) \
  DEFINE_ELEMENTS(name##ss, single_format, 4, 1, name##_signs, name##_signs) \
  DEFINE_ELEMENTS(name##pd, double_format, 8, 2, name##_signs, name##_signs) \
  DEFINE_ELEMENTS(name##sd, double_format, 8, 1, name##_signs, name##_signs)
DEFINE(vfmadd)
DEFINE(vfmsub)
DEFINE(vfnmadd)
DEFINE(vfnmsub)
#undef DEFINE
DEFINE_ELEMENTS(vfmaddsubps, single_format, 4, 4, vfmsub_signs, vfmadd_signs)
DEFINE_ELEMENTS(vfmaddsubpd, double_format, 8, 2, vfmsub_signs, vfmadd_signs)
DEFINE_ELEMENTS(vfmsubaddps, single_format, 4, 4, vfmadd_signs, vfmsub_signs)
DEFINE_ELEMENTS(vfmsubaddpd, double_format, 8, 2, vfmadd_signs, vfmsub_signs)

// MARK: By the host's instructions

#if HOST_FLOATING_POINT_IS_EXACT

#include "ControlledExecution.h"

#include <cpuid.h>
#include <xmmintrin.h>

static bool has_instructions;

// The operating system must have enabled the instructions, too.
__attribute__((constructor)) static void find_instructions(void) {
  unsigned a, b, c, d;
  const unsigned needed = bit_FMA | bit_AVX | bit_OSXSAVE;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & needed) != needed) return;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  has_instructions = (low & 6) == 6;
}

// These are assembled whatever the target's features are, and run only where they exist.
#define DEFINE_INSTRUCTION(name, mnemonic) \
  static uint32_t execute_##name(uint32_t control, void *result, const void *first, const void *second, \
                                 const void *addend) { \
    __m128 value = _mm_loadu_ps(addend); \
    const __m128 factor = _mm_loadu_ps(first); \
    const __m128 operand = _mm_loadu_ps(second); \
    EXECUTE(mnemonic " %[operand], %[factor], %[value]", [value] "+x"(value), [factor] "x"(factor), \
            [operand] "x"(operand)) \
    _mm_storeu_ps(result, value); \
    return flags & flag_mask; \
  }
#define DEFINE_CHOICE(name) \
  uint32_t host_##name(uint32_t control, void *result, const void *first, const void *second, \
                       const void *addend) { \
    return has_instructions ? execute_##name(control, result, first, second, addend) \
                            : software_##name(control, result, first, second, addend); \
  }
#define DEFINE(base, suffix) \
  DEFINE_INSTRUCTION(base##suffix, #base "231" #suffix) \
  DEFINE_CHOICE(base##suffix)

#else

#define DEFINE(base, suffix) \
  uint32_t host_##base##suffix(uint32_t control, void *result, const void *first, const void *second, \
                               const void *addend) { \
    return software_##base##suffix(control, result, first, second, addend); \
  }

#endif

HOST_MULTIPLY_ADD_INSTRUCTIONS(DEFINE)
