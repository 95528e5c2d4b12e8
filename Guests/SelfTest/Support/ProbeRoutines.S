// Routines for probes: each is expected to raise an exception, or to show that none is raised.
//
// uint64_t routine(uint64_t first, uint64_t second)

#include "Routine.h"

  .text
  .code64

ROUTINE read
  movq (%rdi), %rax
  ret
ROUTINE write
  movq %rsi, (%rdi)
  movq %rsi, %rax
  ret
ROUTINE execute
  movl $1, %eax
  call *%rdi
  ret

ROUTINE undefined
  ud2

ROUTINE divide_by_zero
  xorl %edx, %edx
  xorl %ecx, %ecx
  divl %ecx
  ret
ROUTINE divide_overflow
  movq $-1, %rax
  movq $-1, %rdx
  shlq $63, %rax
  movq $-1, %rcx
  idivq %rcx
  ret

ROUTINE breakpoint
  int3
ROUTINE breakpoint_next
  ret

ROUTINE stack_fault
  movq %rdi, %rbp
  movq (%rbp), %rax
  ret
ROUTINE load_data_segment
  movl %edi, %ds
  ret
ROUTINE interrupt_50
  int $0x50
  movl $1, %eax
  ret

// A push on a stack that cannot be used; pushing the exception's frame there fails as well.
ROUTINE lose_stack
  movq %rdi, %rsp
  pushq %rax
  ret

// Registers and instructions of the supervisor.
ROUTINE read_cr3
  movq %cr3, %rax
  ret
ROUTINE write_cr0
  movq %rdi, %cr0
  ret
ROUTINE write_cr3
  movq %rdi, %cr3
  ret
ROUTINE write_cr4
  movq %rdi, %cr4
  ret
ROUTINE invlpg
  invlpg (%rdi)
  ret
ROUTINE invpcid
  invpcid (%rdi), %rsi
  ret
