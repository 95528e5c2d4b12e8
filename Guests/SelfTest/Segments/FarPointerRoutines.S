// Loads of far pointers. The first argument is the operand's address; what they answer is the offset that was loaded
// plus the selector.

#include "../Support/Routine.h"

  .text

// The same bytes in 32-bit and 64-bit mode.
  .code64
ROUTINE lfs
  lfsl (%rdi), %eax
  movl %fs, %ecx
  addl %ecx, %eax
  ret
ROUTINE lss
  movl %ss, %edx
  lssl (%rdi), %eax
  movl %ss, %ecx
  movl %edx, %ss
  addl %ecx, %eax
  ret

// The processor's block is behind the base of GS, which stays.
ROUTINE lgs
  movl $0xC0000101, %ecx
  rdmsr
  movl %eax, %r8d
  movl %edx, %r9d
  lgsl (%rdi), %r10d
  movl %gs, %r11d
  movl %r8d, %eax
  movl %r9d, %edx
  wrmsr
  leal (%r10, %r11), %eax
  ret

// An operand of 16 bits: the upper part of the register stays.
ROUTINE lfs_16
  movl $0x76540000, %eax
  lfsw (%rdi), %ax
  ret

// LFS with a register as its operand does not exist.
ROUTINE lfs_register
  .byte 0x0F, 0xB4, 0xC0
  ret

// For protected mode.
  .code32
ROUTINE les
  movl %es, %edx
  lesl (%edi), %eax
  movl %es, %ecx
  movl %edx, %es
  addl %ecx, %eax
  ret
ROUTINE lds
  movl %ds, %edx
  ldsl (%edi), %eax
  movl %ds, %ecx
  movl %edx, %ds
  addl %ecx, %eax
  ret

// ARPL of two selectors: answers with the first as it is then, and with ZF in bit 16.
ROUTINE arpl
  xorl %eax, %eax
  arpl %si, %di
  setz %al
  shll $16, %eax
  movw %di, %ax
  ret
