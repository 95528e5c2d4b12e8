// One instruction each, with chosen flags before it and all results seen after it.
//
// uint64_t routine(uint64_t first, uint64_t second, uint64_t flags, uint64_t results[2])
// RAX = first, RCX = second, RDX = 0. Returns RAX; results[0] = flags after, results[1] = RDX after.

#define ARITHMETIC_FLAGS 0x8D5

  .text
  .code64

.macro ROUTINE name:req, instruction:vararg
  .globl selftest_\name
selftest_\name:
  pushfq
  popq %r8
  andq $~ARITHMETIC_FLAGS, %r8
  orq %rdx, %r8
  movq %rcx, %r9
  movq %rdi, %rax
  movq %rsi, %rcx
  xorl %edx, %edx
  pushq %r8
  popfq
  \instruction
  pushfq
  popq (%r9)
  movq %rdx, 8(%r9)
  ret
.endm

ROUTINE add8, addb %cl, %al
ROUTINE add16, addw %cx, %ax
ROUTINE add32, addl %ecx, %eax
ROUTINE add64, addq %rcx, %rax
ROUTINE adc64, adcq %rcx, %rax
ROUTINE sub64, subq %rcx, %rax
ROUTINE sbb64, sbbq %rcx, %rax
ROUTINE inc64, incq %rax
ROUTINE dec64, decq %rax
ROUTINE neg64, negq %rax
ROUTINE and64, andq %rcx, %rax
ROUTINE xor64, xorq %rcx, %rax
ROUTINE imul64, imulq %rcx, %rax
ROUTINE mul64, mulq %rcx
ROUTINE div64, divq %rcx
ROUTINE idiv32, idivl %ecx
ROUTINE shl64, shlq %cl, %rax
ROUTINE shr64, shrq %cl, %rax
ROUTINE sar64, sarq %cl, %rax
ROUTINE rol64, rolq %cl, %rax
ROUTINE rcl64, rclq %cl, %rax
ROUTINE rcr64, rcrq %cl, %rax
ROUTINE rcr8, rcrb %cl, %al
ROUTINE shld64, shldq $8, %rcx, %rax
ROUTINE bsf64, bsfq %rcx, %rax
ROUTINE bsr64, bsrq %rcx, %rax
ROUTINE bts64, btsq %rcx, %rax
ROUTINE bswap64, bswapq %rax
ROUTINE popcnt64, popcntq %rcx, %rax
ROUTINE cmovz32, cmovzl %ecx, %eax
ROUTINE setl, setl %al
ROUTINE movsx8, movsbq %cl, %rax
ROUTINE movsxd, movslq %ecx, %rax
ROUTINE xadd64, xaddq %rcx, %rax
ROUTINE lahf, lahf

// uint64_t selftest_compare_exchange16(uint64_t memory[2], uint64_t expected[2], uint64_t new[2])
// Returns ZF; expected receives what was there.
  .globl selftest_compare_exchange16
selftest_compare_exchange16:
  pushq %rbx
  movq %rdx, %r8
  movq (%rsi), %rax
  movq 8(%rsi), %rdx
  movq (%r8), %rbx
  movq 8(%r8), %rcx
  lock cmpxchg16b (%rdi)
  movq %rax, (%rsi)
  movq %rdx, 8(%rsi)
  setz %al
  movzbl %al, %eax
  popq %rbx
  ret
