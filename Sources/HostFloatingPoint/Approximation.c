// What the functions do on hosts without the instructions: what rounds correctly is computed by integers. The rest of
// SSE rounds to nearest and reports no exception; transcendental functions, remainders and scaling of x87 have double
// precision. Nothing depends on the host's floating-point environment.

#include "HostFloatingPoint.h"

#if !HOST_FLOATING_POINT_IS_EXACT

#include <math.h>
#include <string.h>

typedef union {
  float singles[4];
  double doubles[2];
  uint32_t doublewords[4];
  int32_t integers[4];
  uint64_t quadwords[2];
} vector;

static vector load_vector(const void *source) {
  vector value;
  memcpy(&value, source, sizeof value);
  return value;
}

// MARK: SSE

#define DEFINE(name) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, const void *right) { \
    return software_##name(control, result, left, right); \
  }
SOFTWARE_SSE_INSTRUCTIONS(DEFINE)
#undef DEFINE

static uint32_t single_mask(int condition) { return condition ? ~(uint32_t)0 : 0; }
static uint64_t double_mask(int condition) { return condition ? ~(uint64_t)0 : 0; }

// x86 gives the second operand if the numbers are unordered or equal.
#define MINIMUM(a, b) ((a) < (b) ? (a) : (b))
#define MAXIMUM(a, b) ((a) > (b) ? (a) : (b))

#define DEFINE(name, elements, count, expression) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, const void *right) { \
    (void)control; \
    vector value = load_vector(left); \
    const vector operand = load_vector(right); \
    for (int i = 0; i < count; i++) value.elements[i] = expression; \
    memcpy(result, &value, sizeof value); \
    return 0; \
  }
