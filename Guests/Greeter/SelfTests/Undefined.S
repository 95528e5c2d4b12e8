// An instruction that no processor has: for the self-test to catch, and for the prompt to crash with.

  .text
  .code64
  .globl greeter_undefined
greeter_undefined:
  ud2
