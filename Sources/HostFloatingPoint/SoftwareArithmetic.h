// Floating-point arithmetic by integers, for what not every host has an instruction for: the same results and
// exceptions everywhere, under every rounding mode.

#ifndef SOFTWARE_ARITHMETIC_H
#define SOFTWARE_ARITHMETIC_H

#include <stdbool.h>
#include <stdint.h>

/// A binary interchange format (IEEE 754-2019, 3.6).
struct float_format {
  /// Bits of the significand with the one that is not stored.
  int precision;
  int exponent_bits;
};

static const struct float_format half_format = {11, 5};
static const struct float_format single_format = {24, 8};
static const struct float_format double_format = {53, 11};

/// Bits of MXCSR (APM volume 1, 4.2.2).
enum {
  mxcsr_invalid = 1 << 0,
  mxcsr_denormal = 1 << 1,
  mxcsr_zero_divide = 1 << 2,
  mxcsr_overflow = 1 << 3,
  mxcsr_underflow = 1 << 4,
  mxcsr_precision = 1 << 5,
  mxcsr_denormals_are_zeros = 1 << 6,
  mxcsr_overflow_mask = 1 << 10,
  mxcsr_underflow_mask = 1 << 11,
  mxcsr_rounding_shift = 13,
  mxcsr_flush_to_zero = 1 << 15,
};

/// What a fused multiplication and addition negates.
enum multiply_add_signs {
  negate_nothing = 0,
  negate_product = 1 << 0,
  negate_addend = 1 << 1,
};

// `control` is a value of MXCSR; overflow and underflow may be unmasked in it, which changes what is an exception.
// `flags` gains the exceptions. If one of them is not masked, the result means nothing.

/// first * second + addend, rounded once.
uint64_t software_multiply_add(struct float_format format, enum multiply_add_signs signs, uint32_t control,
                               uint64_t first, uint64_t second, uint64_t addend, uint32_t *flags);

/// first / second.
uint64_t software_divide(struct float_format format, uint32_t control, uint64_t first, uint64_t second,
                         uint32_t *flags);

/// A number in another format, rounded if that is narrower. A denormal source is one to DAZ and DE only where
/// `heeds_denormals`.
uint64_t software_convert(struct float_format source, struct float_format target, bool heeds_denormals,
                          uint32_t control, uint64_t number, uint32_t *flags);

#endif
