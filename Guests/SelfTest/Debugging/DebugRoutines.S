// Code to be stepped through and broken into.
//
// uint64_t routine(uint64_t first, uint64_t second)

#include "../Support/Routine.h"

  .text
  .code64

// RFLAGS.TF set by POPF, and cleared in the same way.
.macro BEGIN_STEPS
  pushfq
  pushfq
  orl $0x100, (%rsp)
  popfq
.endm
.macro END_STEPS
  popfq
.endm

ROUTINE step_plain
  BEGIN_STEPS
  nop
ROUTINE step_plain_1
  xorl %eax, %eax
ROUTINE step_plain_2
  END_STEPS
ROUTINE step_plain_3
  ret

// The instruction behind a load of SS belongs to it.
ROUTINE step_mov_ss
  movl %ss, %eax
  BEGIN_STEPS
  movl %eax, %ss
  nop
ROUTINE step_mov_ss_1
  END_STEPS
ROUTINE step_mov_ss_2
  ret

// Three iterations: a trap after each.
ROUTINE step_rep
  movl $3, %ecx
  BEGIN_STEPS
ROUTINE step_rep_1
  rep movsb
ROUTINE step_rep_2
  END_STEPS
ROUTINE step_rep_3
  ret

// A branch: the trap is at its target. The call's and the return's too.
ROUTINE step_branch
  BEGIN_STEPS
  jmp selftest_step_branch_1
  ud2
ROUTINE step_branch_1
  call selftest_step_branch_2
ROUTINE step_branch_3
  END_STEPS
ROUTINE step_branch_4
  ret
ROUTINE step_branch_2
  ret

// INT clears TF for its handler; the program goes on stepping behind it.
ROUTINE step_int
  BEGIN_STEPS
  int $0x50
ROUTINE step_int_1
  nop
ROUTINE step_int_2
  END_STEPS
ROUTINE step_int_3
  ret

// Where an instruction breakpoint is set.
ROUTINE break_here
  movl $7, %eax
ROUTINE break_next
  ret

ROUTINE break_write1
  movb %sil, (%rdi)
ROUTINE break_write1_next
  ret
ROUTINE break_read1
  movb (%rdi), %al
  movzbl %al, %eax
  ret
ROUTINE break_write8
  movq %rsi, (%rdi)
  ret
ROUTINE break_out
  xorl %eax, %eax
  outb %al, $0x80
ROUTINE break_out_next
  ret

.macro DEBUG_REGISTER number:req
ROUTINE read_dr\number
  movq %dr\number, %rax
  ret
ROUTINE write_dr\number
  movq %rdi, %dr\number
  ret
.endm
DEBUG_REGISTER 0
DEBUG_REGISTER 3
DEBUG_REGISTER 4
DEBUG_REGISTER 6
DEBUG_REGISTER 7
