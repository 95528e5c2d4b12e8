#include "linux.h"

#include <asm/bootparam.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acpi.h"
#include "chipset.h"
#include "machine.h"
#include "statistics.h"
#include "trace.h"

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

static int open_input(const char *path, size_t *size) {
  struct stat status;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &status) < 0) die("%s cannot be read", path);
  *size = (size_t)status.st_size;
  return fd;
}

static void load(int fd, off_t offset, uint64_t address, size_t size, const char *path) {
  void *to = machine_at(&machine, address, size);
  if (!to) die("%s does not fit into the guest", path);
  for (size_t done = 0; done < size;) {
    ssize_t count = pread(fd, (uint8_t *)to + done, size - done, offset + (off_t)done);
    if (count <= 0) die("%s cannot be read", path);
    done += (size_t)count;
  }
  close(fd);
}

// Documentation/arch/x86/boot.rst of Linux; gives the address where the kernel begins.
static uint64_t load_kernel(const char *path, struct boot_params *parameters) {
  size_t size;
  int fd = open_input(path, &size);
  struct boot_params image;
  if (pread(fd, &image, sizeof image, 0) != sizeof image) die("%s is too short", path);
  enum { MAGIC = 0x53726448, OWN_LOADER = 0xFF };
  if (image.hdr.header != MAGIC || !(image.hdr.xloadflags & XLF_KERNEL_64)) die("%s is no 64-bit bzImage", path);
  parameters->hdr = image.hdr;
  parameters->hdr.type_of_loader = OWN_LOADER;
  size_t setup = ((size_t)image.hdr.setup_sects + 1) * 512;
  if (size < setup) die("%s is too short", path);
  load(fd, (off_t)setup, image.hdr.pref_address, size - setup, path);
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
  int fd = open_input(initrd, &size);
  if (size > MEMORY / 2) die("%s is too large", initrd);
  uint64_t address = (MEMORY - size) & -(uint64_t)PAGE;
  load(fd, 0, address, size, initrd);
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

__attribute__((noreturn)) static void finish(const char *how) {
  fflush(stdout);
  printf("vmm: %s\n", how);
  for (unsigned i = 0; i < machine.count; i++) {
    uint64_t values[COUNTERS] = {0};
    statistics_read(machine.processors[i].statistics, values);
    statistics_print("linux", i, values);
  }
  trace_print_inhibitions("linux");
  trace_disable();
  fflush(stdout);
  _exit(0);
}

static void handle(struct processor *processor) {
  struct kvm_run *run = processor->run;
  switch (run->exit_reason) {
  case KVM_EXIT_IO: {
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
      enum chipset_event event =
        chipset_access(&machine, run->io.port, run->io.direction == KVM_EXIT_IO_OUT, data, run->io.size);
      if (event == POWER_OFF) finish("power off");
      if (event == RESET) finish("reset");
    }
    break;
  }
  case KVM_EXIT_MMIO:
    if (!run->mmio.is_write) memset(run->mmio.data, 0xFF, sizeof run->mmio.data);
    break;
  case KVM_EXIT_SHUTDOWN: finish("triple fault");
  default: die("exit for reason %u", run->exit_reason);
  }
}

void linux_boot(const char *kernel, const char *initrd, unsigned processors, const char *command_line) {
  if (processors < 1 || processors > PROCESSORS) die("1 to %u processors are possible", PROCESSORS);
  setvbuf(stdout, NULL, _IOFBF, PAGE);
  trace_enable();
  trace_clear_inhibitions();
  machine.handle = handle;
  machine_create(&machine, MEMORY, ALL_CHIPS);
  // An 8254 that makes up for lost ticks inhibits AVIC.
  struct kvm_pit_config configuration = {.flags = KVM_PIT_SPEAKER_DUMMY}; // with port 61h, by which it is gated
  control(machine.fd, KVM_CREATE_PIT2, &configuration, "KVM_CREATE_PIT2");
  struct kvm_reinject_control reinjection = {.pit_reinject = 0};
  control(machine.fd, KVM_REINJECT_CONTROL, &reinjection, "KVM_REINJECT_CONTROL");
  for (unsigned i = 0; i < processors; i++) machine_add_processor(&machine, false, processors);
  acpi_build(machine_at(&machine, ACPI_TABLES, ACPI_SIZE), processors);
  load_linux(kernel, initrd, command_line);
  machine_run(&machine);
}
