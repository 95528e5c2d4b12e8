// Programs for other privilege levels and modes.
//
// uint64_t routine(uint64_t first, uint64_t second)

  .text

.macro ROUTINE name:req
  .globl selftest_user_\name
selftest_user_\name:
.endm

  .code64
ROUTINE increment
  leaq 1(%rdi), %rax
  ret
ROUTINE halt
  hlt
  ret
ROUTINE cli
  cli
  ret
ROUTINE in
  inb $0x61, %al
  ret
ROUTINE unaligned
  movq -9(%rsp), %rax
  ret
// The same bytes in every mode.
ROUTINE code_segment
  movl %cs, %eax
  movzwl %ax, %eax
  ret

  .code32
ROUTINE increment_32
  leal 1(%edi), %eax
  ret

  .code64
ROUTINE read_flags
  pushfq
  popq %rax
  cld
  ret
ROUTINE read_fs
  movl %fs, %eax
  movzwl %ax, %eax
  ret
