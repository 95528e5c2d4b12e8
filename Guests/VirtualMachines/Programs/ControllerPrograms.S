// Programs of a guest that use its local APIC, and its interrupt handlers.
//
//   R14  the address of the APIC's registers; 0 if they are model-specific registers
//   R15  the processor's interrupt record: how many interrupts it has handled, then, from byte 16 on, their vectors
//
// A register of the APIC is only read and written by the two instructions of `READ` and `WRITE`, which the hypervisor
// knows: MOV EAX, [RDI] and MOV [RDI], EAX.

  .text
  .code64

#define END_OF_INTERRUPT 0x0B0
#define COMMAND_LOW      0x300
#define COMMAND_HIGH     0x310
#define MSR_END_OF_INTERRUPT 0x80B
#define MSR_COMMAND          0x830
#define RECORD_MASK 0x3FF

.macro WRITE
  movl %eax, (%rdi)
.endm

.macro PROGRAM name:req
  .globl virtualmachines_\name
virtualmachines_\name:
.endm

// One handler for each vector, 16 bytes apart.
  .balign 16
PROGRAM handlers
vector = 0
.rept 256
  .balign 16
  pushq $vector
  jmp handler_common
  vector = vector + 1
.endr

handler_common:
  pushq %rax
  pushq %rcx
  pushq %rdx
  pushq %rdi
  movq 32(%rsp), %rax
  movq (%r15), %rdi
  andl $RECORD_MASK, %edi
  movb %al, 16(%r15, %rdi)
  testq %r14, %r14
  jz 1f
  leaq END_OF_INTERRUPT(%r14), %rdi
  xorl %eax, %eax
  WRITE
  jmp 2f
1:
  movl $MSR_END_OF_INTERRUPT, %ecx
  xorl %eax, %eax
  xorl %edx, %edx
  wrmsr
2:
  // Whoever waits for the count finds the interrupt acknowledged.
  incq (%r15)
  popq %rdi
  popq %rdx
  popq %rcx
  popq %rax
  addq $8, %rsp
  iretq

// Sends RBP interrupts, each when the one before has been handled.
//   R8D, R9D  the low and the high half of the interrupt command
//   R13       the record of a processor that receives it
PROGRAM send
  movq (%r13), %rbx
  testq %r14, %r14
  jz 1f
  leaq COMMAND_HIGH(%r14), %rdi
  movl %r9d, %eax
  WRITE
  leaq COMMAND_LOW(%r14), %rdi
  movl %r8d, %eax
  WRITE
  jmp 2f
1:
  movl $MSR_COMMAND, %ecx
  movl %r8d, %eax
  movl %r9d, %edx
  wrmsr
2:
  cmpq (%r13), %rbx
  jne 3f
  pause
  jmp 2b
3:
  decq %rbp
  jnz virtualmachines_send
  vmmcall

// Accepts interrupts and spins, counting in RBX.
PROGRAM receive
  sti
1:
  incq %rbx
  pause
  jmp 1b

// Accepts interrupts and sleeps.
PROGRAM sleep
  sti
1:
  hlt
  incq %rbx
  jmp 1b

// A handler of vector 31h that lets others interrupt it: it sends itself a lower and a higher vector, then reads the
// processor's priority into RSI.
#define SELF              0x40000
#define PROCESSOR_PRIORITY 0x0A0
PROGRAM nest
  pushq %rax
  pushq %rdi
  movq (%r15), %rdi
  movb $0x31, 16(%r15, %rdi)
  incq (%r15)
  sti
  leaq COMMAND_LOW(%r14), %rdi
  movl $(SELF + 0x21), %eax
  WRITE
  movl $(SELF + 0x52), %eax
  WRITE
  leaq PROCESSOR_PRIORITY(%r14), %rdi
  movl (%rdi), %eax
  movl %eax, %esi
  cli
  leaq END_OF_INTERRUPT(%r14), %rdi
  xorl %eax, %eax
  WRITE
  popq %rdi
  popq %rax
  iretq

// Accepts interrupts, and ends when RBP have been handled.
PROGRAM await
  sti
1:
  cmpq %rbp, (%r15)
  jae 2f
  pause
  jmp 1b
2:
  vmmcall
