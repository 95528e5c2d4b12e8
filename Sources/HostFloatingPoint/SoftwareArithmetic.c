#include "SoftwareArithmetic.h"

#include <stddef.h>

typedef unsigned __int128 wide;

enum { wide_bits = 128 };

enum rounding_mode { to_nearest, downwards, upwards, towards_zero };

enum number_class { is_zero, is_finite, is_infinite, is_quiet_nan, is_signalling_nan };

/// A number taken apart. The significand of a finite number, as an integer, is to be multiplied by 2 to the
/// `exponent`.
struct number {
  enum number_class kind;
  bool is_negative;
  bool is_denormal;
  uint64_t significand;
  int exponent;
};

// MARK: Encodings

static int fraction_bits(struct float_format format) { return format.precision - 1; }
static int bias(struct float_format format) { return (1 << (format.exponent_bits - 1)) - 1; }
static uint64_t greatest_exponent(struct float_format format) { return ((uint64_t)1 << format.exponent_bits) - 1; }

static uint64_t encode(struct float_format format, bool is_negative, uint64_t exponent, uint64_t fraction) {
  return (uint64_t)is_negative << (fraction_bits(format) + format.exponent_bits) |
         exponent << fraction_bits(format) | fraction;
}

static uint64_t infinity(struct float_format format, bool is_negative) {
  return encode(format, is_negative, greatest_exponent(format), 0);
}

static uint64_t quiet_bit(struct float_format format) { return (uint64_t)1 << (fraction_bits(format) - 1); }

/// What an invalid operation gives.
static uint64_t indefinite(struct float_format format) {
  return encode(format, true, greatest_exponent(format), quiet_bit(format));
}

static struct number decode(struct float_format format, uint64_t bits, bool denormals_are_zeros) {
  const uint64_t fraction = bits & (((uint64_t)1 << fraction_bits(format)) - 1);
  const uint64_t exponent = bits >> fraction_bits(format) & greatest_exponent(format);
  struct number number = {is_zero, bits >> (fraction_bits(format) + format.exponent_bits) & 1, false, fraction, 0};
  if (exponent == greatest_exponent(format)) {
    number.kind = fraction == 0 ? is_infinite : fraction & quiet_bit(format) ? is_quiet_nan : is_signalling_nan;
  } else if (exponent != 0) {
    number.kind = is_finite;
    number.significand |= (uint64_t)1 << fraction_bits(format);
    number.exponent = (int)exponent - bias(format) - fraction_bits(format);
  } else if (fraction != 0 && !denormals_are_zeros) {
    number.kind = is_finite;
    number.is_denormal = true;
    number.exponent = 1 - bias(format) - fraction_bits(format);
  }
  return number;
}

static bool is_nan(struct number number) {
  return number.kind == is_quiet_nan || number.kind == is_signalling_nan;
}

// MARK: Rounding

static enum rounding_mode rounding(uint32_t control) { return control >> mxcsr_rounding_shift & 3; }

/// Drops the lowest bits, 1 to 128 of them.
static wide drop_bits(wide value, int count, bool is_negative, enum rounding_mode mode, bool *is_inexact) {
  wide kept = count < wide_bits ? value >> count : 0;
  const wide rest = value - (count < wide_bits ? kept << count : 0);
  const wide half = (wide)1 << (count - 1);
  *is_inexact = rest != 0;
  switch (mode) {
    case to_nearest: kept += rest > half || (rest == half && (kept & 1)); break;
    case downwards: kept += is_negative && rest != 0; break;
    case upwards: kept += !is_negative && rest != 0; break;
    case towards_zero: break;
  }
  return kept;
}

static uint64_t overflow(struct float_format format, bool is_negative, enum rounding_mode mode) {
  const bool is_towards_zero =
      mode == towards_zero || (mode == downwards && !is_negative) || (mode == upwards && is_negative);
  return infinity(format, is_negative) - is_towards_zero;
}

static int leading_zeros(wide value) {
  const uint64_t high = (uint64_t)(value >> 64);
  return high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)value);
}

