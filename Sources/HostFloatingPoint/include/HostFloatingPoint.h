// Single floating-point instructions of the host, executed under a control word of the caller's choice.
//
// Swift cannot say this: the compiler knows nothing of rounding modes and exception flags, is free to swap the
// operands of an addition although that changes which NaN comes out, and folds constants.
//
// Each function loads MXCSR or the x87 control word, executes the one instruction that it is named after, reads
// the flags back and restores the host's own control word. `result` may be the same memory as an operand.

#ifndef HOST_FLOATING_POINT_H
#define HOST_FLOATING_POINT_H

#include <stdbool.h>
#include <stdint.h>

// Other hosts have none of this: there Processor computes by SoftwareFloatingPoint, under the same names.
#if defined(__x86_64__)

#pragma clang assume_nonnull begin

// MARK: SSE
//
// `control` is a value of MXCSR in which all exceptions are masked. The result is MXCSR's six flags: those that the
// instruction raises and perhaps some of those that are set in `control`. Vectors are 16 bytes and need no
// alignment.

/// Instructions with a destination that is also the first operand. Scalar ones pass its upper part through.
/// Those with one operand (SQRTPS, CVTDQ2PS, ...) ignore it where they replace all of the destination.
#define HOST_SSE_BINARY_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(addps) INSTRUCTION(addpd) INSTRUCTION(addss) INSTRUCTION(addsd) \
  INSTRUCTION(subps) INSTRUCTION(subpd) INSTRUCTION(subss) INSTRUCTION(subsd) \
  INSTRUCTION(mulps) INSTRUCTION(mulpd) INSTRUCTION(mulss) INSTRUCTION(mulsd) \
  INSTRUCTION(divps) INSTRUCTION(divpd) INSTRUCTION(divss) INSTRUCTION(divsd) \
  INSTRUCTION(minps) INSTRUCTION(minpd) INSTRUCTION(minss) INSTRUCTION(minsd) \
  INSTRUCTION(maxps) INSTRUCTION(maxpd) INSTRUCTION(maxss) INSTRUCTION(maxsd) \
  INSTRUCTION(sqrtps) INSTRUCTION(sqrtpd) INSTRUCTION(sqrtss) INSTRUCTION(sqrtsd) \
  INSTRUCTION(rcpps) INSTRUCTION(rcpss) INSTRUCTION(rsqrtps) INSTRUCTION(rsqrtss) \
  INSTRUCTION(addsubps) INSTRUCTION(addsubpd) \
  INSTRUCTION(haddps) INSTRUCTION(haddpd) INSTRUCTION(hsubps) INSTRUCTION(hsubpd) \
  INSTRUCTION(cmpeqps) INSTRUCTION(cmpeqpd) INSTRUCTION(cmpeqss) INSTRUCTION(cmpeqsd) \
  INSTRUCTION(cmpltps) INSTRUCTION(cmpltpd) INSTRUCTION(cmpltss) INSTRUCTION(cmpltsd) \
  INSTRUCTION(cmpleps) INSTRUCTION(cmplepd) INSTRUCTION(cmpless) INSTRUCTION(cmplesd) \
  INSTRUCTION(cmpunordps) INSTRUCTION(cmpunordpd) INSTRUCTION(cmpunordss) INSTRUCTION(cmpunordsd) \
  INSTRUCTION(cvtss2sd) INSTRUCTION(cvtsd2ss) INSTRUCTION(cvtps2pd) INSTRUCTION(cvtpd2ps) \
  INSTRUCTION(cvtdq2ps) INSTRUCTION(cvtdq2pd) INSTRUCTION(cvtps2dq) INSTRUCTION(cvttps2dq) \
  INSTRUCTION(cvtpd2dq) INSTRUCTION(cvttpd2dq)

/// ROUNDPS and its kin, with rounding by MXCSR (immediate 4).
#define HOST_SSE_ROUND_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(roundps) INSTRUCTION(roundpd) INSTRUCTION(roundss) INSTRUCTION(roundsd)

