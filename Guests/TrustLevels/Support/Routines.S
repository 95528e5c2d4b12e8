// Routines for probes: each may raise an exception.
//
// uint64_t routine(uint64_t first, uint64_t second)

  .text
  .code64

  .globl trustlevels_load
trustlevels_load:
  movq (%rdi), %rax
  ret
  .globl trustlevels_store
trustlevels_store:
  movq %rsi, (%rdi)
  xorl %eax, %eax
  ret

// Goes to CPL 3 at the first address with the second argument in RCX; only an exception leads back.
  .globl trustlevels_enter_user
trustlevels_enter_user:
  movq %rsi, %rcx
  pushq $0x1B
  pushq $0
  pushq $2
  pushq $0x23
  pushq %rdi
  iretq

// Calls the code at the first address.
  .globl trustlevels_call
trustlevels_call:
  jmpq *%rdi
