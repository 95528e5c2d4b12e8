// Into another mode or privilege level; the way back is an exception that a probe catches.

  .text
  .code64

// uint64_t selftest_enter(const struct Excursion *, uint64_t): does not return.
  .globl selftest_enter
selftest_enter:
  pushq 48(%rdi)
  pushq 40(%rdi)
  pushq 32(%rdi)
  pushq 24(%rdi)
  pushq 16(%rdi)
  movl 48(%rdi), %eax           // 32-bit programs need data segments as well
  movl %eax, %ds
  movl %eax, %es
  movq 8(%rdi), %rsi
  movq (%rdi), %rdi
  iretq

// Where a routine that was entered so returns to, in every mode.
  .globl selftest_leave
selftest_leave:
  ud2
