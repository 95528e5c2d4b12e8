// How a processor of the guest starts, takes interrupts, and which check it does.
#include "guest.h"

extern const char vectors[];

void (*volatile on_interrupt)(unsigned processor, struct frame *frame);

// A gate of the interrupt descriptor table: AMD APM volume 2, figure 4-24.
struct gate {
  uint16_t offset_low, selector;
  uint8_t stack, type;
  uint16_t offset_middle;
  uint32_t offset_high, reserved;
};

static struct gate gates[256];

struct __attribute__((packed)) table {
  uint16_t limit;
  uint64_t base;
};

static void load_gates(void) {
  for (unsigned vector = 0; vector < 256; vector++) {
    uint64_t address = (uint64_t)vectors + 16 * vector;
    gates[vector] = (struct gate){
      .offset_low = (uint16_t)address, .selector = CODE_SELECTOR, .type = 0x8E,
      .offset_middle = (uint16_t)(address >> 16), .offset_high = (uint32_t)(address >> 32)};
  }
  struct table table = {sizeof gates - 1, (uint64_t)gates};
  __asm__ volatile("lidt %0" : : "m"(table));
}

void end_of_interrupt(void) { apic_write(APIC_EOI, 0); }

// Called by `entry.S`.
void interrupt(struct frame *frame) {
  unsigned processor = ((uint64_t)frame - GUEST_STACKS) / GUEST_STACK_SIZE;
  unsigned vector = (unsigned)frame->vector;
  if (vector < 32 && vector != 2) {
    static struct report fault;
    fault = (struct report){.name = "vector", .value = frame->vector};
    out(PORT_REPORT, (uint32_t)(uint64_t)&fault);
    fault = (struct report){.name = "rip", .value = frame->rip};
    out(PORT_FAULT, (uint32_t)(uint64_t)&fault);
  }
  shared.handled[processor][vector]++;
  void (*action)(unsigned, struct frame *) = on_interrupt;
  if (action)
    action(processor, frame);
  else if (vector != 2)
    end_of_interrupt();
}

void report(const char *name, uint64_t value) {
  struct report report = {name, value};
  out(PORT_REPORT, (uint32_t)(uint64_t)&report);
}

void begin(const char *phase) { out(PORT_BEGIN, (uint32_t)(uint64_t)phase); }
void end(void) { out(PORT_END, 0); }

void send(uint32_t command) {
  if (shared.x2apic)
    write_msr(0x830, command);
  else
    apic_write(APIC_ICR, command);
}

void send_to(uint32_t destination, uint32_t command) {
  if (shared.x2apic) {
    write_msr(0x830, (uint64_t)destination << 32 | command);
  } else {
    apic_write(APIC_ICR_HIGH, destination << 24);
    apic_write(APIC_ICR, command);
  }
}

void spin(unsigned pauses) {
  for (unsigned i = 0; i < pauses; i++) pause();
}

bool await(unsigned processor, unsigned vector, uint64_t count) {
  for (unsigned i = 0; i < 10000000; i++) {
    if (shared.handled[processor][vector] >= count) return true;
    pause();
  }
  return false;
}

void await_other(void) {
  while (!(shared.ready & 2)) pause();
}

// The second processor waits for interrupts, awake or halted.
static void wait_for_interrupts(bool halted) {
  __asm__ volatile("lock orl $2, %0" : "+m"(shared.ready));
  allow_interrupts();
  for (;;) {
    // Without PAUSE: a machine that is emulated may end the processor's turn at each.
    if (halted)
      __asm__ volatile("hlt");
    else
      __asm__ volatile("");
  }
}

// Called by `entry.S`.
void run(unsigned processor) {
  load_gates();
  if (shared.check == CHECK_TOUCH) check_touch();
  if (shared.x2apic) write_msr(0x1B, read_msr(0x1B) | 0xC00);
  apic_write(APIC_SVR, 0x1FF);
  if (!shared.x2apic) {
    bool is_cluster = shared.check == CHECK_IPI_CLUSTER;
    apic_write(APIC_DFR, is_cluster ? 0x0FFFFFFF : 0xFFFFFFFF);
    apic_write(APIC_LDR, ((is_cluster ? 0x20u : 0) | 1u << processor) << 24);
  }
  if (processor == 1) wait_for_interrupts(shared.check == CHECK_HALTED);

  if (shared.processors > 1 && shared.check != CHECK_STARTUP) await_other();
  allow_interrupts();
  switch ((enum check)shared.check) {
  case CHECK_TOUCH: break;
  case CHECK_SELF: check_self(); break;
  case CHECK_IPI_PHYSICAL:
  case CHECK_IPI_FLAT:
  case CHECK_IPI_CLUSTER:
  case CHECK_IPI_BROADCAST:
  case CHECK_IPI_ALL:
  case CHECK_IPI_OTHERS: check_ipi(); break;
  case CHECK_TASK_PRIORITY: check_task_priority(); break;
  case CHECK_MASKING: check_masking(); break;
  case CHECK_NESTING: check_nesting(); break;
  case CHECK_HALTED: check_halted(); break;
  case CHECK_STARTUP: check_startup(); break;
  case CHECK_ABSENT: check_absent(); break;
  case CHECK_VECTOR: check_vector(); break;
  case CHECK_MESSAGES: check_messages(); break;
  case CHECK_LEVEL_SPLIT:
  case CHECK_LEVEL: check_level(); break;
  case CHECK_TIMER: check_timer(); break;
  case CHECK_LOGICAL_ID: check_logical_id(); break;
  case CHECK_PHYSICAL_ID: check_physical_id(); break;
  case CHECK_READ_ONLY: check_read_only(); break;
  case CHECK_NEXT_PAGE: check_next_page(); break;
  }
  out(PORT_DONE, 0);
}
