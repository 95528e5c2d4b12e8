#define _GNU_SOURCE
#include "checks.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "statistics.h"
#include "trace.h"

extern const uint8_t guest_image[], guest_image_end[];

// How the machine of a check differs from others.
enum trait {
  X2APIC = 1 << 0,
  CHIPS = 1 << 1,     // all interrupt controllers in the kernel
  TIMER = 1 << 2,     // an 8254 that makes up for lost ticks
  UNSTARTED = 1 << 3, // the second processor waits for a start-up IPI
  DROWSY = 1 << 4,    // a halted processor is not watched for a while, but sleeps
  MESSAGES = 1 << 5,  // the monitor sends interrupts from the first processor to the guest on the second
};

static const struct entry {
  const char *name;
  enum check check;
  unsigned processors;
  unsigned traits;
} entries[] = {
  {"touch", CHECK_TOUCH, 1, 0},
  {"self", CHECK_SELF, 1, 0},
  {"ipi-physical", CHECK_IPI_PHYSICAL, 2, 0},
  {"ipi-flat", CHECK_IPI_FLAT, 2, 0},
  {"ipi-cluster", CHECK_IPI_CLUSTER, 2, 0},
  {"ipi-broadcast", CHECK_IPI_BROADCAST, 2, 0},
  {"ipi-all", CHECK_IPI_ALL, 2, 0},
  {"ipi-others", CHECK_IPI_OTHERS, 2, 0},
  {"task-priority", CHECK_TASK_PRIORITY, 1, 0},
  {"masking", CHECK_MASKING, 1, 0},
  {"nesting", CHECK_NESTING, 1, 0},
  {"halted", CHECK_HALTED, 2, DROWSY},
  {"halted-watched", CHECK_HALTED, 2, 0},
  {"startup", CHECK_STARTUP, 2, UNSTARTED},
  {"absent", CHECK_ABSENT, 2, 0},
  {"vector", CHECK_VECTOR, 2, 0},
  {"messages", CHECK_MESSAGES, 1, MESSAGES},
  {"level-split", CHECK_LEVEL_SPLIT, 1, 0},
  {"level", CHECK_LEVEL, 1, CHIPS},
  {"timer", CHECK_TIMER, 1, 0},
  {"logical-id", CHECK_LOGICAL_ID, 1, 0},
  {"physical-id", CHECK_PHYSICAL_ID, 1, 0},
  {"read-only", CHECK_READ_ONLY, 1, 0},
  {"next-page", CHECK_NEXT_PAGE, 1, 0},
  {"interval-timer", CHECK_SELF, 1, CHIPS | TIMER},
  {"x2-self", CHECK_SELF, 1, X2APIC},
  {"x2-ipi-physical", CHECK_IPI_PHYSICAL, 2, X2APIC},
  {"x2-ipi-cluster", CHECK_IPI_CLUSTER, 2, X2APIC},
  {"x2-ipi-broadcast", CHECK_IPI_BROADCAST, 2, X2APIC},
  {"x2-ipi-all", CHECK_IPI_ALL, 2, X2APIC},
  {"x2-ipi-others", CHECK_IPI_OTHERS, 2, X2APIC},
  {"x2-task-priority", CHECK_TASK_PRIORITY, 1, X2APIC},
  {"x2-halted", CHECK_HALTED, 2, X2APIC | DROWSY},
  {"x2-absent", CHECK_ABSENT, 2, X2APIC},
  {"x2-timer", CHECK_TIMER, 1, X2APIC},
};

enum { ENTRIES = sizeof entries / sizeof *entries };

// The check that is done, of which there is one in a process.
static const struct entry *current;
static struct machine machine;
static char prefix[128];
static uint64_t before[PROCESSORS][COUNTERS];

static volatile struct shared *shared_memory(void) { return (void *)(machine.memory + GUEST_SHARED); }

void checks_list(void) {
  for (unsigned i = 0; i < ENTRIES; i++) puts(entries[i].name);
}

