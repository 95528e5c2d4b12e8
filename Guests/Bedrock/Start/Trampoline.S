// Where an application processor begins: in real mode, at the page that the start-up IPI named.
//
// Only the first instructions run in that page. They reach nothing but the page itself through CS, then jump
// to the image, which lies below 4 GiB and is addressed absolutely. One processor is started at a time, so
// one mailbox for its page table, stack and argument is enough.

#include "ControlBits.h"

  .section .rodata.trampoline, "a", @progbits
  .code16
trampoline_start:
  cli
  cld
  movw %cs, %ax
  movw %ax, %ds
  lgdtl trampoline_segments_pointer - trampoline_start
  movl %cr0, %eax
  orl $CR0_PE, %eax
  movl %eax, %cr0
  ljmpl $BOOT_CODE_32, $application_processor_32
  .balign 4
trampoline_segments_pointer:
  .word 4 * 8 - 1
  .long boot_segments
trampoline_end:

  .text
  .code32
application_processor_32:
  movl $BOOT_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl mailbox_root_table, %eax
  movl $application_processor_64, %edi
  jmp enter_long_mode

  .code64
application_processor_64:
  movq mailbox_stack_top(%rip), %rsp
  movq mailbox_argument(%rip), %rdi
  xorl %ebp, %ebp
  call bedrock_application_processor_main
1:
  cli
  hlt
  jmp 1b

// void bedrock_prepare_trampoline(void *page, uint64_t root_table, void *stack_top, void *argument)
  .globl bedrock_prepare_trampoline
bedrock_prepare_trampoline:
  movq %rsi, mailbox_root_table(%rip)
  movq %rdx, mailbox_stack_top(%rip)
  movq %rcx, mailbox_argument(%rip)
  movq $trampoline_start, %rsi
  movl $(trampoline_end - trampoline_start), %ecx
  rep movsb
  ret

  .bss
  .balign 8
mailbox_root_table:
  .skip 8
mailbox_stack_top:
  .skip 8
mailbox_argument:
  .skip 8
