// The way into the hypervisor (TLFS 3.7): a near call to the page that it laid over one of ours.

  .text
  .code64

// uint64_t bedrock_hypercall(const struct HypercallRegisters *, uint64_t)
// Two arguments so that it can be probed: the second is ignored.
  .globl bedrock_hypercall
bedrock_hypercall:
  movq 8(%rdi), %rcx
  movq 16(%rdi), %rdx
  movq 24(%rdi), %r8
  callq *(%rdi)
  ret

// Where a processor begins that the hypervisor starts in 64-bit mode: the context gives it all but the state
// of the floating-point unit, and a stack of its own with its argument on top.
  .globl bedrock_started_in_long_mode
bedrock_started_in_long_mode:
  fninit
  ldmxcsr default_mxcsr(%rip)
  popq %rdi
  xorl %ebp, %ebp
  call bedrock_application_processor_main
halted:
  cli
  hlt
  jmp halted

// uint64_t bedrock_long_mode_start(void): the address of the above
  .globl bedrock_long_mode_start
bedrock_long_mode_start:
  leaq bedrock_started_in_long_mode(%rip), %rax
  ret

// uint64_t bedrock_halt_start(void): the address of code that does nothing, without a stack
  .globl bedrock_halt_start
bedrock_halt_start:
  leaq halted(%rip), %rax
  ret