/// Encodes `significand`, which is not zero, times 2 to the `exponent`. Its lowest bit may stand for any number of
/// bits that were lost.
static uint64_t round_number(struct float_format format, bool is_negative, wide significand, int exponent,
                             uint32_t control, uint32_t *flags) {
  const enum rounding_mode mode = rounding(control);
  const int zeros = leading_zeros(significand);
  significand <<= zeros;
  // The number is 1.xxx times 2 to the `scale`.
  int scale = exponent - zeros + wide_bits - 1;
  const int least_scale = 1 - bias(format);
  const int count = wide_bits - format.precision;
  const wide one = (wide)1 << format.precision;
  bool is_inexact;
  wide kept = drop_bits(significand, count, is_negative, mode, &is_inexact);
  if (scale < least_scale) {
    // Tininess is detected after rounding (APM volume 1, 4.10.2).
    const bool is_tiny = scale < least_scale - 1 || kept != one;
    if (is_tiny && !(control & mxcsr_underflow_mask)) {
      // Whatever is tiny; inexact is what would be with an exponent of any size.
      *flags |= mxcsr_underflow | (is_inexact ? mxcsr_precision : 0);
      return 0;
    }
    if (is_tiny && (control & mxcsr_flush_to_zero)) {
      *flags |= mxcsr_underflow | mxcsr_precision;
      return encode(format, is_negative, 0, 0);
    }
    int dropped = count + least_scale - scale;
    if (dropped > wide_bits) {
      dropped = wide_bits;
      significand = 1;
    }
    kept = drop_bits(significand, dropped, is_negative, mode, &is_inexact);
    if (is_inexact) *flags |= mxcsr_precision | (is_tiny ? mxcsr_underflow : 0);
    // A carry into the place of the leading bit is the least normal exponent.
    return encode(format, is_negative, 0, (uint64_t)kept);
  }
  if (kept == one) {
    kept >>= 1;
    scale++;
  }
  if (scale > bias(format) && !(control & mxcsr_overflow_mask)) {
    *flags |= mxcsr_overflow | (is_inexact ? mxcsr_precision : 0);
    return 0;
  }
  if (scale > bias(format)) {
    *flags |= mxcsr_overflow | mxcsr_precision;
    return overflow(format, is_negative, mode);
  }
  if (is_inexact) *flags |= mxcsr_precision;
  return encode(format, is_negative, (uint64_t)(scale + bias(format) - 1), 0) + (uint64_t)kept;
}

// MARK: Multiplication and addition

/// The magnitudes' sum or difference; a significand's lowest bit stands for what was shifted out.
struct sum {
  bool is_negative;
  wide significand;
  int exponent;
};

static wide shift_right_sticky(wide value, int count) {
  if (count >= wide_bits) return value != 0;
  const wide shifted = value >> count;
  return shifted | ((shifted << count) != value);
}

static struct sum add(bool first_is_negative, wide first, int first_exponent, bool second_is_negative, wide second,
                      int second_exponent) {
  // Both get their leading bit to the place below the top, so that the exponents compare the magnitudes, and a
  // sum does not overflow. What is lost below is far beyond the precision unless both are close, when nothing is.
  const int first_zeros = leading_zeros(first) - 1, second_zeros = leading_zeros(second) - 1;
  first <<= first_zeros;
  first_exponent -= first_zeros;
  second <<= second_zeros;
  second_exponent -= second_zeros;
  if (first_exponent < second_exponent) {
    first = shift_right_sticky(first, second_exponent - first_exponent);
    first_exponent = second_exponent;
  } else if (second_exponent < first_exponent) {
    second = shift_right_sticky(second, first_exponent - second_exponent);
  }
  if (first_is_negative == second_is_negative) {
    return (struct sum){first_is_negative, first + second, first_exponent};
  }
  if (first >= second) return (struct sum){first_is_negative, first - second, first_exponent};
  return (struct sum){second_is_negative, second - first, first_exponent};
}

/// The first NaN, made quiet.
static uint64_t select_nan(struct float_format format, int count, const struct number numbers[],
                           const uint64_t bits[], uint32_t *flags) {
  uint64_t result = 0;
  for (int i = count - 1; i >= 0; i--) {
    if (numbers[i].kind == is_signalling_nan) *flags |= mxcsr_invalid;
    if (is_nan(numbers[i])) result = bits[i] | quiet_bit(format);
  }
  return result;
}