/// From a general register, whose width the suffix tells (l: 32 bits, q: 64 bits), to a scalar.
#define HOST_SSE_FROM_INTEGER_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(cvtsi2ssl) INSTRUCTION(cvtsi2ssq) INSTRUCTION(cvtsi2sdl) INSTRUCTION(cvtsi2sdq)

/// From a scalar to a general register.
#define HOST_SSE_TO_INTEGER_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(cvtss2sil) INSTRUCTION(cvtss2siq) INSTRUCTION(cvttss2sil) INSTRUCTION(cvttss2siq) \
  INSTRUCTION(cvtsd2sil) INSTRUCTION(cvtsd2siq) INSTRUCTION(cvttsd2sil) INSTRUCTION(cvttsd2siq)

/// Comparisons that set ZF, PF and CF; `flags` receives RFLAGS.
#define HOST_SSE_COMPARE_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(comiss) INSTRUCTION(comisd) INSTRUCTION(ucomiss) INSTRUCTION(ucomisd)

#define DECLARE(name) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, const void *right);
HOST_SSE_BINARY_INSTRUCTIONS(DECLARE)
HOST_SSE_ROUND_INSTRUCTIONS(DECLARE)
#undef DECLARE

#define DECLARE(name) \
  uint32_t host_##name(uint32_t control, void *result, const void *left, uint64_t right);
HOST_SSE_FROM_INTEGER_INSTRUCTIONS(DECLARE)
#undef DECLARE

#define DECLARE(name) uint32_t host_##name(uint32_t control, uint64_t *result, const void *operand);
HOST_SSE_TO_INTEGER_INSTRUCTIONS(DECLARE)
#undef DECLARE

#define DECLARE(name) \
  uint32_t host_##name(uint32_t control, uint64_t *flags, const void *left, const void *right);
HOST_SSE_COMPARE_INSTRUCTIONS(DECLARE)
#undef DECLARE

// MARK: FMA

/// Whether the host has the instructions; only then may they be executed.
extern bool host_multiply_add_exists;
static inline bool host_has_multiply_add(void) { return host_multiply_add_exists; }

/// first * second + addend, by mnemonic and suffix. Scalar ones pass the addend's upper part through.
#define HOST_MULTIPLY_ADD_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(vfmadd, ps) INSTRUCTION(vfmadd, pd) INSTRUCTION(vfmadd, ss) INSTRUCTION(vfmadd, sd) \
  INSTRUCTION(vfmsub, ps) INSTRUCTION(vfmsub, pd) INSTRUCTION(vfmsub, ss) INSTRUCTION(vfmsub, sd) \
  INSTRUCTION(vfnmadd, ps) INSTRUCTION(vfnmadd, pd) INSTRUCTION(vfnmadd, ss) INSTRUCTION(vfnmadd, sd) \
  INSTRUCTION(vfnmsub, ps) INSTRUCTION(vfnmsub, pd) INSTRUCTION(vfnmsub, ss) INSTRUCTION(vfnmsub, sd) \
  INSTRUCTION(vfmaddsub, ps) INSTRUCTION(vfmaddsub, pd) INSTRUCTION(vfmsubadd, ps) INSTRUCTION(vfmsubadd, pd)

#define DECLARE(base, suffix) \
  uint32_t host_##base##suffix(uint32_t control, void *result, const void *first, const void *second, \
                               const void *addend);
HOST_MULTIPLY_ADD_INSTRUCTIONS(DECLARE)
#undef DECLARE

// MARK: x87
//
// `control` is a value of the control word; exceptions may be unmasked in it, none is ever taken by the host.
// The result is the status word after the instruction. Numbers are 10 bytes unless the suffix tells otherwise.

/// ST(0) with another register, a single (s) or a double (l).
#define HOST_X87_ARITHMETIC_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(fadd) INSTRUCTION(fsub) INSTRUCTION(fsubr) INSTRUCTION(fmul) INSTRUCTION(fdiv) INSTRUCTION(fdivr)

