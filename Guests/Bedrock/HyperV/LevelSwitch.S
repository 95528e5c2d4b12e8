// From one trust level to another and back (TLFS 15.8): all but a few registers are shared, so that each side keeps
// its own on its stack, which is private.

#include "../Processor/SavedRegisters.h"
#include "LevelSwitch.h"

  .text
  .code64

.macro LOAD_SHARED
  fxrstor64 SWITCH_FLOATING_POINT(%rdi)
  movq SWITCH_CR2(%rdi), %rax
  movq %rax, %cr2
  movq SWITCH_GENERAL + 0 * 8(%rdi), %rax
  movq SWITCH_GENERAL + 1 * 8(%rdi), %rcx
  movq SWITCH_GENERAL + 2 * 8(%rdi), %rdx
  movq SWITCH_GENERAL + 3 * 8(%rdi), %rbx
  movq SWITCH_GENERAL + 5 * 8(%rdi), %rbp
  movq SWITCH_GENERAL + 6 * 8(%rdi), %rsi
  movq SWITCH_GENERAL + 8 * 8(%rdi), %r8
  movq SWITCH_GENERAL + 9 * 8(%rdi), %r9
  movq SWITCH_GENERAL + 10 * 8(%rdi), %r10
  movq SWITCH_GENERAL + 11 * 8(%rdi), %r11
  movq SWITCH_GENERAL + 12 * 8(%rdi), %r12
  movq SWITCH_GENERAL + 13 * 8(%rdi), %r13
  movq SWITCH_GENERAL + 14 * 8(%rdi), %r14
  movq SWITCH_GENERAL + 15 * 8(%rdi), %r15
  movq SWITCH_GENERAL + 7 * 8(%rdi), %rdi
.endm

// RDI is on top of the stack, and leaves it.
.macro STORE_SHARED
  movq %rax, SWITCH_GENERAL + 0 * 8(%rdi)
  movq %rcx, SWITCH_GENERAL + 1 * 8(%rdi)
  movq %rdx, SWITCH_GENERAL + 2 * 8(%rdi)
  movq %rbx, SWITCH_GENERAL + 3 * 8(%rdi)
  movq %rbp, SWITCH_GENERAL + 5 * 8(%rdi)
  movq %rsi, SWITCH_GENERAL + 6 * 8(%rdi)
  popq SWITCH_GENERAL + 7 * 8(%rdi)
  movq %r8, SWITCH_GENERAL + 8 * 8(%rdi)
  movq %r9, SWITCH_GENERAL + 9 * 8(%rdi)
  movq %r10, SWITCH_GENERAL + 10 * 8(%rdi)
  movq %r11, SWITCH_GENERAL + 11 * 8(%rdi)
  movq %r12, SWITCH_GENERAL + 12 * 8(%rdi)
  movq %r13, SWITCH_GENERAL + 13 * 8(%rdi)
  movq %r14, SWITCH_GENERAL + 14 * 8(%rdi)
  movq %r15, SWITCH_GENERAL + 15 * 8(%rdi)
  movq %cr2, %rax
  movq %rax, SWITCH_CR2(%rdi)
  fxsave64 SWITCH_FLOATING_POINT(%rdi)
.endm

// uint64_t bedrock_switch_level(struct LevelSwitch *, uint64_t)
// Loads the shared registers, leaves for the other level through the code page, and stores them when this level runs
// again. Two arguments so that it can be probed: the second is ignored.
  .globl bedrock_switch_level
bedrock_switch_level:
  PUSH_SAVED_REGISTERS
  pushq %rdi
  leaq 1f(%rip), %rax
  pushq %rax
  pushq SWITCH_ENTRY(%rdi)
  LOAD_SHARED
  ret                           // as if the code page had been called
1:
  xchgq %rdi, (%rsp)
  STORE_SHARED
  POP_SAVED_REGISTERS
  ret

// Where a level begins: RSP points to two words, a LevelSwitch for what the lower level left in the shared registers,
// and the argument. The stack ends there.
  .globl bedrock_begin_level
bedrock_begin_level:
  xchgq %rdi, (%rsp)
  STORE_SHARED
  popq %rdi
  xorl %ebp, %ebp
  ldmxcsr default_mxcsr(%rip)
  call bedrock_level_main
1:
  cli
  hlt
  jmp 1b

// uint64_t bedrock_level_start(void): the address of the above
  .globl bedrock_level_start
bedrock_level_start:
  leaq bedrock_begin_level(%rip), %rax
  ret
