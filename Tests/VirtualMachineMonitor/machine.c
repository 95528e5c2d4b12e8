#define _GNU_SOURCE
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("vmm: ", stdout);
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
  exit(1);
}

int control(int fd, unsigned long request, void *argument, const char *what) {
  int result = ioctl(fd, request, argument);
  if (result < 0) die("%s: %s", what, strerror(errno));
  return result;
}

static void enable(int fd, uint32_t capability, uint64_t argument, const char *what) {
  struct kvm_enable_cap request = {.cap = capability, .args = {argument}};
  control(fd, KVM_ENABLE_CAP, &request, what);
}

void machine_create(struct machine *machine, size_t size, enum controllers controllers) {
  machine->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (machine->kvm < 0) die("/dev/kvm: %s", strerror(errno));
  machine->fd = control(machine->kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
  enum { IOAPIC_PINS = 24 };
  if (controllers == LOCAL_APICS)
    enable(machine->fd, KVM_CAP_SPLIT_IRQCHIP, IOAPIC_PINS, "KVM_CAP_SPLIT_IRQCHIP");
  else
    control(machine->fd, KVM_CREATE_IRQCHIP, NULL, "KVM_CREATE_IRQCHIP");

  machine->size = size;
  machine->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (machine->memory == MAP_FAILED) die("no memory for the guest");
  struct kvm_userspace_memory_region region = {
    .memory_size = size, .userspace_addr = (uint64_t)machine->memory};
  control(machine->fd, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
}

void machine_sleep_at_once(struct machine *machine) {
  enable(machine->fd, KVM_CAP_HALT_POLL, 0, "KVM_CAP_HALT_POLL");
}

// What KVM supports, as processor `index` of `count`; without KVM's own leaves, by which Linux would replace
// IPIs by hypercalls.
static void identify(struct processor *processor, bool has_x2apic, unsigned count) {
  enum { ENTRIES = 256, X2APIC = 1 << 21 };
  struct kvm_cpuid2 *all = calloc(1, sizeof *all + ENTRIES * sizeof *all->entries);
  if (!all) die("no memory");
  all->nent = ENTRIES;
  control(processor->machine->kvm, KVM_GET_SUPPORTED_CPUID, all, "KVM_GET_SUPPORTED_CPUID");
  unsigned kept = 0;
  for (unsigned i = 0; i < all->nent; i++) {
    struct kvm_cpuid_entry2 entry = all->entries[i];
    switch (entry.function) {
    case 1:
      entry.ebx = (entry.ebx & 0xFF00) | processor->index << 24 | count << 16;
      if (!has_x2apic) entry.ecx &= ~(uint32_t)X2APIC;
      if (count > 1) entry.edx |= 1 << 28; // HTT
      break;
    case 0xB: entry.edx = processor->index; break;
    case 0x80000001:
      if (count > 1) entry.ecx |= 1 << 1; // CmpLegacy
      break;
    case 0x80000008: entry.ecx = (count - 1) | (count > 1 ? 1 << 12 : 0); break;
    case 0x8000001E:
      entry.eax = processor->index;
      entry.ebx = processor->index;
      entry.ecx = 0;
      break;
    }
    if (entry.function >> 28 != 4) all->entries[kept++] = entry;
  }
  all->nent = kept;
  control(processor->fd, KVM_SET_CPUID2, all, "KVM_SET_CPUID2");
  free(all);
}

// As firmware does on AMD's processors: the time stamp counter does not follow the processor's clock.
static void set_clock_register(struct processor *processor) {
  enum { HWCR = 0xC0010015, TSC_FREQ_SEL = 1 << 24 };
  struct {
    struct kvm_msrs header;
    struct kvm_msr_entry entry;
  } request = {{.nmsrs = 1}, {.index = HWCR, .data = TSC_FREQ_SEL}};
  if (control(processor->fd, KVM_SET_MSRS, &request, "KVM_SET_MSRS") != 1) die("HWCR cannot be set");
}

void machine_add_processor(struct machine *machine, bool has_x2apic, unsigned processors) {
  unsigned index = machine->count++;
  struct processor *processor = &machine->processors[index];
  processor->machine = machine;
  processor->index = index;
  processor->host_cpu = index;
  processor->fd = control(machine->fd, KVM_CREATE_VCPU, (void *)(uintptr_t)index, "KVM_CREATE_VCPU");
  processor->statistics = control(processor->fd, KVM_GET_STATS_FD, NULL, "KVM_GET_STATS_FD");
  int size = control(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");
  processor->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, processor->fd, 0);
  if (processor->run == MAP_FAILED) die("the processor's page cannot be mapped");
  identify(processor, has_x2apic, processors);
  set_clock_register(processor);
}

void machine_map_all(struct machine *machine, uint64_t tables) {
  enum { PRESENT_WRITABLE = 3, LARGE = 1 << 7, DIRECTORIES = 4 };
  uint64_t *level4 = machine_at(machine, tables, (2 + DIRECTORIES) * 4096);
  if (!level4) die("the guest is too small for its tables");
  uint64_t *level3 = level4 + 512, *level2 = level3 + 512;
  level4[0] = (tables + 0x1000) | PRESENT_WRITABLE;
  for (uint64_t i = 0; i < DIRECTORIES; i++) level3[i] = (tables + 0x2000 + i * 0x1000) | PRESENT_WRITABLE;
  for (uint64_t i = 0; i < DIRECTORIES * 512; i++) level2[i] = i << 21 | LARGE | PRESENT_WRITABLE;
}

static const struct kvm_segment flat_data = {
  .limit = 0xFFFFFFFF, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1};

void processor_enter_long_mode(struct processor *processor, const struct long_mode *state) {
  struct kvm_sregs system;
  control(processor->fd, KVM_GET_SREGS, &system, "KVM_GET_SREGS");
  system.cr0 = 0x80000011; // PG, ET, PE
  system.cr3 = state->tables;
  system.cr4 = 0x620;  // OSXMMEXCPT, OSFXSR, PAE
  system.efer = 0x500; // LMA, LME
  system.gdt = (struct kvm_dtable){.base = state->gdt, .limit = state->gdt_limit};
  struct kvm_segment data = flat_data;
  data.selector = state->data;
  system.ds = system.es = system.fs = system.gs = system.ss = data;
  system.cs = data;
  system.cs.selector = state->code;
  system.cs.type = 11;
  system.cs.db = 0;
  system.cs.l = 1;
  system.tr = (struct kvm_segment){.limit = 0x67, .selector = state->task, .type = 11, .present = 1};
  control(processor->fd, KVM_SET_SREGS, &system, "KVM_SET_SREGS");
  struct kvm_regs registers = {
    .rip = state->rip, .rsp = state->rsp, .rdi = state->rdi, .rsi = state->rsi, .rflags = 2};
  control(processor->fd, KVM_SET_REGS, &registers, "KVM_SET_REGS");
}

void processor_enter_protected_mode(struct processor *processor, uint32_t rip, uint32_t rax, uint32_t rbx) {
  struct kvm_sregs system;
  control(processor->fd, KVM_GET_SREGS, &system, "KVM_GET_SREGS");
  system.cr0 = 0x11; // ET, PE
  system.ds = system.es = system.fs = system.gs = system.ss = flat_data;
  system.cs = flat_data;
  system.cs.type = 11;
  control(processor->fd, KVM_SET_SREGS, &system, "KVM_SET_SREGS");
  struct kvm_regs registers = {.rip = rip, .rax = rax, .rbx = rbx, .rflags = 2};
  control(processor->fd, KVM_SET_REGS, &registers, "KVM_SET_REGS");
}

void processor_make_runnable(struct processor *processor) {
  struct kvm_mp_state state = {KVM_MP_STATE_RUNNABLE};
  control(processor->fd, KVM_SET_MP_STATE, &state, "KVM_SET_MP_STATE");
}

static void pin(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) < 0) die("processor %u cannot be used", cpu);
}

