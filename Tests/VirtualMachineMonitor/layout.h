// Where things are in the guest, for C and for assembly.
#pragma once

// Physical addresses in the guest.
#define GUEST_GDT 0x1000
#define GUEST_SHARED 0x2000
#define GUEST_TRAMPOLINE 0x8000  // where a start-up IPI begins
#define GUEST_CODE 0x10000
#define GUEST_TABLES 0x80000
#define GUEST_STACKS 0x90000
#define GUEST_STACK_SIZE 0x4000
#define GUEST_MEMORY 0x200000

#define PROCESSORS 2
#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define TASK_SELECTOR 0x18
