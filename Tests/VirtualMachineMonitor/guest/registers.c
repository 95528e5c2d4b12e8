// The local APIC's other registers, lines from outside, and what is not the local APIC.
#include "guest.h"

enum { EDGE_VECTOR = 0x71, TIMER_VECTOR = 0x33 };

static uint32_t level_nested;


// The line stays as it is until it was handled so often as the check says.
static void handle_level(unsigned processor, struct frame *frame) {
  (void)processor;
  if (frame->vector == LEVEL_VECTOR) {
    uint64_t before = shared.handled[0][EDGE_VECTOR];
    allow_interrupts();
    send(ICR_FIXED | ICR_ASSERT | ICR_SELF | EDGE_VECTOR);
    spin(2);
    hold_interrupts();
    level_nested += shared.handled[0][EDGE_VECTOR] == before + 1;
    if (shared.handled[0][LEVEL_VECTOR] == shared.count) out(PORT_LINE, 0);
  }
  end_of_interrupt();
}

// The redirection entry of a pin: Intel 82093AA data sheet, section 3.2.4.
static void program_ioapic(unsigned pin, uint32_t low) {
  enum { INDEX = 0xFEC00000u, DATA = 0xFEC00010u };
  write_physical(INDEX, 0x11 + 2 * pin);
  write_physical(DATA, 0);
  write_physical(INDEX, 0x10 + 2 * pin);
  write_physical(DATA, low);
}

void check_level(void) {
  on_interrupt = handle_level;
  if (shared.check == CHECK_LEVEL) program_ioapic(LINE_GSI, 1 << 15 | LEVEL_VECTOR);
  begin("line");
  out(PORT_LINE, 1);
  await(0, LEVEL_VECTOR, shared.count);
  end();
  spin(1000);
  report("handled", shared.handled[0][LEVEL_VECTOR]);
  report("nested", level_nested);
  report("in-service", apic_read(APIC_ISR + (LEVEL_VECTOR / 32 << 4)));
}

void check_timer(void) {
  enum { PERIODIC = 1 << 17, BY_ONE = 0xB, PERIOD = 1000000 };
  begin("once");
  apic_write(APIC_TIMER_DIVIDE, BY_ONE);
  apic_write(APIC_LVT_TIMER, TIMER_VECTOR);
  apic_write(APIC_TIMER_INITIAL, PERIOD);
  report("once", await(0, TIMER_VECTOR, 1));
  end();
  begin("periodic");
  apic_write(APIC_LVT_TIMER, PERIODIC | TIMER_VECTOR);
  apic_write(APIC_TIMER_INITIAL, PERIOD);
  uint32_t left = apic_read(APIC_TIMER_CURRENT);
  report("current", left > 0 && left <= PERIOD);
  report("periodic", await(0, TIMER_VECTOR, 4));
  apic_write(APIC_TIMER_INITIAL, 0);
  end();
}

// An identifier that the monitor did not give.
void check_physical_id(void) {
  report("before", apic_read(APIC_ID) >> 24);
  begin("write");
  apic_write(APIC_ID, 5u << 24);
  end();
  report("after", apic_read(APIC_ID) >> 24);
  apic_write(APIC_TPR, 0x30);
  report("cr8", read_cr8());
  write_cr8(2);
  report("tpr", apic_read(APIC_TPR));
  write_cr8(0);
  begin("ipi");
  for (uint32_t i = 1; i <= shared.count; i++) {
    send(ICR_FIXED | ICR_ASSERT | ICR_SELF | IPI_VECTOR);
    if (!await(0, IPI_VECTOR, i)) break;
  }
  end();
  report("handled", shared.handled[0][IPI_VECTOR]);
}

// Writes to registers that cannot be written.
void check_read_only(void) {
  static const uint16_t offsets[] = {APIC_VERSION, APIC_PPR, APIC_ISR, 0x180, APIC_IRR, APIC_TIMER_CURRENT};
  uint64_t changed = 0;
  begin("writes");
  for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
    uint32_t before = apic_read(offsets[i]);
    apic_write(offsets[i], ~before);
    changed += apic_read(offsets[i]) != before;
  }
  end();
  report("changed", changed);
}

// Where another processor's registers would be if they were one after the other.
void check_next_page(void) {
  begin("read");
  uint32_t value = read_physical(APIC_BASE + 0x1000 + APIC_VERSION);
  end();
  report("value", value);
}
