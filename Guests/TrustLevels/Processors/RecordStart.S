// Where processors begin that only tell in which state they begin: RSP points to a StartRecord of 8-byte
// words.

#include "StartRecord.h"

#define LOCAL_APIC          0xFEE00000
#define LOCAL_APIC_ID       0x20
#define LOCAL_APIC_SPURIOUS 0xF0

  .text
  .code64

.macro STORE_MSR index, word
  movl $\index, %ecx
  rdmsr
  movl %eax, \word * 8(%rbx)
  movl %edx, \word * 8 + 4(%rbx)
.endm

.macro STORE_SELECTOR register, word
  xorl %eax, %eax
  movw %\register, %ax
  movq %rax, \word * 8(%rbx)
.endm

trustlevels_record:
  movq %rax, 0 * 8(%rsp)
  movq %rcx, 1 * 8(%rsp)
  movq %rdx, 2 * 8(%rsp)
  movq %rbx, 3 * 8(%rsp)
  movq %rsp, 4 * 8(%rsp)
  movq %rbp, 5 * 8(%rsp)
  movq %rsi, 6 * 8(%rsp)
  movq %rdi, 7 * 8(%rsp)
  movq %r8, 8 * 8(%rsp)
  movq %r9, 9 * 8(%rsp)
  movq %r10, 10 * 8(%rsp)
  movq %r11, 11 * 8(%rsp)
  movq %r12, 12 * 8(%rsp)
  movq %r13, 13 * 8(%rsp)
  movq %r14, 14 * 8(%rsp)
  movq %r15, 15 * 8(%rsp)
  movq %rsp, %rbx
  pushfq                        // there is room below the record
  popq %rax
  movq %rax, RECORD_FLAGS * 8(%rbx)
  movq %cr0, %rax
  movq %rax, RECORD_CR0 * 8(%rbx)
  movq %cr3, %rax
  movq %rax, RECORD_CR3 * 8(%rbx)
  movq %cr4, %rax
  movq %rax, RECORD_CR4 * 8(%rbx)
  STORE_SELECTOR cs, RECORD_CS
  STORE_SELECTOR ds, RECORD_DS
  STORE_SELECTOR es, RECORD_ES
  STORE_SELECTOR fs, RECORD_FS
  STORE_SELECTOR gs, RECORD_GS
  STORE_SELECTOR ss, RECORD_SS
  xorl %eax, %eax
  str %ax
  movq %rax, RECORD_TR * 8(%rbx)
  xorl %eax, %eax
  sldt %ax
  movq %rax, RECORD_LDTR * 8(%rbx)
  sgdt RECORD_GDTR * 8 + 6(%rbx)
  sidt RECORD_IDTR * 8 + 6(%rbx)
  movq %dr7, %rax
  movq %rax, RECORD_DR7 * 8(%rbx)
  STORE_MSR 0xC0000080, RECORD_EFER
  STORE_MSR 0x277, RECORD_PAT
  STORE_MSR 0x1B, RECORD_APIC_BASE
  STORE_MSR 0x40000002, RECORD_INDEX
  STORE_MSR 0xC0000082, RECORD_LSTAR
  movl $LOCAL_APIC, %esi
  movl LOCAL_APIC_ID(%rsi), %eax
  shrl $24, %eax
  movq %rax, RECORD_APIC_ID * 8(%rbx)
  movl LOCAL_APIC_SPURIOUS(%rsi), %eax
  movq %rax, RECORD_SPURIOUS * 8(%rbx)
  // What a restart must not find again.
  movl $0xC0000082, %ecx
  movl $0x1234, %eax
  xorl %edx, %edx
  wrmsr
  movl $0x1FF, LOCAL_APIC_SPURIOUS(%rsi)
  lock incq RECORD_COUNT * 8(%rbx)
1:
  cli
  hlt
  jmp 1b

// uint64_t trustlevels_record_start(void): the address of the above
  .globl trustlevels_record_start
trustlevels_record_start:
  leaq trustlevels_record(%rip), %rax
  ret
