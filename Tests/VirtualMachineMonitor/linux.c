#include "linux.h"

#include <asm/bootparam.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "acpi.h"
#include "board.h"
#include "machine.h"

// Physical addresses. From ACPI_TABLES on up to 1 MiB is the firmware's.
enum {
  BOOT_GDT = 0x6000,
  BOOT_PARAMETERS = 0x7000,
  BOOT_STACK = 0x8000,
  BOOT_TABLES = 0x9000,
  COMMAND_LINE = 0x20000,
  LOW_MEMORY_END = 0x9F000,
  HIGH_MEMORY = 0x100000,
  MEMORY = 384 << 20,
  PAGE = 4096,
};

static struct machine machine;

// Documentation/arch/x86/boot.rst of Linux; gives the address where the kernel begins.
static uint64_t load_kernel(const char *path, struct boot_params *parameters) {
  size_t size;
  int fd = board_open(path, &size);
  struct boot_params image;
  if (pread(fd, &image, sizeof image, 0) != sizeof image) die("%s is too short", path);
  enum { MAGIC = 0x53726448, OWN_LOADER = 0xFF };
  if (image.hdr.header != MAGIC || !(image.hdr.xloadflags & XLF_KERNEL_64)) die("%s is no 64-bit bzImage", path);
  parameters->hdr = image.hdr;
  parameters->hdr.type_of_loader = OWN_LOADER;
  size_t setup = ((size_t)image.hdr.setup_sects + 1) * 512;
  if (size < setup) die("%s is too short", path);
  board_load(&machine, fd, (off_t)setup, image.hdr.pref_address, size - setup, path);
  return image.hdr.pref_address;
}

static void add_memory(struct boot_params *parameters, uint64_t start, uint64_t end, uint32_t type) {
  parameters->e820_table[parameters->e820_entries++] =
    (struct boot_e820_entry){.addr = start, .size = end - start, .type = type};
}

static void load_linux(const char *kernel, const char *initrd, const char *command_line) {
  enum { RAM = 1, RESERVED = 2 };
  struct boot_params *parameters = machine_at(&machine, BOOT_PARAMETERS, sizeof *parameters);
  // Chips that are emulated are too slow to measure by: Linux is told what they would tell.
  int frequency = control(machine.processors[0].fd, KVM_GET_TSC_KHZ, NULL, "KVM_GET_TSC_KHZ");
  int length = snprintf(machine_at(&machine, COMMAND_LINE, PAGE), PAGE, "%s tsc_early_khz=%d", command_line, frequency);
  if (length >= PAGE) die("the command line is too long");
  uint64_t entry = load_kernel(kernel, parameters) + 0x200;
  parameters->hdr.cmd_line_ptr = COMMAND_LINE;
  parameters->acpi_rsdp_addr = ACPI_TABLES;
  add_memory(parameters, 0, LOW_MEMORY_END, RAM);
  add_memory(parameters, LOW_MEMORY_END, HIGH_MEMORY, RESERVED);
  add_memory(parameters, HIGH_MEMORY, MEMORY, RAM);

  size_t size;
  int fd = board_open(initrd, &size);
  if (size > MEMORY / 2) die("%s is too large", initrd);
  uint64_t address = (MEMORY - size) & -(uint64_t)PAGE;
  board_load(&machine, fd, 0, address, size, initrd);
  parameters->hdr.ramdisk_image = (uint32_t)address;
  parameters->hdr.ramdisk_size = (uint32_t)size;

  machine_map_all(&machine, BOOT_TABLES);
  // Linux wants its code at selector 10h and its data at 18h.
  static const uint64_t gdt[] = {0, 0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF};
  memcpy(machine_at(&machine, BOOT_GDT, sizeof gdt), gdt, sizeof gdt);
  struct long_mode state = {
    .tables = BOOT_TABLES, .gdt = BOOT_GDT, .gdt_limit = sizeof gdt - 1, .code = 0x10, .data = 0x18,
    .task = 0x20, .rip = entry, .rsp = BOOT_STACK, .rsi = BOOT_PARAMETERS};
  processor_enter_long_mode(&machine.processors[0], &state);
}

void linux_boot(const char *kernel, const char *initrd, unsigned processors, const char *command_line) {
  board_create(&machine, MEMORY, processors);
  acpi_build(machine_at(&machine, ACPI_TABLES, ACPI_SIZE), processors);
  load_linux(kernel, initrd, command_line);
  machine_run(&machine);
}
