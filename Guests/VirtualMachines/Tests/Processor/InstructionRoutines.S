// The extension's instructions as probes.
//
// uint64_t routine(uint64_t first, uint64_t second)

  .text
  .code64

.macro ROUTINE name:req
  .globl virtualmachines_\name
virtualmachines_\name:
.endm

ROUTINE vmrun
  movq %rdi, %rax
  vmrun %rax
  ret
ROUTINE vmload
  movq %rdi, %rax
  vmload %rax
  ret
ROUTINE vmsave
  movq %rdi, %rax
  vmsave %rax
  ret
ROUTINE vmmcall
  vmmcall
  ret
ROUTINE stgi
  stgi
  ret
ROUTINE clgi
  clgi
  ret
ROUTINE invlpga
  movq %rdi, %rax
  movl %esi, %ecx
  invlpga %rax, %ecx
  ret
ROUTINE skinit
  movl %edi, %eax
  skinit %eax
  ret
