#include "HostFloatingPoint.h"

#if defined(__x86_64__)

// The unit's stack is empty between functions. FNINIT at the end empties it again, also where an unmasked
// exception kept an instruction from popping, and restores the control word that the ABI has. FNSTSW and FNCLEX
// do not wait for exceptions, so unmasked ones are never delivered.
#define UNIT_REGISTERS "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"

#define BEGIN "fninit\n\t"
#define CONTROL "fldcw %[control]\n\t"
#define END "\n\tfnstsw %[status]\n\tfnclex\n\t"

#define DEFINE_ARITHMETIC(name, suffix, operation, load) \
  uint16_t host_##name##suffix(uint16_t control, void *result, const void *left, const void *right) { \
    uint16_t status; \
    __asm__ volatile(BEGIN load "fldt (%[left])\n\t" CONTROL operation END "fstpt (%[result])\n\tfninit" \
                     : [status] "=&a"(status) \
                     : [control] "m"(control), [result] "r"(result), [left] "r"(left), [right] "r"(right) \
                     : "memory", UNIT_REGISTERS); \
    return status; \
  }
#define DEFINE(name) \
  DEFINE_ARITHMETIC(name, , #name " %%st(1), %%st", "fldt (%[right])\n\t") \
  DEFINE_ARITHMETIC(name, s, #name "s (%[right])", "") \
  DEFINE_ARITHMETIC(name, l, #name "l (%[right])", "")
HOST_X87_ARITHMETIC_INSTRUCTIONS(DEFINE)
#undef DEFINE

#define DEFINE_COMPARISON(name, operation, load) \
  uint16_t host_##name(uint16_t control, const void *left, const void *right) { \
    uint16_t status; \
    __asm__ volatile(BEGIN load "fldt (%[left])\n\t" CONTROL operation END "fninit" \
                     : [status] "=&a"(status) \
                     : [control] "m"(control), [left] "r"(left), [right] "r"(right) \
                     : "memory", UNIT_REGISTERS); \
    return status; \
  }
DEFINE_COMPARISON(fcom, "fcom %%st(1)", "fldt (%[right])\n\t")
DEFINE_COMPARISON(fucom, "fucom %%st(1)", "fldt (%[right])\n\t")
DEFINE_COMPARISON(fcoms, "fcoms (%[right])", "")
DEFINE_COMPARISON(fcoml, "fcoml (%[right])", "")

#define DEFINE_UNARY(name, before, after) \
  uint16_t host_##name(uint16_t control, void *result, const void *operand) { \
    uint16_t status; \
    __asm__ volatile(BEGIN before END after "fninit" \
                     : [status] "=&a"(status) \
                     : [control] "m"(control), [result] "r"(result), [operand] "r"(operand) \
                     : "memory", UNIT_REGISTERS); \
    return status; \
  }
#define DEFINE(name) DEFINE_UNARY(name, "fldt (%[operand])\n\t" CONTROL #name, "fstpt (%[result])\n\t")
HOST_X87_UNARY_INSTRUCTIONS(DEFINE)
#undef DEFINE
#define DEFINE(name) DEFINE_UNARY(name, CONTROL #name " (%[operand])", "fstpt (%[result])\n\t")
HOST_X87_LOAD_INSTRUCTIONS(DEFINE)
#undef DEFINE
#define DEFINE(name) DEFINE_UNARY(name, "fldt (%[operand])\n\t" CONTROL #name " (%[result])", "")
HOST_X87_STORE_INSTRUCTIONS(DEFINE)
#undef DEFINE

#define DEFINE(name) DEFINE_ARITHMETIC(name, , #name, "fldt (%[right])\n\t")
HOST_X87_SCALING_INSTRUCTIONS(DEFINE)
HOST_X87_LOGARITHM_INSTRUCTIONS(DEFINE)
#undef DEFINE

#define DEFINE(name) \
  uint16_t host_##name(uint16_t control, void *result, void *pushed, const void *operand) { \
    uint16_t status; \
    __asm__ volatile(BEGIN "fldt (%[operand])\n\t" CONTROL #name END \
                     "fstpt (%[pushed])\n\tfstpt (%[result])\n\tfninit" \
                     : [status] "=&a"(status) \
                     : [control] "m"(control), [result] "r"(result), [pushed] "r"(pushed), \
                       [operand] "r"(operand) \
                     : "memory", UNIT_REGISTERS); \
    return status; \
  }
HOST_X87_PAIR_INSTRUCTIONS(DEFINE)
#undef DEFINE

#define DEFINE(name) \
  uint16_t host_##name(uint16_t control, void *result) { \
    uint16_t status; \
    __asm__ volatile(BEGIN CONTROL #name END "fstpt (%[result])\n\tfninit" \
                     : [status] "=&a"(status) \
                     : [control] "m"(control), [result] "r"(result) \
                     : "memory", UNIT_REGISTERS); \
    return status; \
  }
HOST_X87_CONSTANT_INSTRUCTIONS(DEFINE)
#undef DEFINE

#endif
