// Routines for 32-bit protected mode: arguments in EDI and ESI, the answer in EAX.

#include "../../Bedrock/Start/ControlBits.h"

  .text
  .code32

.macro ROUTINE name:req
  .globl selftest_legacy_\name
selftest_legacy_\name:
.endm

ROUTINE read
  movl (%edi), %eax
  ret
ROUTINE write
  movl %esi, (%edi)
  movl %esi, %eax
  ret
ROUTINE execute
  call *%edi
  movl $1, %eax
  ret
ROUTINE cr0
  movl %cr0, %eax
  ret
ROUTINE write_cr3
  movl %edi, %cr3
  ret
ROUTINE efer
  movl $MSR_EFER, %ecx
  rdmsr
  ret

// A task that is called: it notes NT and its back link's selector, and returns. Called again, it goes on
// behind its IRET.
ROUTINE task
  pushfl
  popl %eax
  movl %eax, task_record
  incl task_record + 4
  iretl
  jmp selftest_legacy_task

// Calls the task whose selector is given; answers how often the task has run.
ROUTINE call_task
  pushl $0
  movl %edi, 4 + task_pointer
  lcall *task_pointer
  popl %eax
  movl task_record + 4, %eax
  ret
ROUTINE interrupt_task
  int $0x11
  movl task_record + 4, %eax
  ret
  .code64
ROUTINE task_record
  leaq task_record(%rip), %rax
  ret

  .bss
  .balign 8
task_record:
  .skip 8
task_pointer:
  .skip 8

// Real mode and back, in a page below 1 MiB to which this is copied. It is entered from 32-bit protected mode
// through the segment whose base is the page.
#define PAGE          0x8000
#define RECORD        0xE00
#define REAL_VECTOR   0x51
#define LEGACY_CODE   0x08
#define LEGACY_DATA   0x10
#define CODE_16       0x38
#define DATA_16       0x40

  .text
  .code32
ROUTINE real_mode
  movl %esp, real_esp
  sidt real_idtr
  movl $DATA_16, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl %eax, %fs
  xorl %esp, %esp
  movw $0xD00, %sp
  ljmpl $CODE_16, $0
ROUTINE protected_mode
  movl $LEGACY_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl %eax, %fs
  movl real_esp, %esp
  lidtl real_idtr
  movl $1, %eax
  ret

  .bss
  .balign 8
real_esp:
  .skip 8
real_idtr:
  .skip 8

  .section .rodata.real_mode, "a", @progbits
  .code16
real_start:
  lidtl real_table - real_start
  movl %cr0, %eax
  andl $~CR0_PE, %eax
  movl %eax, %cr0
  ljmp $(PAGE >> 4), $(1f - real_start)
1:
  movw %cs, %ax
  movw %ax, %ds
  movw %ax, %ss
  movl %cr0, %eax
  movl %eax, RECORD
  // An interrupt: its gate is four bytes at four times the vector.
  xorw %ax, %ax
  movw %ax, %es
  movl %es:(REAL_VECTOR * 4), %ebx
  movw $(real_handler - real_start), %es:(REAL_VECTOR * 4)
  movw %cs, %es:(REAL_VECTOR * 4 + 2)
  int $REAL_VECTOR
real_after_int:
  movl %ebx, %es:(REAL_VECTOR * 4)
  // A division by zero: a fault, IP at the instruction.
  movl %es:0, %ebx
  movw $(real_divide_handler - real_start), %es:0
  movw %cs, %es:2
  xorw %cx, %cx
real_divide:
  divw %cx
real_after_divide:
  movl %ebx, %es:0
  // Segments are sixteen times the selector, and wrap nowhere below 1 MiB.
  movw $(PAGE >> 4) - 0x10, %ax
  movw %ax, %es
  movl %es:(RECORD + 0x100), %eax
  movl %eax, RECORD + 4
  movl %cr0, %eax
  orl $CR0_PE, %eax
  movl %eax, %cr0
  ljmpl $LEGACY_CODE, $selftest_legacy_protected_mode

real_handler:
  movw %sp, %bp
  movzwl (%bp), %eax
  subl $(real_after_int - real_start), %eax
  movl %eax, RECORD + 8
  movzwl 2(%bp), %eax
  movl %eax, RECORD + 12
  pushfl
  popl %eax
  movl %eax, RECORD + 16
  iretw
real_divide_handler:
  movw %sp, %bp
  movzwl (%bp), %eax
  subl $(real_divide - real_start), %eax
  movl %eax, RECORD + 20
  addw $(real_after_divide - real_divide), (%bp)
  iretw
  .balign 4
real_table:
  .word 0x3FF
  .long 0
real_end:

  .text
  .code64
// void selftest_legacy_copy_real_mode(void *page)
ROUTINE copy_real_mode
  movq $real_start, %rsi
  movl $(real_end - real_start), %ecx
  rep movsb
  ret
