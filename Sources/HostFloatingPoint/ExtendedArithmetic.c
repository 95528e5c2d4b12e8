// The x87's arithmetic by integers: 80-bit results under every precision and rounding control, with the exceptions
// of silicon. The names are those of FloatingPointUnit.c with `software_` for `host_`.

#include <string.h>

#include "ExtendedNumber.h"
#include "HostFloatingPoint.h"

typedef unsigned __int128 wide;

static struct extended with_sign(struct extended number, bool negative) {
  number.negative = negative;
  return number;
}

// MARK: Operands that are no numbers

// Of two NaNs the one with the larger significand; a signalling one counts only beside another or a number.
static struct extended propagate(struct extended_context *context, struct extended left, struct extended right) {
  const bool left_signals = extended_is_signalling(left), right_signals = extended_is_signalling(right);
  if (left_signals || right_signals) context->status |= x87_invalid;
  if (right.class != extended_nan) return left;
  if (left.class != extended_nan) return right;
  if (left_signals != right_signals) return left_signals ? right : left;
  if (left.significand != right.significand) return left.significand > right.significand ? left : right;
  return left.negative ? right : left;
}

// Whether an operation ends with a NaN because of an operand.
static bool is_not_a_number(struct extended_context *context, struct extended left, struct extended right,
                       struct extended *result) {
  if (left.class == extended_unsupported || right.class == extended_unsupported) {
    *result = extended_invalid(context);
    return true;
  }
  if (left.class == extended_nan || right.class == extended_nan) {
    *result = propagate(context, left, right);
    return true;
  }
  return false;
}

// Whether an operation ends because of an operand; notes denormals. If those are not masked nothing is computed.
static bool is_settled(struct extended_context *context, struct extended left, struct extended right,
                       struct extended *result) {
  if (is_not_a_number(context, left, right, result)) return true;
  if (!left.denormal && !right.denormal) return false;
  context->status |= x87_denormal;
  *result = left;
  return !(context->control & x87_denormal);
}

// MARK: Addition

static struct extended round_to_register(struct extended_context *context, bool negative, int32_t exponent,
                                         wide significand) {
  return extended_round(context, extended_register_format(context->control), negative, exponent,
                        (uint64_t)(significand >> 64), (uint64_t)significand);
}

static struct extended normalise_and_round(struct extended_context *context, bool negative, int32_t exponent,
                                           wide significand) {
  const uint64_t upper = (uint64_t)(significand >> 64);
  const int shift = upper ? __builtin_clzll(upper) : 64 + __builtin_clzll((uint64_t)significand);
  return round_to_register(context, negative, exponent - shift, significand << shift);
}

static struct extended add(struct extended_context *context, struct extended left, struct extended right) {
  struct extended result;
  if (is_settled(context, left, right, &result)) return result;
  if (left.class == extended_infinity || right.class == extended_infinity) {
    if (left.class == right.class && left.negative != right.negative) return extended_invalid(context);
    return left.class == extended_infinity ? left : right;
  }
  const bool minus_zero = extended_rounding(context->control) == to_negative;
  if (left.class == extended_zero && right.class == extended_zero)
    return with_sign(left, left.negative == right.negative ? left.negative : minus_zero);
  // What is zero adds nothing, but the other is rounded.
  if (left.class == extended_zero) left.exponent = right.exponent;
  if (right.class == extended_zero) right.exponent = left.exponent;
  if (left.exponent < right.exponent) {
    const struct extended smaller = left;
    left = right;
    right = smaller;
  }
  const int32_t distance = left.exponent - right.exponent;
  // One bit is left for the carry; bits that are shifted out leave a one.
  const wide first = (wide)left.significand << 63;
  wide second = (wide)right.significand << 63;
  if (distance >= 127) {
    second = second != 0;
  } else if (distance > 0) {
    const wide lost = second & (((wide)1 << distance) - 1);
    second = second >> distance | (lost != 0);
  }
  if (left.negative == right.negative)
    return normalise_and_round(context, left.negative, left.exponent + 1, first + second);
  if (first == second) return (struct extended){.class = extended_zero, .negative = minus_zero};
  if (first > second) return normalise_and_round(context, left.negative, left.exponent + 1, first - second);
  return normalise_and_round(context, right.negative, left.exponent + 1, second - first);
}