static void begin_phase(const char *name) {
  snprintf(prefix, sizeof prefix, "%s.%s", current->name, name);
  for (unsigned i = 0; i < machine.count; i++) statistics_read(machine.processors[i].statistics, before[i]);
  trace_clear();
}

static void end_phase(void) {
  trace_print(prefix);
  for (unsigned i = 0; i < machine.count; i++) {
    uint64_t after[COUNTERS];
    statistics_read(machine.processors[i].statistics, after);
    for (unsigned counter = 0; counter < COUNTERS; counter++) after[counter] -= before[i][counter];
    statistics_print(prefix, i, after);
  }
}

static void print_report(uint64_t address) {
  const struct report *report = machine_at(&machine, address, sizeof *report);
  if (!report) die("a report is nowhere");
  printf("%s.%s %llu\n", current->name, machine_text(&machine, (uint64_t)report->name),
         (unsigned long long)report->value);
}

// The line of check level-split, whose IOAPIC is here.
static struct {
  bool level, in_service;
} line;

static void deliver_line(void) {
  if (!line.level || line.in_service) return;
  enum { LEVEL_ASSERTED = 3 << 14 };
  struct kvm_msi message = {.address_lo = 0xFEE00000, .data = LEVEL_ASSERTED | LEVEL_VECTOR};
  line.in_service = true;
  control(machine.fd, KVM_SIGNAL_MSI, &message, "KVM_SIGNAL_MSI");
}

static void set_line(bool level) {
  if (current->traits & CHIPS) {
    machine_set_line(&machine, LINE_GSI, level);
  } else {
    line.level = level;
    deliver_line();
  }
}

// Tells KVM which vectors are those of lines, as their ends are to be told.
static void route_line(void) {
  enum { LEVEL_ASSERTED = 3 << 14 };
  struct {
    struct kvm_irq_routing header;
    struct kvm_irq_routing_entry entry;
  } table = {{.nr = 1},
             {.gsi = LINE_GSI,
              .type = KVM_IRQ_ROUTING_MSI,
              .u.msi = {.address_lo = 0xFEE00000, .data = LEVEL_ASSERTED | LEVEL_VECTOR}}};
  control(machine.fd, KVM_SET_GSI_ROUTING, &table, "KVM_SET_GSI_ROUTING");
}

__attribute__((noreturn)) static void finish(int status) {
  trace_print_inhibitions(current->name);
  fflush(stdout);
  _exit(status);
}

static void handle_port(struct kvm_run *run) {
  uint8_t *data = (uint8_t *)run + run->io.data_offset;
  uint32_t value = 0;
  memcpy(&value, data, run->io.size <= sizeof value ? run->io.size : sizeof value);
  if (run->io.direction != KVM_EXIT_IO_OUT) {
    memset(data, 0xFF, run->io.size);
    return;
  }
  switch (run->io.port) {
  case PORT_REPORT: print_report(value); break;
  case PORT_BEGIN: begin_phase(machine_text(&machine, value)); break;
  case PORT_END: end_phase(); break;
  case PORT_LINE: set_line(value); break;
  case PORT_DONE: finish(0);
  case PORT_FAULT:
    print_report(value);
    printf("%s.fault 1\n", current->name);
    finish(1);
  default: die("port %#x", run->io.port);
  }
}

static void handle(struct processor *processor) {
  struct kvm_run *run = processor->run;
  switch (run->exit_reason) {
  case KVM_EXIT_IO: handle_port(run); break;
  case KVM_EXIT_MMIO:
    printf("%s.mmio.%llx.%s 1\n", current->name, (unsigned long long)run->mmio.phys_addr,
           run->mmio.is_write ? "write" : "read");
    if (!run->mmio.is_write) memset(run->mmio.data, 0xFF, sizeof run->mmio.data);
    break;
  case KVM_EXIT_IOAPIC_EOI:
    if (run->eoi.vector != LEVEL_VECTOR) die("end of vector %u, which is no line's", run->eoi.vector);
    line.in_service = false;
    deliver_line();
    break;
  default: die("the guest shut down");
  }
}

