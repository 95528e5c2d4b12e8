// From the loader to Swift: two entries in 32-bit protected mode, one path into long mode.
//
// Multiboot 1 (section 3.2, "Machine state") and PVH (Xen, docs/misc/pvh.pandoc) both enter with paging off,
// flat 32-bit segments and interrupts disabled. They differ in the register that says where the loader's
// information is, and both promise that the zero-initialised part of the image is zero.

#include "ControlBits.h"

#define MULTIBOOT_HEADER_MAGIC   0x1BADB002
#define MULTIBOOT_MEMORY_INFO    (1 << 1)
#define MULTIBOOT_ADDRESS_FIELDS (1 << 16)
#define MULTIBOOT_FLAGS          (MULTIBOOT_MEMORY_INFO | MULTIBOOT_ADDRESS_FIELDS)
#define XEN_ELFNOTE_PHYS32_ENTRY 18

  // The address fields let loaders that know only 32-bit ELF (QEMU, GRUB's older relatives) place this
  // ELF64 file as a flat binary, so that no second, converted file is needed.
  .section .multiboot, "a", @progbits
  .balign 4
multiboot_header:
  .long MULTIBOOT_HEADER_MAGIC
  .long MULTIBOOT_FLAGS
  .long -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_FLAGS)
  .long multiboot_header
  .long image_start
  .long image_load_end
  .long image_end
  .long multiboot_entry

  .section .note.Xen, "a", @note
  .balign 4
  .long 4                       // size of the name
  .long 8                       // size of the descriptor
  .long XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .quad pvh_entry

  .section .text.start, "ax", @progbits
  .code32
  .globl multiboot_entry
multiboot_entry:
  movl $boot_stack_top, %esp
  movl %eax, boot_protocol
  movl %ebx, boot_information
  jmp start_processor

pvh_entry:
  movl $boot_stack_top, %esp
  movl $0, boot_protocol
  movl %ebx, boot_information

start_processor:
  cld
  movl $0x80000000, %eax
  cpuid
  cmpl $0x80000001, %eax
  jb no_long_mode
  movl $0x80000001, %eax
  cpuid
  testl $CPUID_LONG_MODE, %edx
  jz no_long_mode

  // Identity map of the first 4 GiB in 2 MiB pages: four page directories filled as one array.
  // Caching of device memory is left to the MTRRs, as firmware set them.
  xorl %ecx, %ecx
1:
  movl %ecx, %eax
  shll $21, %eax
  orl $(PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE), %eax
  movl %eax, boot_page_directories(, %ecx, 8)
  incl %ecx
  cmpl $2048, %ecx
  jne 1b

  movl $(boot_page_directories + 0x0000 + PAGE_PRESENT + PAGE_WRITABLE), boot_pointer_table
  movl $(boot_page_directories + 0x1000 + PAGE_PRESENT + PAGE_WRITABLE), boot_pointer_table + 8
  movl $(boot_page_directories + 0x2000 + PAGE_PRESENT + PAGE_WRITABLE), boot_pointer_table + 16
  movl $(boot_page_directories + 0x3000 + PAGE_PRESENT + PAGE_WRITABLE), boot_pointer_table + 24
  movl $(boot_pointer_table + PAGE_PRESENT + PAGE_WRITABLE), boot_root_table

  lgdt boot_segments_pointer
  movl $boot_root_table, %eax
  movl $boot_processor_64, %edi
  jmp enter_long_mode

no_long_mode:
  movl $no_long_mode_text, %esi
  movw $0x3F8, %dx
2:
  lodsb
  testb %al, %al
  jz 3f
  outb %al, %dx
  jmp 2b
3:
  cli
  hlt
  jmp 3b

// Every processor comes through here: EAX = root page table, EDI = 64-bit code to continue at.
// The boot segments are loaded and paging is off.
  .globl enter_long_mode
enter_long_mode:
  movl %eax, %cr3

  movl %cr4, %eax
  orl $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
  movl %eax, %cr4

  movl $0x80000001, %eax
  cpuid
  movl %edx, %esi
  movl $MSR_EFER, %ecx
  rdmsr
  orl $EFER_LME, %eax
  testl $CPUID_NO_EXECUTE, %esi
  jz 1f
  orl $EFER_NXE, %eax
1:
  wrmsr

  // Bedrock relies on write protection of supervisor pages and on x87 errors as exceptions.
  movl %cr0, %eax
  andl $~(CR0_EM | CR0_TS | CR0_NW | CR0_CD), %eax
  orl $(CR0_PG | CR0_WP | CR0_NE | CR0_MP), %eax
  movl %eax, %cr0
  ljmpl $BOOT_CODE_64, $2f

  .code64
2:
  movl $BOOT_DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  xorl %eax, %eax
  movl %eax, %fs
  movl %eax, %gs
  lldt %ax
  fninit
  ldmxcsr default_mxcsr(%rip)
  movl %edi, %edi
  jmpq *%rdi

boot_processor_64:
  movq $boot_stack_top, %rsp
  xorl %ebp, %ebp
  xorl %edi, %edi
  xorl %esi, %esi
  call main
1:
  cli
  hlt
  jmp 1b

// What the loader left, for StartInformation.
  .globl bedrock_boot_protocol
bedrock_boot_protocol:
  movl boot_protocol(%rip), %eax
  ret

  .globl bedrock_boot_information
bedrock_boot_information:
  movl boot_information(%rip), %eax
  ret

  .globl bedrock_image_start
bedrock_image_start:
  movq $image_start, %rax
  ret

  .globl bedrock_image_end
bedrock_image_end:
  movq $image_end, %rax
  ret

  .section .rodata.start, "a", @progbits
no_long_mode_text:
  .asciz "This processor has no 64-bit mode: the guest cannot run.\r\n"
  .balign 4
  .globl default_mxcsr
default_mxcsr:
  .long 0x1F80                  // all exceptions masked, round to nearest
  .balign 8
  .globl boot_segments
boot_segments:
  .quad 0
  .quad 0x00AF9B000000FFFF      // 0x08: 64-bit code
  .quad 0x00CF93000000FFFF      // 0x10: data
  .quad 0x00CF9B000000FFFF      // 0x18: 32-bit code
  .globl boot_segments_pointer
boot_segments_pointer:
  .word . - boot_segments - 1
  .quad boot_segments

  .section .data.start, "aw", @progbits
  .balign 4
boot_protocol:
  .long 0
boot_information:
  .long 0

  .section .bss.page_tables, "aw", @nobits
  .balign 4096
boot_root_table:
  .skip 4096
boot_pointer_table:
  .skip 4096
boot_page_directories:
  .skip 4 * 4096

  .section .bss.start, "aw", @nobits
  .balign 16
  .skip 65536
boot_stack_top:
