// Control registers that Bedrock has no use for.

#include "../Support/Routine.h"

  .text
  .code64

ROUTINE read_cr8
  movq %cr8, %rax
  ret
ROUTINE write_cr8
  movq %rdi, %cr8
  ret
ROUTINE lmsw
  lmsw %di
  ret
ROUTINE smsw
  xorl %eax, %eax
  smsw %ax
  ret
