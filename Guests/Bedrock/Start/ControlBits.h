// Bits of the control registers that assembly needs before Swift runs (AMD64 APM volume 2, section 3.1).
// Swift's names for all of them are in Processor/ControlRegisters.swift and Memory/PageTableEntry.swift.

#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_EM 0x00000004
#define CR0_TS 0x00000008
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_NW 0x20000000
#define CR0_CD 0x40000000
#define CR0_PG 0x80000000

#define CR4_PAE        0x020
#define CR4_OSFXSR     0x200
#define CR4_OSXMMEXCPT 0x400

#define MSR_EFER    0xC0000080
#define MSR_GS_BASE 0xC0000101
#define EFER_LME    0x100
#define EFER_NXE    0x800

// CPUID leaf 8000_0001h, EDX
#define CPUID_NO_EXECUTE (1 << 20)
#define CPUID_LONG_MODE  (1 << 29)

#define PAGE_PRESENT  0x01
#define PAGE_WRITABLE 0x02
#define PAGE_LARGE    0x80

// Selectors of the boot segments in Start.S
#define BOOT_CODE_64 0x08
#define BOOT_DATA    0x10
#define BOOT_CODE_32 0x18
