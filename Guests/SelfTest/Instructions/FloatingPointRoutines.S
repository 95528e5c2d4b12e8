// x87 sequences. Each leaves the register stack empty and the control word as FNINIT sets it.

  .text
  .code64

// int64_t selftest_x87_hypotenuse(int64_t, int64_t)
  .globl selftest_x87_hypotenuse
selftest_x87_hypotenuse:
  pushq %rdi
  pushq %rsi
  fildq 8(%rsp)
  fmul %st(0), %st(0)
  fildq (%rsp)
  fmul %st(0), %st(0)
  faddp
  fsqrt
  fistpq (%rsp)
  popq %rax
  popq %rdx
  ret

// void selftest_x87_pi(void *tenBytes), void selftest_x87_third(void *tenBytes)
  .globl selftest_x87_pi
selftest_x87_pi:
  fldpi
  fstpt (%rdi)
  ret

  .globl selftest_x87_third
selftest_x87_third:
  pushq $3
  fld1
  fidivl (%rsp)
  fstpt (%rdi)
  popq %rax
  ret

// int64_t selftest_x87_round(uint64_t control, const double *value): FISTP with that control word
  .globl selftest_x87_round
selftest_x87_round:
  pushq %rdi
  fldcw (%rsp)
  fldl (%rsi)
  fistpq (%rsp)
  popq %rax
  fninit
  ret

// uint64_t selftest_x87_compare(const double *first, const double *second): RFLAGS after FCOMIP
  .globl selftest_x87_compare
selftest_x87_compare:
  fldl (%rsi)
  fldl (%rdi)
  fcomip %st(1), %st
  pushfq
  popq %rax
  fstp %st(0)
  ret

// uint64_t selftest_x87_divide_status(const double *first, const double *second): status word
  .globl selftest_x87_divide_status
selftest_x87_divide_status:
  fldl (%rdi)
  fdivl (%rsi)
  xorl %eax, %eax
  fnstsw %ax
  fninit
  ret

// For a probe: unmasks division by zero and divides. The WAIT raises #MF.
  .globl selftest_x87_unmasked
selftest_x87_unmasked:
  pushq $0x37B
  fldcw (%rsp)
  popq %rax
  fld1
  fldz
  fdivrp
  fwait
  ret

  .globl selftest_x87_reset
selftest_x87_reset:
  fninit
  ret
