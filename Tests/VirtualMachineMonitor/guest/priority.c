// Task and processor priority: AMD APM volume 2, section 16.6.
#include "guest.h"

void write_and_mark(uint64_t address, uint32_t value);
void write_cr8_and_mark(uint64_t value);
extern const char after_write[], after_write_cr8[];

void check_task_priority(void) {
  uint64_t wrong = 0;
  begin("mmio");
  for (uint32_t i = 0; i < shared.count; i++) {
    apic_write(APIC_TPR, (i & 15) << 4);
    wrong += read_cr8() != (i & 15);
  }
  end();
  begin("cr8");
  for (uint32_t i = 0; i < shared.count; i++) {
    write_cr8(i & 15);
    wrong += read_cr8() != (i & 15);
  }
  end();
  report("wrong", wrong);
  // Each report makes the guest leave; the registers stay as they are.
  write_cr8(9);
  report("forced", 1);
  report("tpr", apic_read(APIC_TPR));
  apic_write(APIC_TPR, 0x50);
  report("forced", 2);
  report("cr8", read_cr8());
  report("tpr.again", apic_read(APIC_TPR));
}

static uint64_t interrupted_at;

static void note_place(unsigned processor, struct frame *frame) {
  (void)processor;
  interrupted_at = frame->rip;
  end_of_interrupt();
}

enum { MASKED_VECTOR = 0x51 };

void check_masking(void) {
  on_interrupt = note_place;
  uint64_t early = 0, prompt = 0, pending = 0;
  begin("mmio");
  for (uint32_t i = 0; i < shared.count; i++) {
    uint64_t before = shared.handled[0][MASKED_VECTOR];
    apic_write(APIC_TPR, 0x50);
    send(ICR_FIXED | ICR_ASSERT | ICR_SELF | MASKED_VECTOR);
    spin(2);
    pending += apic_read(APIC_IRR + (MASKED_VECTOR / 32 << 4)) >> MASKED_VECTOR % 32 & 1;
    early += shared.handled[0][MASKED_VECTOR] - before;
    write_and_mark(APIC_BASE + APIC_TPR, 0x40);
    prompt += shared.handled[0][MASKED_VECTOR] == before + 1 && interrupted_at == (uint64_t)after_write;
  }
  end();
  begin("cr8");
  for (uint32_t i = 0; i < shared.count; i++) {
    uint64_t before = shared.handled[0][MASKED_VECTOR];
    write_cr8(5);
    send(ICR_FIXED | ICR_ASSERT | ICR_SELF | MASKED_VECTOR);
    spin(2);
    early += shared.handled[0][MASKED_VECTOR] - before;
    write_cr8_and_mark(4);
    prompt += shared.handled[0][MASKED_VECTOR] == before + 1 && interrupted_at == (uint64_t)after_write_cr8;
  }
  end();
  report("early", early);
  report("pending", pending);
  report("prompt", prompt);
}

static uint64_t order, priorities;

static void send_self(unsigned vector) { send(ICR_FIXED | ICR_ASSERT | ICR_SELF | vector); }

static void note_order(unsigned processor, struct frame *frame) {
  (void)processor;
  order = order << 8 | frame->vector;
  priorities = priorities << 8 | apic_read(APIC_PPR);
  if (frame->vector == 0x31) {
    allow_interrupts();
    send_self(0x61);  // above this one: at once
    spin(2);
    hold_interrupts();
  } else if (frame->vector == 0x61) {
    allow_interrupts();
    send_self(0x41);  // below this one: after its end
    spin(2);
    hold_interrupts();
  }
  end_of_interrupt();
}

// Three that wait, and two that come while the lowest of them is handled.
void check_nesting(void) {
  on_interrupt = note_order;
  hold_interrupts();
  begin("nesting");
  send_self(0x31);
  send_self(0x71);
  send_self(0x51);
  allow_interrupts();
  await(0, 0x31, 1);
  await(0, 0x41, 1);
  end();
  report("order", order);
  report("priorities", priorities);
  report("left", apic_read(APIC_PPR));
}
