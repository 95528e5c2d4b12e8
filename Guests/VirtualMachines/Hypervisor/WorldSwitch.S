// Into a guest and back.
//
// void virtualmachines_enter(uint64_t registers[14], uint64_t block, uint64_t host, uint64_t flags)
//
// `registers` has the guest's general registers but RAX and RSP, which the control block has, in the order of
// GuestRegisters; `block` is the physical address of the control block, `host` that of a page in which VMSAVE keeps
// what VMRUN does not. `flags` is the host's RFLAGS while the guest runs: with IF set, interrupts of the host make
// the guest exit. Whatever arrives between CLGI and STGI waits.

#include "../../Bedrock/Processor/SavedRegisters.h"

  .text
  .code64

  .globl virtualmachines_enter
virtualmachines_enter:
  PUSH_SAVED_REGISTERS
  pushfq
  pushq %rdi
  pushq %rdx
  clgi
  pushq %rcx
  popfq
  movq %rdx, %rax
  vmsave %rax
  movq %rsi, %rax
  vmload %rax
  movq 0x00(%rdi), %rbx
  movq 0x08(%rdi), %rcx
  movq 0x10(%rdi), %rdx
  movq 0x18(%rdi), %rsi
  movq 0x28(%rdi), %rbp
  movq 0x30(%rdi), %r8
  movq 0x38(%rdi), %r9
  movq 0x40(%rdi), %r10
  movq 0x48(%rdi), %r11
  movq 0x50(%rdi), %r12
  movq 0x58(%rdi), %r13
  movq 0x60(%rdi), %r14
  movq 0x68(%rdi), %r15
  movq 0x20(%rdi), %rdi
  vmrun %rax
  vmsave %rax
  pushq %rdi
  movq 16(%rsp), %rdi
  movq %rbx, 0x00(%rdi)
  movq %rcx, 0x08(%rdi)
  movq %rdx, 0x10(%rdi)
  movq %rsi, 0x18(%rdi)
  popq 0x20(%rdi)
  movq %rbp, 0x28(%rdi)
  movq %r8, 0x30(%rdi)
  movq %r9, 0x38(%rdi)
  movq %r10, 0x40(%rdi)
  movq %r11, 0x48(%rdi)
  movq %r12, 0x50(%rdi)
  movq %r13, 0x58(%rdi)
  movq %r14, 0x60(%rdi)
  movq %r15, 0x68(%rdi)
  popq %rax
  vmload %rax
  stgi
  popq %rdi
  popfq
  POP_SAVED_REGISTERS
  ret
