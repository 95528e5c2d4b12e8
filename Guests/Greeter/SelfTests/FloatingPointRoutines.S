// x87 sequences. Each leaves the register stack empty and the control word as FNINIT sets it.

  .text
  .code64

// int64_t greeter_x87_hypotenuse(int64_t, int64_t)
  .globl greeter_x87_hypotenuse
greeter_x87_hypotenuse:
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

// void greeter_x87_pi(void *tenBytes), void greeter_x87_third(void *tenBytes)
  .globl greeter_x87_pi
greeter_x87_pi:
  fldpi
  fstpt (%rdi)
  ret

  .globl greeter_x87_third
greeter_x87_third:
  pushq $3
  fld1
  fidivl (%rsp)
  fstpt (%rdi)
  popq %rax
  ret

// int64_t greeter_x87_round(uint64_t control, const double *value): FISTP with that control word
  .globl greeter_x87_round
greeter_x87_round:
  pushq %rdi
  fldcw (%rsp)
  fldl (%rsi)
  fistpq (%rsp)
  popq %rax
  fninit
  ret

// uint64_t greeter_x87_compare(const double *first, const double *second): RFLAGS after FCOMIP
  .globl greeter_x87_compare
greeter_x87_compare:
  fldl (%rsi)
  fldl (%rdi)
  fcomip %st(1), %st
  pushfq
  popq %rax
  fstp %st(0)
  ret

// uint64_t greeter_x87_divide_status(const double *first, const double *second): status word
  .globl greeter_x87_divide_status
greeter_x87_divide_status:
  fldl (%rdi)
  fdivl (%rsi)
  xorl %eax, %eax
  fnstsw %ax
  fninit
  ret

// For a probe: unmasks division by zero and divides. The WAIT raises #MF.
  .globl greeter_x87_unmasked
greeter_x87_unmasked:
  pushq $0x37B
  fldcw (%rsp)
  popq %rax
  fld1
  fldz
  fdivrp
  fwait
  ret

  .globl greeter_x87_reset
greeter_x87_reset:
  fninit
  ret
