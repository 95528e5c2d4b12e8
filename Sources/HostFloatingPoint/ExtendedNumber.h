// Numbers of the x87's 80-bit format taken apart, rounded by integers, and put together again
// (APM volume 1, 6.3 and 6.4), for hosts without such a unit.

#ifndef EXTENDED_NUMBER_H
#define EXTENDED_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/// Bits of the status word; the exceptions have the places of their masks in the control word.
enum {
  x87_invalid = 1 << 0,
  x87_denormal = 1 << 1,
  x87_zero_divide = 1 << 2,
  x87_overflow = 1 << 3,
  x87_underflow = 1 << 4,
  x87_precision = 1 << 5,
  x87_c0 = 1 << 8,
  /// After an inexact result: it was rounded away from zero.
  x87_c1 = 1 << 9,
  x87_c2 = 1 << 10,
  x87_c3 = 1 << 14,
};

/// The rounding control, as SSE numbers it too.
enum x87_rounding { to_nearest_even, to_negative, to_positive, to_zero };

enum extended_class { extended_zero, extended_finite, extended_infinity, extended_nan, extended_unsupported };

/// A number. The significand of a finite one has its uppermost bit set; its value is significand * 2^(exponent - 63).
struct extended {
  enum extended_class class;
  bool negative;
  /// It was denormal in its format.
  bool denormal;
  int32_t exponent;
  uint64_t significand;
};

/// A finite format: bits of the significand, and the exponents of its normal numbers.
struct extended_format {
  int precision;
  int32_t minimum, maximum;
  /// What an unmasked overflow subtracts from the exponent and an unmasked underflow adds.
  int32_t bias_adjustment;
};

/// The status that an operation makes, and the control word that it obeys.
struct extended_context {
  uint16_t control;
  uint16_t status;
};

struct extended extended_load(const void *source);
struct extended extended_load_single(const void *source);
struct extended extended_load_double(const void *source);
void extended_store(void *destination, struct extended number);

/// The format of results in registers under a control word: the precision control and 15 bits of exponent.
struct extended_format extended_register_format(uint16_t control);

enum x87_rounding extended_rounding(uint16_t control);

/// Whether a magnitude is rounded up whose last bit is `odd`, of which `half` and then `rest` are lost.
bool extended_rounds_up(enum x87_rounding rounding, bool negative, bool odd, bool half, bool rest);

/// Rounds significand:rest, of which the uppermost bit is set, to a format. The result may be an exponent below the
/// format's minimum with a significand that is not normalised: a denormal number.
struct extended extended_round(struct extended_context *context, struct extended_format format, bool negative,
                               int32_t exponent, uint64_t significand, uint64_t rest);

/// The default NaN, after an invalid operation.
struct extended extended_invalid(struct extended_context *context);
bool extended_is_signalling(struct extended number);

#endif
