// The x87's comparisons and conversions by integers; see ExtendedArithmetic.c.

#include <string.h>

#include "ExtendedNumber.h"
#include "HostFloatingPoint.h"

// MARK: Comparisons

static uint16_t compare(struct extended left, struct extended right, bool is_quiet) {
  const uint16_t unordered = x87_c0 | x87_c2 | x87_c3;
  if (left.class == extended_unsupported || right.class == extended_unsupported) return unordered | x87_invalid;
  if (left.class == extended_nan || right.class == extended_nan) {
    const bool signals = !is_quiet || extended_is_signalling(left) || extended_is_signalling(right);
    return unordered | (signals ? x87_invalid : 0);
  }
  const uint16_t denormal = left.denormal || right.denormal ? x87_denormal : 0;
  if (left.class == extended_zero && right.class == extended_zero) return x87_c3;
  if (left.negative != right.negative || left.class == extended_zero || right.class == extended_zero) {
    const bool is_less = left.class == extended_zero ? !right.negative : left.negative;
    return denormal | (is_less ? x87_c0 : 0);
  }
  int order = (int)(left.class == extended_infinity) - (int)(right.class == extended_infinity);
  if (order == 0 && left.class == extended_infinity) return x87_c3;
  if (order == 0) order = (left.exponent > right.exponent) - (left.exponent < right.exponent);
  if (order == 0) order = (left.significand > right.significand) - (left.significand < right.significand);
  if (order == 0) return denormal | x87_c3;
  return denormal | ((order < 0) != left.negative ? x87_c0 : 0);
}

#define DEFINE(name, load, is_quiet) \
  uint16_t software_##name(uint16_t control, const void *left, const void *right) { \
    (void)control; \
    return compare(extended_load(left), load(right), is_quiet); \
  }
DEFINE(fcom, extended_load, false)
DEFINE(fucom, extended_load, true)
DEFINE(fcoms, extended_load_single, false)
DEFINE(fcoml, extended_load_double, false)
#undef DEFINE

// MARK: Loads

#define DEFINE(name, load) \
  uint16_t software_##name(uint16_t control, void *result, const void *operand) { \
    (void)control; \
    const struct extended number = load(operand); \
    extended_store(result, number); \
    if (extended_is_signalling(number)) return x87_invalid; \
    return number.denormal ? x87_denormal : 0; \
  }
DEFINE(flds, extended_load_single)
DEFINE(fldl, extended_load_double)
#undef DEFINE

uint16_t software_fildll(uint16_t control, void *result, const void *operand) {
  (void)control;
  int64_t value;
  memcpy(&value, operand, sizeof value);
  struct extended number = {.class = extended_zero, .negative = value < 0};
  if (value != 0) {
    const uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    const int shift = __builtin_clzll(magnitude);
    number.class = extended_finite;
    number.exponent = 63 - shift;
    number.significand = magnitude << shift;
  }
  extended_store(result, number);
  return 0;
}

// MARK: Integers

// The magnitude of a finite number as an integer; false if it has more than 64 bits.
static bool round_to_integer(struct extended_context *context, enum x87_rounding rounding, struct extended number,
                             uint64_t *magnitude) {
  *magnitude = 0;
  if (number.class == extended_zero) return true;
  if (number.exponent > 63) return false;
  const int shift = number.exponent < -1 ? 65 : 63 - number.exponent;
  const uint64_t kept = shift >= 64 ? 0 : number.significand >> shift;
  const uint64_t lost = shift == 0 ? 0 : shift >= 64 ? number.significand : number.significand << (64 - shift);
  const bool half = shift <= 64 && lost >> 63;
  const bool below = shift > 64 ? true : lost << 1 != 0;
  const bool up = extended_rounds_up(rounding, number.negative, kept & 1, half, below);
  if (half || below) context->status |= x87_precision | (up ? x87_c1 : 0);
  *magnitude = kept + (up ? 1 : 0);
  return kept != UINT64_MAX || !up;
}

// A number as an integer of `bits` bits, in two's complement.
static int64_t to_integer(struct extended_context *context, enum x87_rounding rounding, struct extended number,
                          int bits) {
  const uint64_t limit = (uint64_t)1 << (bits - 1);
  uint64_t magnitude = 0;
  const bool is_number = number.class == extended_zero || number.class == extended_finite;
  if (!is_number || !round_to_integer(context, rounding, number, &magnitude) ||
      magnitude > limit - (number.negative ? 0 : 1)) {
    context->status = x87_invalid;
    magnitude = limit;
  } else if (number.negative) {
    return (int64_t)(0 - magnitude);
  }
  return bits == 64 ? (int64_t)magnitude : magnitude == limit ? -(int64_t)limit : (int64_t)magnitude;
}