/// Comparisons of ST(0) with another register; the status word is the result.
#define HOST_X87_COMPARE_INSTRUCTIONS(INSTRUCTION) INSTRUCTION(fcom) INSTRUCTION(fucom)

/// From ST(0) to ST(0).
#define HOST_X87_UNARY_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(fsqrt) INSTRUCTION(frndint) INSTRUCTION(fsin) INSTRUCTION(fcos) INSTRUCTION(f2xm1)

/// From ST(0) and ST(1) to ST(0), without a pop.
#define HOST_X87_SCALING_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(fscale) INSTRUCTION(fprem) INSTRUCTION(fprem1)

/// From ST(0) and ST(1) to ST(1), and a pop.
#define HOST_X87_LOGARITHM_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(fyl2x) INSTRUCTION(fyl2xp1) INSTRUCTION(fpatan)

/// From ST(0) to ST(0), and a push of a second result.
#define HOST_X87_PAIR_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(fptan) INSTRUCTION(fsincos) INSTRUCTION(fxtract)

/// Loads of another format: single (flds), double (fldl), packed decimal (fbld), 64-bit integer (fildll).
#define HOST_X87_LOAD_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(flds) INSTRUCTION(fldl) INSTRUCTION(fbld) INSTRUCTION(fildll)

/// Stores in another format. The operand of `fistps` has 16 bits, of `fistpl` 32, of `fistpll` 64.
#define HOST_X87_STORE_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(fstps) INSTRUCTION(fstpl) INSTRUCTION(fistps) INSTRUCTION(fistpl) INSTRUCTION(fistpll) \
  INSTRUCTION(fisttps) INSTRUCTION(fisttpl) INSTRUCTION(fisttpll) INSTRUCTION(fbstp)

/// Loads of constants.
#define HOST_X87_CONSTANT_INSTRUCTIONS(INSTRUCTION) \
  INSTRUCTION(fld1) INSTRUCTION(fldl2t) INSTRUCTION(fldl2e) INSTRUCTION(fldpi) INSTRUCTION(fldlg2) \
  INSTRUCTION(fldln2) INSTRUCTION(fldz)

#define DECLARE(name) \
  uint16_t host_##name(uint16_t control, void *result, const void *left, const void *right); \
  uint16_t host_##name##s(uint16_t control, void *result, const void *left, const void *right); \
  uint16_t host_##name##l(uint16_t control, void *result, const void *left, const void *right);
HOST_X87_ARITHMETIC_INSTRUCTIONS(DECLARE)
#undef DECLARE

#define DECLARE(name) uint16_t host_##name(uint16_t control, const void *left, const void *right);
HOST_X87_COMPARE_INSTRUCTIONS(DECLARE)
DECLARE(fcoms)
DECLARE(fcoml)
#undef DECLARE

#define DECLARE(name) uint16_t host_##name(uint16_t control, void *result, const void *operand);
HOST_X87_UNARY_INSTRUCTIONS(DECLARE)
HOST_X87_LOAD_INSTRUCTIONS(DECLARE)
HOST_X87_STORE_INSTRUCTIONS(DECLARE)
#undef DECLARE

/// `left` is ST(0) and `right` is ST(1).
#define DECLARE(name) \
  uint16_t host_##name(uint16_t control, void *result, const void *left, const void *right);
HOST_X87_SCALING_INSTRUCTIONS(DECLARE)
HOST_X87_LOGARITHM_INSTRUCTIONS(DECLARE)
#undef DECLARE

/// `pushed` is the new ST(0) and `result` the new ST(1), if the status word's TOP tells with a 6 that something was
/// pushed.
#define DECLARE(name) \
  uint16_t host_##name(uint16_t control, void *result, void *pushed, const void *operand);
HOST_X87_PAIR_INSTRUCTIONS(DECLARE)
#undef DECLARE

#define DECLARE(name) uint16_t host_##name(uint16_t control, void *result);
HOST_X87_CONSTANT_INSTRUCTIONS(DECLARE)
#undef DECLARE

#pragma clang assume_nonnull end

#else

static inline bool host_has_multiply_add(void) { return false; }

#endif

#endif
