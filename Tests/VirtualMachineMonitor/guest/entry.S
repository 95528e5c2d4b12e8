// The first instructions of each processor, and of each interrupt.
#include "../layout.h"

  .section .entry, "ax"
  .code64
// The monitor starts processors here, with their numbers in RDI.
  .globl start
start:
  jmp first
  .balign 8
  .long trampoline, trampoline_end  // the monitor looks here
first:
  call run
1:
  hlt
  jmp 1b

// A start-up IPI starts a processor here, after the monitor copied this to GUEST_TRAMPOLINE.
  .code16
  .globl trampoline, trampoline_end
trampoline:
  cli
  xorl %eax, %eax
  movw %ax, %ds
  lgdtl GUEST_TRAMPOLINE + (trampoline_gdt - trampoline)
  movl $0x20, %eax  // PAE
  movl %eax, %cr4
  movl $GUEST_TABLES, %eax
  movl %eax, %cr3
  movl $0xC0000080, %ecx  // EFER: LME
  movl $0x100, %eax
  xorl %edx, %edx
  wrmsr
  movl $0x80000011, %eax  // PG, ET, PE
  movl %eax, %cr0
  ljmpl $CODE_SELECTOR, $second
trampoline_gdt:
  .word TASK_SELECTOR - 1
  .long GUEST_GDT
trampoline_end:

  .code64
second:
  movl $DATA_SELECTOR, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movq $GUEST_STACKS + 2 * GUEST_STACK_SIZE, %rsp
  movl $1, %edi
  jmp start

  .text
// One entry of 16 bytes for each vector; those with an error code have it on the stack already.
  .globl vectors
  .balign 16
vectors:
  .set vector, 0
  .rept 256
  .balign 16
  .if ((0x60227D00 >> (vector & 31)) & 1) && (vector < 32)
  .else
  pushq $0
  .endif
  pushq $vector
  jmp common
  .set vector, vector + 1
  .endr

common:
  .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
  pushq %\register
  .endr
  cld
  movq %rsp, %rdi
  call interrupt
  .irp register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
  popq %\register
  .endr
  addq $16, %rsp
  iretq

// Writes a 32-bit value to an address; the address of the next instruction is `after_write`.
  .globl write_and_mark, after_write, write_cr8_and_mark, after_write_cr8
write_and_mark:
  movl %esi, (%rdi)
after_write:
  nop
  ret

write_cr8_and_mark:
  movq %rdi, %cr8
after_write_cr8:
  nop
  ret

  .section .note.GNU-stack, "", @progbits
