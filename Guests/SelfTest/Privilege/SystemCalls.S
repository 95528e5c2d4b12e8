// Programs around SYSCALL.

#include "../Support/Routine.h"

  .text

// The same bytes in 32-bit and 64-bit mode: sets OF, ZF and CF, clears SF, AF and PF, then calls.
  .code64
ROUTINE syscall
  movl $0x41, %eax
  movb $0x7F, %cl
  addb $1, %cl                  // OF
  movb %al, %ah
  sahf                          // ZF and CF; leaves OF
  syscall
ROUTINE after_syscall
  movl %cs, %eax
  movzwl %ax, %eax
  ret
ROUTINE sysenter
  sysenter
  ret

// RIP and RFLAGS behind SYSRET to compatibility mode.
ROUTINE sysret
  movq %rdi, %rcx
  movq %rsi, %r11
  sysretl

// Targets of SYSCALL.
ROUTINE syscall_target
  ud2
ROUTINE syscall_target_return
  pushfq
  popq %rax
  movq %rax, syscall_record(%rip)
  sysretq

ROUTINE syscall_record
  leaq syscall_record(%rip), %rax
  ret

  .bss
  .balign 8
syscall_record:
  .skip 8