#define A(elements) value.elements[i]
#define B(elements) operand.elements[i]
#define DEFINE_FORMATS(name, single, double) \
  DEFINE(name##ps, singles, 4, single) DEFINE(name##ss, singles, 1, single) \
  DEFINE(name##pd, doubles, 2, double) DEFINE(name##sd, doubles, 1, double)
DEFINE_FORMATS(min, MINIMUM(A(singles), B(singles)), MINIMUM(A(doubles), B(doubles)))
DEFINE_FORMATS(max, MAXIMUM(A(singles), B(singles)), MAXIMUM(A(doubles), B(doubles)))
DEFINE_FORMATS(sqrt, sqrtf(B(singles)), sqrt(B(doubles)))
DEFINE(rcpps, singles, 4, 1 / B(singles))
DEFINE(rcpss, singles, 1, 1 / B(singles))
DEFINE(rsqrtps, singles, 4, 1 / sqrtf(B(singles)))
DEFINE(rsqrtss, singles, 1, 1 / sqrtf(B(singles)))

#define DEFINE_COMPARISON(name, operator) \
  DEFINE(cmp##name##ps, doublewords, 4, single_mask(A(singles) operator B(singles))) \
  DEFINE(cmp##name##ss, doublewords, 1, single_mask(A(singles) operator B(singles))) \
  DEFINE(cmp##name##pd, quadwords, 2, double_mask(A(doubles) operator B(doubles))) \
  DEFINE(cmp##name##sd, quadwords, 1, double_mask(A(doubles) operator B(doubles)))
DEFINE_COMPARISON(eq, ==)
DEFINE_COMPARISON(lt, <)
DEFINE_COMPARISON(le, <=)
DEFINE(cmpunordps, doublewords, 4, single_mask(isunordered(A(singles), B(singles))))
DEFINE(cmpunordss, doublewords, 1, single_mask(isunordered(A(singles), B(singles))))
DEFINE(cmpunordpd, quadwords, 2, double_mask(isunordered(A(doubles), B(doubles))))
DEFINE(cmpunordsd, quadwords, 1, double_mask(isunordered(A(doubles), B(doubles))))

// Rounding follows MXCSR.RC at least here, where programs ask for it.
static double round_to_integer(double value, uint32_t mode) {
  switch (mode & 3) {
    case 0: return nearbyint(value);
    case 1: return floor(value);
    case 2: return ceil(value);
    default: return trunc(value);
  }
}

enum { rounding_shift = 13, truncating = 3 };

DEFINE_FORMATS(round, (float)round_to_integer(B(singles), control >> rounding_shift),
               round_to_integer(B(doubles), control >> rounding_shift))

static int32_t to_int32(double value) {
  return value >= -2147483648.0 && value < 2147483648.0 ? (int32_t)value : INT32_MIN;
}

static int64_t to_int64(double value) {
  return value >= -9223372036854775808.0 && value < 9223372036854775808.0 ? (int64_t)value : INT64_MIN;
}

DEFINE(cvtss2sd, doubles, 1, operand.singles[0])
DEFINE(cvtps2pd, doubles, 2, B(singles))
DEFINE(cvtdq2ps, singles, 4, (float)B(integers))
DEFINE(cvtdq2pd, doubles, 2, B(integers))
DEFINE(cvtps2dq, integers, 4, to_int32(round_to_integer(B(singles), control >> rounding_shift)))
DEFINE(cvttps2dq, integers, 4, to_int32(round_to_integer(B(singles), truncating)))
DEFINE(cvtpd2dq, integers, 4,
       i < 2 ? to_int32(round_to_integer(operand.doubles[i & 1], control >> rounding_shift)) : 0)
DEFINE(cvttpd2dq, integers, 4, i < 2 ? to_int32(round_to_integer(operand.doubles[i & 1], truncating)) : 0)
#undef DEFINE

#define DEFINE(name, elements, type) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, uint64_t right) { \
    (void)control; \
    vector value = load_vector(left); \
    value.elements[0] = (type)right; \
    memcpy(result, &value, sizeof value); \
    return 0; \
  }
DEFINE(cvtsi2ssl, singles, int32_t)
DEFINE(cvtsi2ssq, singles, int64_t)
DEFINE(cvtsi2sdl, doubles, int32_t)
DEFINE(cvtsi2sdq, doubles, int64_t)
#undef DEFINE

#define DEFINE(name, elements, convert, type, mode) \
  uint32_t host_##name(uint32_t control, uint64_t *result, const void *operand) { \
    (void)control; \
    *result = (type)convert(round_to_integer(load_vector(operand).elements[0], mode)); \
    return 0; \
  }
DEFINE(cvtss2sil, singles, to_int32, uint32_t, control >> rounding_shift)
DEFINE(cvtss2siq, singles, to_int64, uint64_t, control >> rounding_shift)
DEFINE(cvttss2sil, singles, to_int32, uint32_t, truncating)
DEFINE(cvttss2siq, singles, to_int64, uint64_t, truncating)
DEFINE(cvtsd2sil, doubles, to_int32, uint32_t, control >> rounding_shift)
DEFINE(cvtsd2siq, doubles, to_int64, uint64_t, control >> rounding_shift)
DEFINE(cvttsd2sil, doubles, to_int32, uint32_t, truncating)
DEFINE(cvttsd2siq, doubles, to_int64, uint64_t, truncating)
#undef DEFINE

enum { carry_flag = 1 << 0, parity_flag = 1 << 2, zero_flag = 1 << 6 };

static uint64_t relation(double left, double right) {
  if (isunordered(left, right)) return carry_flag | parity_flag | zero_flag;
  if (left == right) return zero_flag;
  return left < right ? carry_flag : 0;
}

#define DEFINE(name, elements) \
  uint32_t host_##name(uint32_t control, uint64_t *flags, const void *left, const void *right) { \
    (void)control; \
    *flags = relation(load_vector(left).elements[0], load_vector(right).elements[0]); \
    return 0; \
  }
DEFINE(comiss, singles)
DEFINE(ucomiss, singles)
DEFINE(comisd, doubles)
DEFINE(ucomisd, doubles)
#undef DEFINE

// MARK: x87

enum {
  extended_bias = 0x3FFF,
  extended_exponent = 0x7FFF,
  status_c0 = 1 << 8,
  status_c1 = 1 << 9,
  status_c2 = 1 << 10,
  status_c3 = 1 << 14,
  status_top_shift = 11,
  // TOP after an instruction that pushed, with one operand loaded before it.
  status_pushed = 6 << status_top_shift,
};

static const uint64_t integer_bit = (uint64_t)1 << 63;

static double load_extended(const void *source) {
  uint64_t significand;
  uint16_t exponent;
  memcpy(&significand, source, 8);
  memcpy(&exponent, (const char *)source + 8, 2);
  const double sign = exponent & 0x8000 ? -1.0 : 1.0;
  exponent &= extended_exponent;
  if (exponent == extended_exponent) return significand << 1 ? NAN : sign * INFINITY;
  return sign * ldexp((double)significand, exponent - extended_bias - 63);
}

static void store_extended(void *destination, double value) {
  uint64_t significand = 0;
  uint16_t exponent = 0;
  if (isnan(value)) {
    significand = (uint64_t)3 << 62;
    exponent = extended_exponent;
  } else if (isinf(value)) {
    significand = integer_bit;
    exponent = extended_exponent;
  } else if (value != 0) {
    int power;
    significand = (uint64_t)ldexp(frexp(fabs(value), &power), 64);
    exponent = (uint16_t)(power - 1 + extended_bias);
  }
  if (signbit(value)) exponent |= 0x8000;
  memcpy(destination, &significand, 8);
  memcpy((char *)destination + 8, &exponent, 2);
}

#define DEFINE(name) \
  uint16_t host_##name(uint16_t control, void *result, const void *left, const void *right) { \
    return software_##name(control, result, left, right); \
  }
#define DEFINE_FORMS(name) DEFINE(name) DEFINE(name##s) DEFINE(name##l)
HOST_X87_ARITHMETIC_INSTRUCTIONS(DEFINE_FORMS)
#undef DEFINE

#define DEFINE(name) \
  uint16_t host_##name(uint16_t control, const void *left, const void *right) { \
    return software_##name(control, left, right); \
  }
HOST_X87_COMPARE_INSTRUCTIONS(DEFINE)
DEFINE(fcoms)
DEFINE(fcoml)
#undef DEFINE

#define DEFINE(name) \
  uint16_t host_##name(uint16_t control, void *result, const void *operand) { \
    return software_##name(control, result, operand); \
  }
