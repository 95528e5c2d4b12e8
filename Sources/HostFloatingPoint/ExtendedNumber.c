#include "ExtendedNumber.h"

#include <string.h>

enum { bias = 0x3FFF, exponent_mask = 0x7FFF, sign_bit = 0x8000 };
static const uint64_t integer_bit = (uint64_t)1 << 63;
static const uint64_t quiet_bit = (uint64_t)1 << 62;

// MARK: Formats

static void normalise(struct extended *number) {
  const int shift = __builtin_clzll(number->significand);
  number->significand <<= shift;
  number->exponent -= shift;
}

struct extended extended_load(const void *source) {
  struct extended number = {0};
  uint16_t upper;
  memcpy(&number.significand, source, 8);
  memcpy(&upper, (const char *)source + 8, 2);
  const int stored = upper & exponent_mask;
  number.negative = (upper & sign_bit) != 0;
  number.exponent = (stored == 0 ? 1 : stored) - bias;
  if (stored == exponent_mask && number.significand & integer_bit) {
    number.class = number.significand == integer_bit ? extended_infinity : extended_nan;
  } else if (stored != 0 && !(number.significand & integer_bit)) {
    number.class = extended_unsupported;
  } else if (number.significand == 0) {
    number.class = extended_zero;
  } else {
    number.class = extended_finite;
    number.denormal = stored == 0;
    normalise(&number);
  }
  return number;
}

// A number of an interchange format with `precision` bits, the uppermost of them implied.
static struct extended load_interchange(uint64_t bits, int precision, int exponent_bits) {
  struct extended number = {0};
  const int mask = (1 << exponent_bits) - 1;
  const int stored = (int)(bits >> (precision - 1)) & mask;
  const uint64_t fraction = bits << (64 - (precision - 1));
  number.negative = bits >> (precision - 1 + exponent_bits) & 1;
  number.exponent = (stored == 0 ? 1 : stored) - (mask >> 1);
  number.significand = fraction >> 1 | (stored == 0 ? 0 : integer_bit);
  if (stored == mask) {
    number.class = fraction == 0 ? extended_infinity : extended_nan;
  } else if (number.significand == 0) {
    number.class = extended_zero;
  } else {
    number.class = extended_finite;
    number.denormal = stored == 0;
    normalise(&number);
  }
  return number;
}

struct extended extended_load_single(const void *source) {
  uint32_t bits;
  memcpy(&bits, source, sizeof bits);
  return load_interchange(bits, 24, 8);
}

struct extended extended_load_double(const void *source) {
  uint64_t bits;
  memcpy(&bits, source, sizeof bits);
  return load_interchange(bits, 53, 11);
}

void extended_store(void *destination, struct extended number) {
  uint64_t significand = number.significand;
  int stored = exponent_mask;
  switch (number.class) {
  case extended_zero:
    significand = 0;
    stored = 0;
    break;
  case extended_finite:
    stored = significand & integer_bit ? number.exponent + bias : 0;
    break;
  case extended_infinity:
    significand = integer_bit;
    break;
  case extended_nan:
  case extended_unsupported:
    significand |= integer_bit | quiet_bit;
    break;
  }
  const uint16_t upper = (uint16_t)(stored & exponent_mask) | (number.negative ? sign_bit : 0);
  memcpy(destination, &significand, 8);
  memcpy((char *)destination + 8, &upper, 2);
}

struct extended_format extended_register_format(uint16_t control) {
  static const int precisions[4] = {24, 64, 53, 64};
  return (struct extended_format){precisions[control >> 8 & 3], 1 - bias, bias, 0x6000};
}

// MARK: NaNs

struct extended extended_invalid(struct extended_context *context) {
  context->status |= x87_invalid;
  return (struct extended){
      .class = extended_nan, .negative = true, .significand = integer_bit | quiet_bit};
}

bool extended_is_signalling(struct extended number) {
  return number.class == extended_nan && !(number.significand & quiet_bit);
}

// MARK: Rounding

enum x87_rounding extended_rounding(uint16_t control) { return (enum x87_rounding)(control >> 10 & 3); }

bool extended_rounds_up(enum x87_rounding rounding, bool negative, bool odd, bool half, bool rest) {
  switch (rounding) {
  case to_nearest_even: return half && (rest || odd);
  case to_negative: return negative && (half || rest);
  case to_positive: return !negative && (half || rest);
  case to_zero: return false;
  }
  return false;
}

// A significand to `precision` bits. Returns whether it became 2^64, which is then 2^63.
static bool round_significand(enum x87_rounding rounding, bool negative, int precision, uint64_t *significand,
                              uint64_t rest, bool *inexact, bool *up) {
  const uint64_t unit = (uint64_t)1 << (64 - precision);
  const uint64_t lost = *significand & (unit - 1);
  const bool half = unit == 1 ? rest >> 63 : (lost & unit >> 1) != 0;
  const bool below = unit == 1 ? rest << 1 != 0 : (lost & ((unit >> 1) - 1)) != 0 || rest != 0;
  *inexact = half || below;
  *up = extended_rounds_up(rounding, negative, (*significand & unit) != 0, half, below);
  *significand &= ~(unit - 1);
  if (!*up) return false;
  *significand += unit;
  if (*significand != 0) return false;
  *significand = integer_bit;
  return true;
}

static struct extended overflowed(struct extended_context *context, struct extended_format format, bool negative) {
  const enum x87_rounding rounding = extended_rounding(context->control);
  struct extended result = {.class = extended_infinity, .negative = negative};
  context->status |= x87_overflow | x87_precision;
  if (rounding == to_nearest_even || rounding == (negative ? to_negative : to_positive)) {
    context->status |= x87_c1;
  } else {
    result.class = extended_finite;
    result.exponent = format.maximum;
    result.significand = ~(uint64_t)0 << (64 - format.precision);
  }
  return result;
}

struct extended extended_round(struct extended_context *context, struct extended_format format, bool negative,
                               int32_t exponent, uint64_t significand, uint64_t rest) {
  const enum x87_rounding rounding = extended_rounding(context->control);
  struct extended result = {.class = extended_finite, .negative = negative};
  bool inexact, up;
  uint64_t rounded = significand;
  const bool carries = round_significand(rounding, negative, format.precision, &rounded, rest, &inexact, &up);
  // Whether a result is tiny is judged after rounding.
  int32_t wide = exponent + (carries ? 1 : 0);
  if (wide > format.maximum) {
    if (context->control & x87_overflow) return overflowed(context, format, negative);
    context->status |= x87_overflow;
    wide -= format.bias_adjustment;
  } else if (wide < format.minimum) {
    if (!(context->control & x87_underflow)) {
      context->status |= x87_underflow;
      wide += format.bias_adjustment;
    } else {
      const int32_t shift = format.minimum - exponent;
      const uint64_t low = shift >= 64 ? (shift == 64 ? significand : significand != 0) : significand << (64 - shift);
      const uint64_t lost = rest != 0 || (shift > 64 && significand != 0);
      rounded = shift >= 64 ? 0 : significand >> shift;
      round_significand(rounding, negative, format.precision, &rounded, low | lost, &inexact, &up);
      wide = format.minimum;
      if (inexact) context->status |= x87_underflow;
      if (rounded == 0) result.class = extended_zero;
    }
  }
  if (inexact) context->status |= x87_precision | (up ? x87_c1 : 0);
  result.exponent = wide;
  result.significand = rounded;
  return result;
}
