// Out of long mode, into protected mode with or without 32-bit or PAE paging, and back: AMD64 APM volume 2,
// sections 14.6 and 14.7. Everything runs in the identity map.

#include "../../Bedrock/Processor/SavedRegisters.h"
#include "../../Bedrock/Start/ControlBits.h"

// Fields of struct LegacyRun.
#define RUN_ROUTINE     0
#define RUN_FIRST       4
#define RUN_SECOND      8
#define RUN_CR0         12
#define RUN_CR3         16
#define RUN_CR4         20
#define RUN_EFER        24
#define RUN_USER_STACK  28
#define RUN_VECTOR      32
#define RUN_ERROR_CODE  36
#define RUN_CR2         40
#define RUN_EIP         44
#define RUN_CS          48
#define RUN_EFLAGS      52
#define RUN_EAX         56
#define RUN_GDT         64
#define RUN_IDT         80

// Selectors of LegacySegments.swift.
#define LEGACY_CODE       0x08
#define LEGACY_DATA       0x10
#define LEGACY_USER_CODE  0x1B
#define LEGACY_USER_DATA  0x23
#define LEGACY_TASK       0x28
#define LEGACY_LONG_CODE  0x30

#define RETURNED 0xFFFFFFFF

  .text
  .code64

// void selftest_legacy_run(struct LegacyRun *)
  .globl selftest_legacy_run
selftest_legacy_run:
  PUSH_SAVED_REGISTERS
  movq %rdi, legacy_block(%rip)
  movq %rsp, legacy_rsp(%rip)
  sgdt legacy_gdtr(%rip)
  sidt legacy_idtr(%rip)
  movq %cr0, %rax
  movq %rax, legacy_cr0(%rip)
  movq %cr3, %rax
  movq %rax, legacy_cr3(%rip)
  movq %cr4, %rax
  movq %rax, legacy_cr4(%rip)
  movl $MSR_EFER, %ecx
  rdmsr
  movl %eax, legacy_efer(%rip)
  lgdt RUN_GDT(%rdi)
  lidt RUN_IDT(%rdi)
  pushq $LEGACY_CODE
  leaq 1f(%rip), %rax
  pushq %rax
  lretq

  .code32
1:
  movl $LEGACY_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl %cr0, %eax
  andl $~CR0_PG, %eax
  movl %eax, %cr0
  movl legacy_block, %ebp
  movl $MSR_EFER, %ecx
  rdmsr
  movl RUN_EFER(%ebp), %eax
  wrmsr
  movl RUN_CR4(%ebp), %eax
  movl %eax, %cr4
  movl RUN_CR3(%ebp), %eax
  movl %eax, %cr3
  movl RUN_CR0(%ebp), %eax
  movl %eax, %cr0
  jmp 2f
2:
  movl $LEGACY_TASK, %eax
  ltr %ax
  movl %esp, legacy_esp
  movl RUN_FIRST(%ebp), %edi
  movl RUN_SECOND(%ebp), %esi
  movl RUN_USER_STACK(%ebp), %ecx
  testl %ecx, %ecx
  jnz 3f
  call *RUN_ROUTINE(%ebp)
  movl legacy_block, %ebp
  movl $RETURNED, RUN_VECTOR(%ebp)
  movl %eax, RUN_EAX(%ebp)
  jmp leave_legacy_mode
3:
  movl $LEGACY_USER_DATA, %eax
  pushl %eax
  pushl %ecx
  pushl $2
  pushl $LEGACY_USER_CODE
  pushl RUN_ROUTINE(%ebp)
  movl %eax, %ds
  movl %eax, %es
  iretl

// Where a routine at privilege level 3 returns to.
  .globl selftest_legacy_user_end
selftest_legacy_user_end:
  ud2

// Entries of exceptions, 16 bytes apart: error code, if there is none, and vector.
#define EXCEPTIONS_WITH_ERROR_CODE 0x60227D00
  .balign 16
  .globl selftest_legacy_exceptions
selftest_legacy_exceptions:
vector = 0
.rept 32
  .balign 16
  .if ((EXCEPTIONS_WITH_ERROR_CODE >> vector) & 1) == 0
  pushl $0
  .endif
  pushl $vector
  jmp legacy_exception
  vector = vector + 1
.endr

legacy_exception:
  pushal
  movl $LEGACY_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl legacy_block, %ebp
  movl 32(%esp), %eax
  movl %eax, RUN_VECTOR(%ebp)
  movl 36(%esp), %eax
  movl %eax, RUN_ERROR_CODE(%ebp)
  movl 40(%esp), %eax
  movl %eax, RUN_EIP(%ebp)
  movl 44(%esp), %eax
  movl %eax, RUN_CS(%ebp)
  movl 48(%esp), %eax
  movl %eax, RUN_EFLAGS(%ebp)
  movl 28(%esp), %eax
  movl %eax, RUN_EAX(%ebp)
  movl %cr2, %eax
  movl %eax, RUN_CR2(%ebp)

leave_legacy_mode:
  movl legacy_esp, %esp
  movl %cr0, %eax
  andl $~CR0_PG, %eax
  movl %eax, %cr0
  movl legacy_cr4, %eax
  movl %eax, %cr4
  movl legacy_cr3, %eax
  movl %eax, %cr3
  movl $MSR_EFER, %ecx
  rdmsr
  movl legacy_efer, %eax
  andl $~0x400, %eax            // LMA, which is not active yet
  wrmsr
  movl legacy_cr0, %eax
  movl %eax, %cr0
  ljmpl $LEGACY_LONG_CODE, $4f

  .code64
4:
  lgdt legacy_gdtr(%rip)
  lidt legacy_idtr(%rip)
  movl $BOOT_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movq legacy_rsp(%rip), %rsp
  pushq $BOOT_CODE_64
  leaq 5f(%rip), %rax
  pushq %rax
  lretq
5:
  POP_SAVED_REGISTERS
  ret

  .bss
  .balign 8
legacy_block:
  .skip 8
legacy_rsp:
  .skip 8
legacy_esp:
  .skip 8
legacy_cr0:
  .skip 8
legacy_cr3:
  .skip 8
legacy_cr4:
  .skip 8
legacy_efer:
  .skip 8
legacy_gdtr:
  .skip 16
legacy_idtr:
  .skip 16
