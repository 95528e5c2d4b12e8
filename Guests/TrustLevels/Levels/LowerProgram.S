// A program for VTL0 that VTL2 starts. The levels share the general registers, and it uses no others:
//
//   RBX  the page for VTL0's hypercalls
//   R12  the code in that page that calls the next higher level
//   R13  counts the calls
//   R14  an address that the program reads before each call, into R15

  .text
  .code64

#define GUEST_IDENTITY 0x40000000
#define HYPERCALL      0x40000001

trustlevels_lower:
  movl $GUEST_IDENTITY, %ecx
  movl $1, %eax
  movl $0x80000000, %edx
  wrmsr
  movl $HYPERCALL, %ecx
  leal 1(%ebx), %eax
  xorl %edx, %edx
  wrmsr
1:
  incq %r13
trustlevels_lower_read:
  movq (%r14), %r15
  xorl %ecx, %ecx
  call *%r12
  jmp 1b

trustlevels_lower_loop:
  incq %r13
  jmp trustlevels_lower_loop

  .globl trustlevels_lower_start
trustlevels_lower_start:
  leaq trustlevels_lower(%rip), %rax
  ret
  .globl trustlevels_lower_read_address
trustlevels_lower_read_address:
  leaq trustlevels_lower_read(%rip), %rax
  ret
  .globl trustlevels_lower_loop_start
trustlevels_lower_loop_start:
  leaq trustlevels_lower_loop(%rip), %rax
  ret