static struct extended subtract(struct extended_context *context, struct extended left, struct extended right) {
  // A NaN keeps its sign.
  return add(context, left, right.class == extended_nan ? right : with_sign(right, !right.negative));
}

static struct extended subtract_reversed(struct extended_context *context, struct extended left,
                                         struct extended right) {
  return subtract(context, right, left);
}

// MARK: Multiplication, division, square root

static struct extended multiply(struct extended_context *context, struct extended left, struct extended right) {
  struct extended result;
  if (is_settled(context, left, right, &result)) return result;
  const bool negative = left.negative != right.negative;
  if (left.class == extended_infinity || right.class == extended_infinity) {
    if (left.class == extended_zero || right.class == extended_zero) return extended_invalid(context);
    return (struct extended){.class = extended_infinity, .negative = negative};
  }
  if (left.class == extended_zero || right.class == extended_zero)
    return (struct extended){.class = extended_zero, .negative = negative};
  return normalise_and_round(context, negative, left.exponent + right.exponent + 1,
                             (wide)left.significand * right.significand);
}

static struct extended divide(struct extended_context *context, struct extended left, struct extended right) {
  struct extended result;
  const bool negative = left.negative != right.negative;
  // A division by zero comes before a denormal dividend.
  if (left.class == extended_finite && right.class == extended_zero) {
    context->status |= x87_zero_divide;
    return (struct extended){.class = extended_infinity, .negative = negative};
  }
  if (is_settled(context, left, right, &result)) return result;
  if (left.class == extended_infinity) {
    return right.class == extended_infinity ? extended_invalid(context) : with_sign(left, negative);
  }
  if (right.class == extended_infinity) return (struct extended){.class = extended_zero, .negative = negative};
  if (left.class == extended_zero)
    return right.class == extended_zero ? extended_invalid(context) : with_sign(left, negative);
  const bool is_less = left.significand < right.significand;
  const wide dividend = (wide)left.significand << (is_less ? 64 : 63);
  const wide rest = dividend % right.significand << 64;
  const wide quotient = dividend / right.significand << 64 | rest / right.significand;
  return round_to_register(context, negative, left.exponent - right.exponent - (is_less ? 1 : 0),
                           quotient | (rest % right.significand != 0));
}

static struct extended divide_reversed(struct extended_context *context, struct extended left,
                                       struct extended right) {
  return divide(context, right, left);
}

static struct extended square_root(struct extended_context *context, struct extended operand) {
  struct extended result;
  if (operand.class == extended_zero) return operand;
  if (operand.negative && (operand.class == extended_finite || operand.class == extended_infinity))
    return extended_invalid(context);
  if (is_settled(context, operand, operand, &result)) return result;
  if (operand.class == extended_infinity) return operand;
  const bool is_odd = operand.exponent & 1;
  const wide radicand = (wide)operand.significand << (is_odd ? 64 : 63);
  uint64_t root = 0;
  for (int bit = 63; bit >= 0; bit--) {
    const uint64_t tried = root | (uint64_t)1 << bit;
    if ((wide)tried * tried <= radicand) root = tried;
  }
  const wide rest = radicand - (wide)root * root;
  // The square of root + 1/2 is root more, and never an integer: there is no tie.
  const uint64_t below = rest == 0 ? 0 : rest > root ? (uint64_t)3 << 62 : (uint64_t)1 << 62;
  return extended_round(context, extended_register_format(context->control), false,
                        (operand.exponent - (is_odd ? 1 : 0)) / 2, root, below);
}

// MARK: Instructions

#define DEFINE_ONE(name, load, function) \
  uint16_t software_##name(uint16_t control, void *result, const void *left, const void *right) { \
    struct extended_context context = {control, 0}; \
    extended_store(result, function(&context, extended_load(left), load(right))); \
    return context.status; \
  }
#define DEFINE(name, function) \
  DEFINE_ONE(name, extended_load, function) \
  DEFINE_ONE(name##s, extended_load_single, function) \
  DEFINE_ONE(name##l, extended_load_double, function)
DEFINE(fadd, add)
DEFINE(fsub, subtract)
DEFINE(fsubr, subtract_reversed)
DEFINE(fmul, multiply)
DEFINE(fdiv, divide)
DEFINE(fdivr, divide_reversed)

uint16_t software_fsqrt(uint16_t control, void *result, const void *operand) {
  struct extended_context context = {control, 0};
  extended_store(result, square_root(&context, extended_load(operand)));
  return context.status;
}
