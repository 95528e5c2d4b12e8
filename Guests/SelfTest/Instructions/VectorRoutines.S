// SSE and SSE2 instructions on 16-byte operands in memory.
//
// void routine(void *destination, const void *source): destination = destination op source

  .text
  .code64

.macro ROUTINE name:req, instruction:vararg
  .globl selftest_\name
selftest_\name:
  movdqu (%rdi), %xmm0
  movdqu (%rsi), %xmm1
  \instruction
  movdqu %xmm0, (%rdi)
  ret
.endm

ROUTINE paddb, paddb %xmm1, %xmm0
ROUTINE paddusb, paddusb %xmm1, %xmm0
ROUTINE paddq, paddq %xmm1, %xmm0
ROUTINE pmuludq, pmuludq %xmm1, %xmm0
ROUTINE pcmpgtw, pcmpgtw %xmm1, %xmm0
ROUTINE packuswb, packuswb %xmm1, %xmm0
ROUTINE punpcklbw, punpcklbw %xmm1, %xmm0
ROUTINE pshufd, pshufd $0x1B, %xmm1, %xmm0
ROUTINE pslldq, pslldq $3, %xmm0
ROUTINE psraw, psraw $4, %xmm0
ROUTINE addpd, addpd %xmm1, %xmm0
ROUTINE divpd, divpd %xmm1, %xmm0
ROUTINE sqrtsd, sqrtsd %xmm1, %xmm0
ROUTINE mulps, mulps %xmm1, %xmm0
ROUTINE minsd, minsd %xmm1, %xmm0
ROUTINE cvtdq2pd, cvtdq2pd %xmm1, %xmm0
ROUTINE cvttpd2dq, cvttpd2dq %xmm1, %xmm0
ROUTINE cvtpd2dq, cvtpd2dq %xmm1, %xmm0

// uint32_t selftest_read_mxcsr(void), void selftest_write_mxcsr(uint32_t)
  .globl selftest_read_mxcsr
selftest_read_mxcsr:
  pushq $0
  stmxcsr (%rsp)
  popq %rax
  ret
  .globl selftest_write_mxcsr
selftest_write_mxcsr:
  pushq %rdi
  ldmxcsr (%rsp)
  popq %rdi
  ret

// For probes: division by zero with that exception unmasked, and an aligned load from an odd address.
  .globl selftest_sse_unmasked
selftest_sse_unmasked:
  pushq $0x1D80
  ldmxcsr (%rsp)
  popq %rax
  movl $1, %eax
  cvtsi2sd %eax, %xmm0
  xorpd %xmm1, %xmm1
  divsd %xmm1, %xmm0
  ret
  .globl selftest_sse_unaligned
selftest_sse_unaligned:
  movdqa 1(%rdi), %xmm0
  ret
