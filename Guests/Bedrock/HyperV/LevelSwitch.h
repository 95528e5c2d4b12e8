// The layout of SharedRegisters: 16 general registers in the order of their numbers, CR2, the address of the code
// that switches, and 512 bytes of FXSAVE at a multiple of 16.

#define SWITCH_GENERAL        0
#define SWITCH_CR2            128
#define SWITCH_ENTRY          136
#define SWITCH_FLOATING_POINT 144
