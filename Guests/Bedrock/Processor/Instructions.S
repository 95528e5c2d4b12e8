// Instructions that Swift has no spelling for, one C function each. Instructions.swift imports them.

  .text
  .code64

.macro FUNCTION name
  .globl \name
\name:
.endm

FUNCTION bedrock_in8
  movl %edi, %edx
  xorl %eax, %eax
  inb %dx, %al
  ret
FUNCTION bedrock_in16
  movl %edi, %edx
  xorl %eax, %eax
  inw %dx, %ax
  ret
FUNCTION bedrock_in32
  movl %edi, %edx
  inl %dx, %eax
  ret
FUNCTION bedrock_out8
  movl %edi, %edx
  movl %esi, %eax
  outb %al, %dx
  ret
FUNCTION bedrock_out16
  movl %edi, %edx
  movl %esi, %eax
  outw %ax, %dx
  ret
FUNCTION bedrock_out32
  movl %edi, %edx
  movl %esi, %eax
  outl %eax, %dx
  ret

// Two arguments so that it can be probed: the second is ignored.
FUNCTION bedrock_rdmsr
  movl %edi, %ecx
  rdmsr
  shlq $32, %rdx
  orq %rdx, %rax
  ret
FUNCTION bedrock_wrmsr
  movl %edi, %ecx
  movl %esi, %eax
  movq %rsi, %rdx
  shrq $32, %rdx
  wrmsr
  ret

// void bedrock_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t registers[4])
FUNCTION bedrock_cpuid
  pushq %rbx
  movq %rdx, %r8
  movl %edi, %eax
  movl %esi, %ecx
  cpuid
  movl %eax, (%r8)
  movl %ebx, 4(%r8)
  movl %ecx, 8(%r8)
  movl %edx, 12(%r8)
  popq %rbx
  ret

FUNCTION bedrock_rdtsc
  rdtsc
  shlq $32, %rdx
  orq %rdx, %rax
  ret

// uint32_t bedrock_rdrand(uint64_t *value): 1 if the processor delivered a number
FUNCTION bedrock_rdrand
  xorl %eax, %eax
  rdrand %rcx
  setc %al
  movq %rcx, (%rdi)
  ret

FUNCTION bedrock_read_cr0
  movq %cr0, %rax
  ret
FUNCTION bedrock_write_cr0
  movq %rdi, %cr0
  ret
FUNCTION bedrock_read_cr2
  movq %cr2, %rax
  ret
FUNCTION bedrock_read_cr3
  movq %cr3, %rax
  ret
FUNCTION bedrock_write_cr3
  movq %rdi, %cr3
  ret
FUNCTION bedrock_read_cr4
  movq %cr4, %rax
  ret
FUNCTION bedrock_write_cr4
  movq %rdi, %cr4
  ret
FUNCTION bedrock_invlpg
  invlpg (%rdi)
  ret

FUNCTION bedrock_read_flags
  pushfq
  popq %rax
  ret
FUNCTION bedrock_cli
  cli
  ret
FUNCTION bedrock_sti
  sti
  ret
FUNCTION bedrock_pause
  pause
  ret
FUNCTION bedrock_halt
  hlt
  ret
// STI takes effect after the next instruction: no interrupt can slip in before HLT.
FUNCTION bedrock_sti_halt
  sti
  hlt
  ret

// void bedrock_load_segments(const void *pointer, uint16_t code, uint16_t data, uint16_t task)
FUNCTION bedrock_load_segments
  lgdt (%rdi)
  movl %edx, %ds
  movl %edx, %es
  movl %edx, %ss
  xorl %eax, %eax
  movl %eax, %fs
  movl %eax, %gs
  ltr %cx
  popq %rax
  movzwl %si, %esi
  pushq %rsi
  pushq %rax
  lretq
FUNCTION bedrock_lidt
  lidt (%rdi)
  ret
// The first word of a processor's block holds the address of its Processor object.
FUNCTION bedrock_current_processor
  movq %gs:0, %rax
  ret
