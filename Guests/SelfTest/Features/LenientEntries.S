// Entries for #UD and #NM that first put CR0 and CR4 back, so that the common entry can save SSE registers.

  .text
  .code64

.macro LENIENT vector:req
  .balign 16
  .globl selftest_lenient_\vector
selftest_lenient_\vector:
  pushq %rax
  movq lenient_cr0(%rip), %rax
  movq %rax, %cr0
  movq lenient_cr4(%rip), %rax
  movq %rax, %cr4
  popq %rax
  jmp interrupt_entries + 16 * \vector
.endm
LENIENT 6
LENIENT 7

// void selftest_lenient_prepare(uint64_t cr0, uint64_t cr4)
  .globl selftest_lenient_prepare
selftest_lenient_prepare:
  movq %rdi, lenient_cr0(%rip)
  movq %rsi, lenient_cr4(%rip)
  ret

  .bss
  .balign 8
lenient_cr0:
  .skip 8
lenient_cr4:
  .skip 8
