// Into user mode and back, and what a user program does there.

  .text
  .code64

// uint64_t greeter_enter_user(uint64_t rip, uint64_t rsp)
// Returns what the user program has in RDI when it executes SYSCALL. A fault in user mode has to be
// caught by a probe around this.
  .globl greeter_enter_user
greeter_enter_user:
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, user_mode_return_stack(%rip)
  pushq $0x1B                   // SegmentSelector.userData
  pushq %rsi
  pushq $0x2                    // RFLAGS: interrupts held back
  pushq $0x23                   // SegmentSelector.userCode
  pushq %rdi
  swapgs
  iretq

// Where SYSCALL arrives.
  .globl greeter_system_call
greeter_system_call:
  swapgs
  movq user_mode_return_stack(%rip), %rsp
  movq %rdi, %rax
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  ret

  .globl greeter_system_call_address
greeter_system_call_address:
  leaq greeter_system_call(%rip), %rax
  ret

  .bss
  .balign 8
user_mode_return_stack:
  .skip 8

// User programs: copied to a user page, started at their beginning with an argument on the stack.
  .section .rodata.user_programs, "a", @progbits

.macro PROGRAM name:req
  .balign 16
user_\name:
.endm

PROGRAM call
  popq %rdi
  incq %rdi
  syscall
PROGRAM privilege
  movl %cs, %eax
  movzwl %ax, %edi
  syscall
PROGRAM halt
  hlt
PROGRAM clear_interrupts
  cli
PROGRAM port
  inb $0x61, %al
PROGRAM interrupt
  int $0x50
PROGRAM read
  popq %rdi
  movq (%rdi), %rax
  ud2
PROGRAM write
  popq %rdi
  movq %rax, (%rdi)
  ud2
PROGRAM unaligned
  pushfq
  orl $0x40000, (%rsp)
  popfq
  movq -9(%rsp), %rax
  ud2
  .balign 16
user_end:

  .globl greeter_user_programs
  .text
greeter_user_programs:
  leaq user_call(%rip), %rax
  ret

// uint64_t greeter_user_program_offset(uint32_t index), and the size of all for the index behind the last
  .globl greeter_user_program_offset
greeter_user_program_offset:
  leaq user_program_offsets(%rip), %rax
  movslq %edi, %rdi
  movl (%rax, %rdi, 4), %eax
  ret

  .section .rodata.user_program_offsets, "a", @progbits
  .balign 4
user_program_offsets:
  .long user_call - user_call
  .long user_privilege - user_call
  .long user_halt - user_call
  .long user_clear_interrupts - user_call
  .long user_port - user_call
  .long user_interrupt - user_call
  .long user_read - user_call
  .long user_write - user_call
  .long user_unaligned - user_call
  .long user_end - user_call