// Sends interrupts from another processor than that which runs the guest, each when the one before it was handled.
static void *send_messages(void *unused) {
  (void)unused;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  sched_setaffinity(0, sizeof set, &set);
  volatile struct shared *shared = shared_memory();
  while (!shared->asks_messages) usleep(1000);
  for (uint32_t sent = 1; sent <= shared->count; sent++) {
    struct kvm_msi message = {.address_lo = 0xFEE00000, .data = MESSAGE_VECTOR};
    control(machine.fd, KVM_SIGNAL_MSI, &message, "KVM_SIGNAL_MSI");
    while (shared->handled[0][MESSAGE_VECTOR] < sent) __builtin_ia32_pause();
  }
  return NULL;
}

static void take_alarm(int signal) {
  (void)signal;
  volatile struct shared *shared = shared_memory();
  printf("%s.timeout 1\n", current->name);
  for (unsigned i = 0; i < machine.count; i++) {
    for (unsigned vector = 0; vector < 256; vector++)
      if (shared->handled[i][vector])
        printf("%s.handled.%u.%u %llu\n", current->name, i, vector,
               (unsigned long long)shared->handled[i][vector]);
  }
  fflush(stdout);
  _exit(2);
}

static void load_guest(uint32_t count) {
  size_t size = (size_t)(guest_image_end - guest_image);
  memcpy(machine.memory + GUEST_CODE, guest_image, size);
  // Where the code for the start-up IPI begins and ends: see guest/entry.S.
  uint32_t place[2];
  memcpy(place, guest_image + 8, sizeof place);
  memcpy(machine.memory + GUEST_TRAMPOLINE, machine.memory + place[0], place[1] - place[0]);
  machine_map_all(&machine, GUEST_TABLES);
  static const uint64_t gdt[] = {0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF};
  memcpy(machine.memory + GUEST_GDT, gdt, sizeof gdt);
  struct shared *shared = (void *)(machine.memory + GUEST_SHARED);
  shared->check = current->check;
  shared->count = count;
  shared->processors = current->processors;
  shared->x2apic = (current->traits & X2APIC) != 0;
}

void check_run(const char *name, uint32_t count) {
  for (unsigned i = 0; i < ENTRIES; i++)
    if (strcmp(entries[i].name, name) == 0) current = &entries[i];
  if (!current) die("there is no check %s", name);

  trace_clear_inhibitions();
  machine.handle = handle;
  machine_create(&machine, GUEST_MEMORY, current->traits & CHIPS ? ALL_CHIPS : LOCAL_APICS);
  if (current->traits & TIMER) {
    struct kvm_pit_config configuration = {0};
    control(machine.fd, KVM_CREATE_PIT2, &configuration, "KVM_CREATE_PIT2");
  }
  if (current->traits & DROWSY) machine_sleep_at_once(&machine);
  load_guest(count);
  for (unsigned i = 0; i < current->processors; i++) {
    machine_add_processor(&machine, current->traits & X2APIC, current->processors);
    struct processor *processor = &machine.processors[i];
    if (i > 0 && current->traits & UNSTARTED) continue;
    struct long_mode state = {
      .tables = GUEST_TABLES, .gdt = GUEST_GDT, .gdt_limit = TASK_SELECTOR - 1, .code = CODE_SELECTOR,
      .data = DATA_SELECTOR, .task = TASK_SELECTOR, .rip = GUEST_CODE,
      .rsp = GUEST_STACKS + (i + 1) * GUEST_STACK_SIZE, .rdi = i};
    processor_enter_long_mode(processor, &state);
    processor_make_runnable(processor);
  }
  if (current->check == CHECK_LEVEL_SPLIT) route_line();
  pthread_t sender;
  if (current->traits & MESSAGES) {
    machine.processors[0].host_cpu = 1;
    if (pthread_create(&sender, NULL, send_messages, NULL) != 0) die("no thread");
  }
  signal(SIGALRM, take_alarm);
  alarm(30);
  machine_run(&machine);
}
