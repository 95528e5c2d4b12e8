// GDTR and IDTR, through an operand of 10 bytes.

  .text
  .code64

  .globl selftest_sgdt
selftest_sgdt:
  sgdt (%rdi)
  ret
  .globl selftest_sidt
selftest_sidt:
  sidt (%rdi)
  ret
  .globl selftest_lgdt
selftest_lgdt:
  lgdt (%rdi)
  ret
  .globl selftest_lidt
selftest_lidt:
  lidt (%rdi)
  ret