#define DEFINE(name, type, bits, rounding) \
  uint16_t software_##name(uint16_t control, void *result, const void *operand) { \
    struct extended_context context = {control, 0}; \
    const type value = (type)to_integer(&context, rounding, extended_load(operand), bits); \
    memcpy(result, &value, sizeof value); \
    return context.status; \
  }
DEFINE(fistps, int16_t, 16, extended_rounding(control))
DEFINE(fistpl, int32_t, 32, extended_rounding(control))
DEFINE(fistpll, int64_t, 64, extended_rounding(control))
DEFINE(fisttps, int16_t, 16, to_zero)
DEFINE(fisttpl, int32_t, 32, to_zero)
DEFINE(fisttpll, int64_t, 64, to_zero)
#undef DEFINE

uint16_t software_frndint(uint16_t control, void *result, const void *operand) {
  struct extended_context context = {control, 0};
  struct extended number = extended_load(operand);
  if (number.class == extended_unsupported) {
    number = extended_invalid(&context);
  } else if (extended_is_signalling(number)) {
    context.status = x87_invalid;
  } else if (number.class == extended_finite && number.exponent < 63) {
    uint64_t magnitude;
    if (number.denormal) context.status = x87_denormal;
    round_to_integer(&context, extended_rounding(control), number, &magnitude);
    if (magnitude == 0) {
      number.class = extended_zero;
    } else {
      const int shift = __builtin_clzll(magnitude);
      number.exponent = 63 - shift;
      number.significand = magnitude << shift;
    }
  }
  extended_store(result, number);
  return context.status;
}

// MARK: Packed decimals

uint16_t software_fbld(uint16_t control, void *result, const void *operand) {
  const uint8_t *digits = operand;
  int64_t value = 0;
  for (int i = 8; i >= 0; i--) value = value * 100 + (digits[i] >> 4) * 10 + (digits[i] & 0xF);
  const uint8_t sign = digits[9] & 0x80;
  software_fildll(control, result, &value);
  ((uint8_t *)result)[9] |= sign;
  return 0;
}

uint16_t software_fbstp(uint16_t control, void *result, const void *operand) {
  static const uint8_t indefinite[10] = {0, 0, 0, 0, 0, 0, 0, 0xC0, 0xFF, 0xFF};
  struct extended_context context = {control, 0};
  const struct extended number = extended_load(operand);
  uint64_t rest = 0;
  uint8_t digits[10] = {0};
  const bool is_number = number.class == extended_zero || number.class == extended_finite;
  if (!is_number || !round_to_integer(&context, extended_rounding(control), number, &rest) ||
      rest > 999999999999999999) {
    memcpy(result, indefinite, sizeof indefinite);
    return x87_invalid;
  }
  for (int i = 0; i < 9; i++, rest /= 100) digits[i] = (uint8_t)(rest / 10 % 10 << 4 | rest % 10);
  digits[9] = number.negative ? 0x80 : 0;
  memcpy(result, digits, sizeof digits);
  return context.status;
}

// MARK: Stores

// A number in an interchange format with `precision` bits.
static uint64_t to_interchange(struct extended_context *context, struct extended number, int precision,
                               int exponent_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const uint64_t infinity = (((uint64_t)1 << exponent_bits) - 1) << (precision - 1);
  if (number.class == extended_unsupported) number = extended_invalid(context);
  if (number.class == extended_finite) {
    const struct extended_format format = {precision, 1 - bias, bias, 3 << (exponent_bits - 2)};
    number = extended_round(context, format, number.negative, number.exponent, number.significand, 0);
  }
  const uint64_t sign = (uint64_t)number.negative << (precision - 1 + exponent_bits);
  const uint64_t fraction = number.significand << 1 >> (65 - precision);
  switch (number.class) {
  case extended_zero: return sign;
  case extended_infinity: return sign | infinity;
  case extended_finite: {
    const bool is_normal = number.significand >> 63;
    const uint64_t exponent = is_normal ? (uint64_t)(number.exponent + bias) << (precision - 1) & infinity : 0;
    return sign | exponent | fraction;
  }
  case extended_nan:
  case extended_unsupported: break;
  }
  if (extended_is_signalling(number)) context->status |= x87_invalid;
  return sign | infinity | (uint64_t)1 << (precision - 2) | fraction;
}

uint16_t software_fstps(uint16_t control, void *result, const void *operand) {
  struct extended_context context = {control, 0};
  const uint32_t bits = (uint32_t)to_interchange(&context, extended_load(operand), 24, 8);
  memcpy(result, &bits, sizeof bits);
  return context.status;
}

uint16_t software_fstpl(uint16_t control, void *result, const void *operand) {
  struct extended_context context = {control, 0};
  const uint64_t bits = to_interchange(&context, extended_load(operand), 53, 11);
  memcpy(result, &bits, sizeof bits);
  return context.status;
}