static void report_exit(struct processor *processor) {
  struct kvm_run *run = processor->run;
  struct kvm_regs registers = {0};
  ioctl(processor->fd, KVM_GET_REGS, &registers);
  switch (run->exit_reason) {
  case KVM_EXIT_FAIL_ENTRY:
    die("processor %u is refused: reason %#llx", processor->index,
        (unsigned long long)run->fail_entry.hardware_entry_failure_reason);
  case KVM_EXIT_INTERNAL_ERROR:
    die("processor %u at %#llx: internal error %u, %#llx", processor->index,
        (unsigned long long)registers.rip, run->internal.suberror, (unsigned long long)run->internal.data[0]);
  default:
    die("processor %u at %#llx: exit for reason %u", processor->index, (unsigned long long)registers.rip,
        run->exit_reason);
  }
}

static void *run_processor(void *argument) {
  struct processor *processor = argument;
  pin(processor->host_cpu);
  for (;;) {
    if (ioctl(processor->fd, KVM_RUN, NULL) < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      die("KVM_RUN: %s", strerror(errno));
    }
    switch (processor->run->exit_reason) {
    case KVM_EXIT_IO:
    case KVM_EXIT_MMIO:
    case KVM_EXIT_IOAPIC_EOI:
    case KVM_EXIT_SHUTDOWN: processor->machine->handle(processor); break;
    default: report_exit(processor);
    }
  }
  return NULL;
}

void machine_run(struct machine *machine) {
  for (unsigned i = 0; i < machine->count; i++) {
    struct processor *processor = &machine->processors[i];
    if (pthread_create(&processor->thread, NULL, run_processor, processor) != 0) die("no thread");
  }
  for (unsigned i = 0; i < machine->count; i++) pthread_join(machine->processors[i].thread, NULL);
  die("the processors stopped");
}

void machine_set_line(struct machine *machine, unsigned line, bool level) {
  struct kvm_irq_level request = {.irq = line, .level = level};
  control(machine->fd, KVM_IRQ_LINE, &request, "KVM_IRQ_LINE");
}

void *machine_at(struct machine *machine, uint64_t address, size_t size) {
  if (address > machine->size || size > machine->size - address) return NULL;
  return machine->memory + address;
}

const char *machine_text(struct machine *machine, uint64_t address) {
  if (address >= machine->size) return "";
  const char *text = (const char *)machine->memory + address;
  return memchr(text, 0, machine->size - address) ? text : "";
}
