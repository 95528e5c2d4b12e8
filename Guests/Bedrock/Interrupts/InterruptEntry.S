// The 256 interrupt entries, and what they share: save everything, call Swift, restore everything.

#include "../Processor/SavedRegisters.h"

  .text
  .code64

// Bit n is set if exception n pushes an error code (AMD64 APM volume 2, table 8-1).
#define EXCEPTIONS_WITH_ERROR_CODE 0x60227D00

// Entries are 16 bytes apart: InterruptDescriptorTable computes their addresses.
  .balign 16
  .globl interrupt_entries
interrupt_entries:
vector = 0
.rept 256
  .balign 16
  .if (vector >= 32) || (((EXCEPTIONS_WITH_ERROR_CODE >> (vector & 31)) & 1) == 0)
  pushq $0
  .endif
  pushq $vector
  jmp interrupt_common
  vector = vector + 1
.endr

// On the stack: vector, error code, RIP, CS, RFLAGS, RSP, SS. The order of what is pushed here is the
// layout of InterruptFrame. With it the stack is aligned to 16 bytes again, as FXSAVE requires.
interrupt_common:
  pushq %rax
  pushq %rbx
  pushq %rcx
  pushq %rdx
  pushq %rsi
  pushq %rdi
  pushq %rbp
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %r11
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  testb $3, 18 * 8(%rsp)    // privilege level in the saved CS
  jz 1f
  swapgs
1:
  movq %rsp, %rdi
  subq $512, %rsp
  fxsave64 (%rsp)               // compiled Swift uses SSE registers anywhere
  cld
  call bedrock_interrupt
  fxrstor64 (%rsp)
  addq $512, %rsp
  testb $3, 18 * 8(%rsp)
  jz 2f
  swapgs
2:
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rbp
  popq %rdi
  popq %rsi
  popq %rdx
  popq %rcx
  popq %rbx
  popq %rax
  addq $16, %rsp
  iretq

  .globl bedrock_interrupt_entries
bedrock_interrupt_entries:
  movq $interrupt_entries, %rax
  ret

// uint64_t bedrock_probe(routine, uint64_t first, uint64_t second, struct recovery *recovery)
// Calls a routine that may fault. recovery[0] and [1] receive the stack pointer and the address at which
// an exception handler can abandon the routine; control then returns to the caller as if it had finished.
  .globl bedrock_probe
bedrock_probe:
  PUSH_SAVED_REGISTERS
  subq $8, %rsp
  movq %rdi, %rax
  movq %rsp, (%rcx)
  leaq 1f(%rip), %r8
  movq %r8, 8(%rcx)
  movq %rsi, %rdi
  movq %rdx, %rsi
  callq *%rax
1:
  cld
  addq $8, %rsp
  POP_SAVED_REGISTERS
  ret
