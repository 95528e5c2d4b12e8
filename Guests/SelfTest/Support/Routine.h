// Begins a routine that Swift knows as selftest_NAME.

.macro ROUTINE name:req
  .globl selftest_\name
selftest_\name:
.endm