uint64_t software_multiply_add(struct float_format format, enum multiply_add_signs signs, uint32_t control,
                               uint64_t first, uint64_t second, uint64_t addend, uint32_t *flags) {
  const bool denormals_are_zeros = control & mxcsr_denormals_are_zeros;
  const uint64_t bits[3] = {first, second, addend};
  struct number numbers[3];
  for (int i = 0; i < 3; i++) numbers[i] = decode(format, bits[i], denormals_are_zeros);
  const struct number a = numbers[0], b = numbers[1], c = numbers[2];
  if (is_nan(a) || is_nan(b) || is_nan(c)) return select_nan(format, 3, numbers, bits, flags);

  const bool product_is_negative = a.is_negative ^ b.is_negative ^ ((signs & negate_product) != 0);
  const bool addend_is_negative = c.is_negative ^ ((signs & negate_addend) != 0);
  const bool has_infinity = a.kind == is_infinite || b.kind == is_infinite;
  const bool has_zero = a.kind == is_zero || b.kind == is_zero;
  const bool cancels = has_infinity && c.kind == is_infinite && product_is_negative != addend_is_negative;
  if ((has_infinity && has_zero) || cancels) {
    *flags |= mxcsr_invalid;
    return indefinite(format);
  }
  if (a.is_denormal || b.is_denormal || c.is_denormal) *flags |= mxcsr_denormal;
  if (has_infinity) return infinity(format, product_is_negative);
  if (c.kind == is_infinite) return infinity(format, addend_is_negative);

  const enum rounding_mode mode = rounding(control);
  const bool zero_is_negative =
      product_is_negative == addend_is_negative ? product_is_negative : mode == downwards;
  if (has_zero && c.kind == is_zero) return encode(format, zero_is_negative, 0, 0);
  struct sum sum;
  if (has_zero) {
    sum = (struct sum){addend_is_negative, c.significand, c.exponent};
  } else {
    const wide product = (wide)a.significand * b.significand;
    const int exponent = a.exponent + b.exponent;
    sum = c.kind == is_zero
              ? (struct sum){product_is_negative, product, exponent}
              : add(product_is_negative, product, exponent, addend_is_negative, c.significand, c.exponent);
    if (sum.significand == 0) return encode(format, mode == downwards, 0, 0);
  }
  return round_number(format, sum.is_negative, sum.significand, sum.exponent, control, flags);
}

// MARK: Division

uint64_t software_divide(struct float_format format, uint32_t control, uint64_t first, uint64_t second,
                         uint32_t *flags) {
  const bool denormals_are_zeros = control & mxcsr_denormals_are_zeros;
  const uint64_t bits[2] = {first, second};
  const struct number numbers[2] = {decode(format, first, denormals_are_zeros),
                                    decode(format, second, denormals_are_zeros)};
  const struct number a = numbers[0], b = numbers[1];
  if (is_nan(a) || is_nan(b)) return select_nan(format, 2, numbers, bits, flags);
  const bool is_negative = a.is_negative ^ b.is_negative;
  if (a.kind == b.kind && (a.kind == is_zero || a.kind == is_infinite)) {
    *flags |= mxcsr_invalid;
    return indefinite(format);
  }
  if (b.kind == is_zero) {
    if (a.kind != is_infinite) *flags |= mxcsr_zero_divide;
    return infinity(format, is_negative);
  }
  if (a.is_denormal || b.is_denormal) *flags |= mxcsr_denormal;
  if (a.kind == is_infinite) return infinity(format, is_negative);
  if (a.kind == is_zero || b.kind == is_infinite) return encode(format, is_negative, 0, 0);
  // A dividend of 127 bits gives a quotient of at least 63.
  const int zeros = __builtin_clzll(a.significand);
  const wide dividend = (wide)(a.significand << zeros) << 63;
  const wide quotient = dividend / b.significand;
  const bool is_inexact = quotient * b.significand != dividend;
  return round_number(format, is_negative, quotient | is_inexact, a.exponent - zeros - 63 - b.exponent, control,
                      flags);
}

// MARK: Conversion

uint64_t software_convert(struct float_format source, struct float_format target, bool heeds_denormals,
                          uint32_t control, uint64_t bits, uint32_t *flags) {
  const struct number number =
      decode(source, bits, heeds_denormals && (control & mxcsr_denormals_are_zeros) != 0);
  switch (number.kind) {
    case is_zero: return encode(target, number.is_negative, 0, 0);
    case is_infinite: return infinity(target, number.is_negative);
    case is_quiet_nan:
    case is_signalling_nan: {
      if (number.kind == is_signalling_nan) *flags |= mxcsr_invalid;
      const int widening = fraction_bits(target) - fraction_bits(source);
      const uint64_t payload = widening >= 0 ? number.significand << widening : number.significand >> -widening;
      return encode(target, number.is_negative, greatest_exponent(target), payload | quiet_bit(target));
    }
    case is_finite: break;
  }
  if (number.is_denormal && heeds_denormals) *flags |= mxcsr_denormal;
  return round_number(target, number.is_negative, number.significand, number.exponent, control, flags);
}
