// The C functions that compiled Swift calls on its own. They are assembly because a compiler turns a loop
// that copies or fills into a call of the very function it is compiling.

  .text
  .code64

// void *memcpy(void *destination, const void *source, size_t count)
  .globl memcpy
memcpy:
  movq %rdi, %rax
  movq %rdx, %rcx
  rep movsb
  ret

// void *memmove(void *destination, const void *source, size_t count)
  .globl memmove
memmove:
  movq %rdi, %rax
  movq %rdx, %rcx
  movq %rdi, %r8
  subq %rsi, %r8
  cmpq %rdx, %r8                // destination - source below count, unsigned: copying upwards would overlap
  jb 1f
  rep movsb
  ret
1:
  leaq -1(%rdi, %rdx), %rdi
  leaq -1(%rsi, %rdx), %rsi
  std
  rep movsb
  cld
  ret

// void *memset(void *destination, int value, size_t count)
  .globl memset
memset:
  movq %rdi, %r8
  movl %esi, %eax
  movq %rdx, %rcx
  rep stosb
  movq %r8, %rax
  ret

// int memcmp(const void *first, const void *second, size_t count)
  .globl memcmp
memcmp:
  movq %rdx, %rcx
  xorl %eax, %eax               // sets ZF too: nothing to compare is equal
  repe cmpsb
  je 1f
  movzbl -1(%rdi), %eax
  movzbl -1(%rsi), %edx
  subl %eax, %edx
  movl %edx, %eax
1:
  ret

// The Swift runtime's names cannot be exported from Swift: they lead to the heap.
  .globl free
free:
  jmp bedrock_heap_release

  .globl bedrock_heap_start
bedrock_heap_start:
  movq $heap_start, %rax
  ret

  .globl bedrock_heap_end
bedrock_heap_end:
  movq $heap_end, %rax
  ret
