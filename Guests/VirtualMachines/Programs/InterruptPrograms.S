// Programs of a guest at privilege level 0 that wait for interrupts. Their labels are where the guest must be when
// the interrupt has come.

  .text
  .code64

.macro PROGRAM name:req
  .globl virtualmachines_\name
virtualmachines_\name:
.endm

// The interrupt flag is set, and takes effect behind the next instruction.
PROGRAM set_flag
  sti
  nop
PROGRAM set_flag_taken
  nop
  vmmcall

// STI and HLT: the shadow covers HLT.
PROGRAM set_flag_halt
  sti
PROGRAM set_flag_halting
  hlt
  vmmcall

// The task priority falls.
PROGRAM lower_priority
  xorl %eax, %eax
  movq %rax, %cr8
PROGRAM lower_priority_taken
  nop
  vmmcall

// Counts in RBX, for ever.
PROGRAM spin
  incq %rbx
  jmp virtualmachines_spin
