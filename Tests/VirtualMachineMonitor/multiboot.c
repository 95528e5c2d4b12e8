#include "multiboot.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "board.h"

// The Multiboot 0.6.96 specification, section 3.3; the parts behind these are not told.
struct information {
  uint32_t flags, lower, upper, boot_device, command_line, module_count, modules, symbols[4], map_length, map;
};

struct module {
  uint32_t start, end, text, reserved;
};

struct __attribute__((packed)) range {
  uint32_t size;
  uint64_t start, length;
  uint32_t type;
};

enum {
  INFORMATION = 0x5000,
  MODULE_TEXT = 0x6000,
  HIGH_MEMORY = 0x100000,
  MEMORY = 256 << 20,
};

static struct machine machine;

// Gives the address where the program begins.
static uint32_t load_program(const char *path) {
  size_t size;
  int fd = board_open(path, &size);
  Elf32_Ehdr header;
  if (pread(fd, &header, sizeof header, 0) != sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0
      || header.e_ident[EI_CLASS] != ELFCLASS32)
    die("%s is no ELF file of 32 bits", path);
  for (unsigned i = 0; i < header.e_phnum; i++) {
    Elf32_Phdr segment;
    off_t offset = (off_t)header.e_phoff + i * header.e_phentsize;
    if (pread(fd, &segment, sizeof segment, offset) != sizeof segment) die("%s is too short", path);
    if (segment.p_type == PT_LOAD)
      board_load(&machine, fd, segment.p_offset, segment.p_paddr, segment.p_filesz, path);
  }
  return header.e_entry;
}

static void describe(const char *text) {
  struct {
    struct information information;
    struct module module;
    struct range ranges[2];
  } *all = machine_at(&machine, INFORMATION, sizeof *all);
  enum { HAS_SIZES = 1 << 0, HAS_MODULES = 1 << 3, HAS_MAP = 1 << 6, RAM = 1 };
  uint32_t size = (uint32_t)strlen(text);
  char *to = machine_at(&machine, MODULE_TEXT, size + 1);
  if (!to || MODULE_TEXT + size >= 0x80000) die("the module is too long");
  memcpy(to, text, size + 1);
  all->information = (struct information){
    .flags = HAS_SIZES | HAS_MODULES | HAS_MAP,
    .lower = 639,
    .upper = (MEMORY - HIGH_MEMORY) >> 10,
    .module_count = 1,
    .modules = INFORMATION + sizeof all->information,
    .map_length = sizeof all->ranges,
    .map = INFORMATION + sizeof all->information + sizeof all->module};
  all->module = (struct module){.start = MODULE_TEXT, .end = MODULE_TEXT + size};
  enum { RANGE_SIZE = sizeof(struct range) - sizeof(uint32_t) };
  all->ranges[0] = (struct range){.size = RANGE_SIZE, .length = 639 << 10, .type = RAM};
  all->ranges[1] =
    (struct range){.size = RANGE_SIZE, .start = HIGH_MEMORY, .length = MEMORY - HIGH_MEMORY, .type = RAM};
}

void multiboot_boot(const char *kernel, unsigned processors, const char *module) {
  enum { LOADER_MAGIC = 0x2BADB002 };
  board_create(&machine, MEMORY, processors);
  describe(module);
  processor_enter_protected_mode(&machine.processors[0], load_program(kernel), LOADER_MAGIC, INFORMATION);
  machine_run(&machine);
}
