// Loads of segment registers, accesses through them, and far transfers.
//
// uint64_t routine(uint64_t first, uint64_t second)

#include "../Support/Routine.h"

  .text

// The same bytes in 32-bit and 64-bit mode: the first argument is a selector.
  .code64
ROUTINE load_ds
  movl %edi, %ds
  ret
ROUTINE load_es
  movl %edi, %es
  ret
ROUTINE load_fs
  movl %edi, %fs
  ret
ROUTINE load_ss
  movl %edi, %ss
  ret
ROUTINE load_cs
  .byte 0x8E, 0xCF              // MOV CS, EDI
  ret
ROUTINE lldt
  lldt %di
  ret
ROUTINE ltr
  ltr %di
  ret

// These answer with the value, and with ZF in bit 63.
.macro ANSWER
  setz %cl
  shlq $63, %rcx
  orq %rcx, %rax
  ret
.endm
ROUTINE lar
  xorl %eax, %eax
  larl %edi, %eax
  setz %cl
  andl $~0xF0000, %eax          // not defined
  shlq $63, %rcx
  orq %rcx, %rax
  ret
ROUTINE lsl
  xorl %eax, %eax
  lsll %edi, %eax
  ANSWER
ROUTINE verr
  xorl %eax, %eax
  verr %di
  ANSWER
ROUTINE verw
  xorl %eax, %eax
  verw %di
  ANSWER

// Offset and selector: accesses through FS in 64-bit mode.
ROUTINE read_fs
  movl %esi, %fs
  movl %fs:(%rdi), %eax
  ret

// Offset and selector: accesses in 32-bit mode.
  .code32
ROUTINE read_fs_32
  movl %esi, %fs
  movl %fs:(%edi), %eax
  ret
ROUTINE read_byte_fs_32
  movl %esi, %fs
  movzbl %fs:(%edi), %eax
  ret
ROUTINE write_fs_32
  movl %esi, %fs
  movl %eax, %fs:(%edi)
  ret
ROUTINE read_ss_32
  movl %ss, %ecx
  movl %esi, %ss
  movl %ss:(%edi), %eax
  movl %ecx, %ss
  ret
ROUTINE write_cs_32
  movl %eax, %cs:(%edi)
  ret
ROUTINE read_cs_32
  movl %cs:(%edi), %eax
  ret

// Far transfers through an operand of offset and selector, of which the address is given.
  .code64
ROUTINE far_jump
  ljmpl *(%rdi)
ROUTINE far_call
  lcalll *(%rdi)
  ret
ROUTINE far_jump_64
  rex64 ljmp *(%rdi)

// Targets of far transfers: what they answer is CS.
ROUTINE far_answer
  movl %cs, %eax
  movzwl %ax, %eax
  lretl
ROUTINE far_jump_answer
  movl %cs, %eax
  movzwl %ax, %eax
  ret
// The target of a call gate that leads inwards: copies the frame that the gate made, then returns outwards.
ROUTINE gate_answer
  movq %rsp, %rcx
  leaq gate_frame(%rip), %rdx
  movq (%rcx), %rax
  movq %rax, (%rdx)
  movq 8(%rcx), %rax
  movq %rax, 8(%rdx)
  movq 16(%rcx), %rax
  movq %rax, 16(%rdx)
  movq 24(%rcx), %rax
  movq %rax, 24(%rdx)
  movq %rsp, 32(%rdx)
  movl %cs, %eax
  movzwl %ax, %eax
  lretq
// uint64_t *selftest_gate_frame(void): RIP, CS, RSP and SS as pushed, then RSP
ROUTINE gate_frame
  leaq gate_frame(%rip), %rax
  ret

// IRET with a frame of five words at the address given.
ROUTINE iret_frame
  movq %rdi, %rsp
  iretq
// Answers with 1: a target for IRET.
ROUTINE one
  movl $1, %eax
  ret

  .bss
  .balign 8
gate_frame:
  .skip 40
