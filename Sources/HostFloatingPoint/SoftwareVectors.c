// SSE arithmetic by integers: for hosts without the instructions, and for what a host's instructions cannot tell
// while their exceptions are masked.

#include "HostFloatingPoint.h"
#include "SoftwareArithmetic.h"

#include <string.h>

typedef uint64_t element_function(struct float_format format, uint32_t control, uint64_t first, uint64_t second,
                                  uint32_t *flags);

static uint64_t one(struct float_format format) {
  return (((uint64_t)1 << (format.exponent_bits - 1)) - 1) << (format.precision - 1);
}

static uint64_t sign_bit(struct float_format format) {
  return (uint64_t)1 << (format.precision - 1 + format.exponent_bits);
}

static uint64_t add(struct float_format format, uint32_t control, uint64_t first, uint64_t second, uint32_t *flags) {
  return software_multiply_add(format, negate_nothing, control, first, one(format), second, flags);
}

static uint64_t sub(struct float_format format, uint32_t control, uint64_t first, uint64_t second, uint32_t *flags) {
  return software_multiply_add(format, negate_addend, control, first, one(format), second, flags);
}

static uint64_t mul(struct float_format format, uint32_t control, uint64_t first, uint64_t second, uint32_t *flags) {
  // A zero of the product's sign changes nothing.
  const uint64_t zero = (first ^ second) & sign_bit(format);
  return software_multiply_add(format, negate_nothing, control, first, second, zero, flags);
}

static uint64_t load(const void *source, int size, int index) {
  uint64_t element = 0;
  memcpy(&element, (const char *)source + index * size, size);
  return element;
}

static void store(void *destination, int size, int index, uint64_t element) {
  memcpy((char *)destination + index * size, &element, size);
}

/// Elements of both vectors with each other, by one function where the index is even and by another where it is odd.
static uint32_t compute_vertically(struct float_format format, int size, int count, element_function *even,
                                   element_function *odd, uint32_t control, void *result, const void *left,
                                   const void *right) {
  uint32_t flags = 0;
  unsigned char value[16];
  memcpy(value, left, sizeof value);
  for (int i = 0; i < count; i++) {
    element_function *function = i & 1 ? odd : even;
    store(value, size, i, function(format, control, load(left, size, i), load(right, size, i), &flags));
  }
  memcpy(result, value, sizeof value);
  return flags;
}

/// Neighbours with each other: those of the left vector first.
static uint32_t compute_horizontally(struct float_format format, int size, element_function *function,
                                     uint32_t control, void *result, const void *left, const void *right) {
  uint32_t flags = 0;
  unsigned char value[16];
  const int half = 8 / size;
  for (int i = 0; i < 2 * half; i++) {
    const void *source = i < half ? left : right;
    const int pair = 2 * (i % half);
    const uint64_t first = load(source, size, pair), second = load(source, size, pair + 1);
    store(value, size, i, function(format, control, first, second, &flags));
  }
  memcpy(result, value, sizeof value);
  return flags;
}

#define DEFINE_VERTICAL(name, format, size, count, even, odd) \
  uint32_t software_##name(uint32_t control, void *result, const void *left, const void *right) { \
    return compute_vertically(format, size, count, even, odd, control, result, left, right); \
  }
#define DEFINE(name, function) \
  DEFINE_VERTICAL(name##ps, single_format, 4, 4, function, function) \
  DEFINE_VERTICAL(name##ss, single_format, 4, 1, function, function) \
  DEFINE_VERTICAL(name##pd, double_format, 8, 2, function, function) \
  DEFINE_VERTICAL(name##sd, double_format, 8, 1, function, function)
DEFINE(add, add)
DEFINE(sub, sub)
DEFINE(mul, mul)
DEFINE(div, software_divide)
#undef DEFINE
DEFINE_VERTICAL(addsubps, single_format, 4, 4, sub, add)
DEFINE_VERTICAL(addsubpd, double_format, 8, 2, sub, add)

#define DEFINE(name, format, size, function) \
  uint32_t software_##name(uint32_t control, void *result, const void *left, const void *right) { \
    return compute_horizontally(format, size, function, control, result, left, right); \
  }
DEFINE(haddps, single_format, 4, add)
DEFINE(haddpd, double_format, 8, add)
DEFINE(hsubps, single_format, 4, sub)
DEFINE(hsubpd, double_format, 8, sub)
#undef DEFINE

/// `count` numbers of double precision to single precision, over the first elements of `value`.
static uint32_t convert_to_singles(int count, uint32_t control, void *value, const void *operand) {
  uint32_t flags = 0;
  uint64_t singles[2] = {0};
  for (int i = 0; i < count; i++) {
    singles[i] = software_convert(double_format, single_format, true, control, load(operand, 8, i), &flags);
  }
  for (int i = 0; i < count; i++) store(value, 4, i, singles[i]);
  return flags;
}

uint32_t software_cvtsd2ss(uint32_t control, void *result, const void *left, const void *right) {
  unsigned char value[16];
  memcpy(value, left, sizeof value);
  const uint32_t flags = convert_to_singles(1, control, value, right);
  memcpy(result, value, sizeof value);
  return flags;
}

uint32_t software_cvtpd2ps(uint32_t control, void *result, const void *left, const void *right) {
  (void)left;
  unsigned char value[16] = {0};
  const uint32_t flags = convert_to_singles(2, control, value, right);
  memcpy(result, value, sizeof value);
  return flags;
}
