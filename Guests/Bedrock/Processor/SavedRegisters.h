// The registers that a function gives back as it found them, besides RSP (System V ABI for AMD64, 3.2.1).

.macro PUSH_SAVED_REGISTERS
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
.endm

.macro POP_SAVED_REGISTERS
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
.endm
