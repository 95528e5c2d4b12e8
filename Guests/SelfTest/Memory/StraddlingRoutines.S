// One access of every kind at the address given.
//
// uint64_t routine(uint64_t address, uint64_t value)

  .text
  .code64

.macro ROUTINE name:req
  .globl selftest_straddle_\name
selftest_straddle_\name:
.endm

ROUTINE write8
  movq %rsi, (%rdi)
  ret
ROUTINE write16
  movups %xmm0, (%rdi)
  ret
ROUTINE add
  addq %rsi, (%rdi)
  ret
ROUTINE xchg
  xchgq %rsi, (%rdi)
  ret
ROUTINE cmpxchg8b
  pushq %rbx
  popq %r8                      // the fault leaves the stack as it is
  movl $1, %ebx
  lock cmpxchg8b (%rdi)
  movq %r8, %rbx
  ret
ROUTINE push
  movq %rdi, %rsp
  pushq %rsi
  ret
ROUTINE fxsave
  fxsave (%rdi)
  ret
ROUTINE fstp
  fninit
  fld1
  fstpt (%rdi)
  ret
ROUTINE call
  callq *(%rdi)
  ret
ROUTINE stos
  stosq
  ret