SOFTWARE_X87_UNARY_INSTRUCTIONS(DEFINE)
#undef DEFINE

// What follows computes in double precision: transcendental functions, remainders and scaling.

#define DEFINE_ONE(name, load, expression) \
  uint16_t host_##name(uint16_t control, void *result, const void *left, const void *right) { \
    (void)control; \
    const double a = load_extended(left), b = load(right); \
    store_extended(result, expression); \
    return 0; \
  }
DEFINE_ONE(fscale, load_extended, a * exp2(trunc(b)))
DEFINE_ONE(fyl2x, load_extended, b * log2(a))
DEFINE_ONE(fyl2xp1, load_extended, b * log1p(a) / M_LN2)
DEFINE_ONE(fpatan, load_extended, atan2(b, a))

// The three lowest bits of the quotient go to C1, C3 and C0.
static uint16_t quotient_bits(double quotient) {
  const unsigned bits = (unsigned)fmod(fabs(quotient), 8);
  return (uint16_t)((bits & 1 ? status_c1 : 0) | (bits & 2 ? status_c3 : 0) | (bits & 4 ? status_c0 : 0));
}

#define DEFINE(name, function, round_quotient) \
  uint16_t host_##name(uint16_t control, void *result, const void *left, const void *right) { \
    (void)control; \
    const double a = load_extended(left), b = load_extended(right); \
    const double rest = function(a, b); \
    store_extended(result, rest); \
    return isnan(rest) ? 0 : quotient_bits(round_quotient((a - rest) / b)); \
  }
DEFINE(fprem, fmod, trunc)
DEFINE(fprem1, remainder, nearbyint)
#undef DEFINE

#define DEFINE(name, load, expression) \
  uint16_t host_##name(uint16_t control, void *result, const void *operand) { \
    (void)control; \
    const double a = load(operand); \
    store_extended(result, expression); \
    return 0; \
  }
DEFINE(fsin, load_extended, sin(a))
DEFINE(fcos, load_extended, cos(a))
DEFINE(f2xm1, load_extended, expm1(a * M_LN2))
#undef DEFINE

#define DEFINE(name, first, second) \
  uint16_t host_##name(uint16_t control, void *result, void *pushed, const void *operand) { \
    (void)control; \
    const double a = load_extended(operand); \
    store_extended(result, first); \
    store_extended(pushed, second); \
    return status_pushed; \
  }
DEFINE(fptan, tan(a), 1)
DEFINE(fsincos, sin(a), cos(a))
DEFINE(fxtract, logb(a), a == 0 || isinf(a) ? a : a / exp2(logb(a)))
#undef DEFINE

#define DEFINE(name, value) \
  uint16_t host_##name(uint16_t control, void *result) { \
    (void)control; \
    store_extended(result, value); \
    return 0; \
  }
DEFINE(fld1, 1)
DEFINE(fldl2t, log2(10))
DEFINE(fldl2e, M_LOG2E)
DEFINE(fldpi, M_PI)
DEFINE(fldlg2, log10(2))
DEFINE(fldln2, M_LN2)
DEFINE(fldz, 0)
#undef DEFINE

#endif
