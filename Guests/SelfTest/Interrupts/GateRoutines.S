// Targets of gates, and the instructions that lead there.
//
// uint64_t routine(uint64_t first, uint64_t second)

#include "../Support/Routine.h"

  .text
  .code64

// Target of a gate without an error code: notes what it finds, and goes back.
ROUTINE gate_target
  pushq %rax
  pushfq
  popq %rax
  movq %rax, gate_record(%rip)
  leaq 8(%rsp), %rax
  movq %rax, gate_record + 8(%rip)
  movl %ss, %eax
  movzwl %ax, %eax
  movq %rax, gate_record + 16(%rip)
  popq %rax
  iretq

// uint64_t *selftest_gate_record(void): RFLAGS, RSP and SS at the target
ROUTINE gate_record
  leaq gate_record(%rip), %rax
  ret

ROUTINE interrupt_51
  int $0x51
  movl $1, %eax
  ret
ROUTINE interrupt_51_sti
  sti
  int $0x51
  cli
  movl $1, %eax
  ret
// INT on a stack that is not aligned.
ROUTINE interrupt_51_unaligned
  movq %rsp, %rcx
  subq $3, %rsp
  int $0x51
  movq %rcx, %rsp
  movl $1, %eax
  ret
// A pending interrupt is taken behind the instruction that follows STI.
ROUTINE sti_shadow
  sti
  nop
ROUTINE sti_shadow_end
  nop
  cli
  ret
ROUTINE sti_cli
  sti
  cli
  ret
// A STI that changes nothing has no shadow to speak of; POPF has none at all.
ROUTINE popf_interrupt
  pushfq
  orl $0x200, (%rsp)
  popfq
ROUTINE popf_interrupt_end
  nop
  cli
  ret

  .bss
  .balign 8
gate_record:
  .skip 24
