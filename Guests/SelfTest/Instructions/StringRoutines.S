// String instructions with all of RDI, RSI and RCX seen after them.
//
// void routine(void *destination, const void *source, uint64_t count, uint64_t accumulator,
//              uint64_t results[4])
// results: RDI, RSI, RCX, RAX after the instruction. The direction flag is clear before and after.

  .text
  .code64

.macro ROUTINE name:req, direction:req, instruction:vararg
  .globl selftest_\name
selftest_\name:
  movq %rcx, %rax
  movq %rdx, %rcx
  \direction
  \instruction
  cld
  movq %rdi, (%r8)
  movq %rsi, 8(%r8)
  movq %rcx, 16(%r8)
  movq %rax, 24(%r8)
  ret
.endm

ROUTINE rep_movsb, cld, rep movsb
ROUTINE rep_movsq, cld, rep movsq
ROUTINE rep_movsb_down, std, rep movsb
ROUTINE rep_stosw, cld, rep stosw
ROUTINE repne_scasb, cld, repne scasb
ROUTINE repe_cmpsb, cld, repe cmpsb
ROUTINE rep_lodsb, cld, rep lodsb
ROUTINE stosl_once, cld, stosl
