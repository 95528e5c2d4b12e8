// Interrupts from processor to processor, and to oneself.
#include "guest.h"

enum { FIXED = ICR_FIXED | ICR_ASSERT | IPI_VECTOR };

// The first accesses to the local APIC since the machine was made.
void check_touch(void) {
  begin("first");
  apic_read(APIC_ID);
  end();
  begin("reads");
  for (uint32_t i = 0; i < shared.count; i++) apic_read(APIC_ISR);
  end();
}

void check_self(void) {
  uint64_t lost = 0;
  begin("ipi");
  for (uint32_t i = 1; i <= shared.count; i++) {
    send(FIXED | ICR_SELF);
    if (!await(0, IPI_VECTOR, i)) {
      lost++;
      break;
    }
  }
  end();
  report("lost", lost);
  report("handled", shared.handled[0][IPI_VECTOR]);
}

static void send_by_check(void) {
  switch ((enum check)shared.check) {
  case CHECK_IPI_FLAT: send_to(2, FIXED | ICR_LOGICAL); break;
  case CHECK_IPI_CLUSTER: send_to(shared.x2apic ? 2 : 0x22, FIXED | ICR_LOGICAL); break;
  case CHECK_IPI_BROADCAST: send_to(shared.x2apic ? 0xFFFFFFFF : 0xFF, FIXED); break;
  case CHECK_IPI_ALL: send(FIXED | ICR_ALL); break;
  case CHECK_IPI_OTHERS: send(FIXED | ICR_OTHERS); break;
  default: send_to(1, FIXED); break;
  }
}

static void send_repeatedly(bool is_irregular) {
  uint64_t lost = 0;
  begin("ipi");
  for (uint32_t i = 1; i <= shared.count; i++) {
    send_by_check();
    if (!await(1, IPI_VECTOR, i)) {
      lost++;
      break;
    }
    // The target is on its way to sleep.
    if (is_irregular)
      for (uint32_t delay = 0; delay < i * 37 % 1024; delay++) __asm__ volatile("");
  }
  end();
  report("lost", lost);
  report("handled.self", shared.handled[0][IPI_VECTOR]);
  report("handled.other", shared.handled[1][IPI_VECTOR]);
}

void check_ipi(void) { send_repeatedly(false); }
void check_halted(void) { send_repeatedly(true); }

static uint64_t all_handled(unsigned vector) {
  return shared.handled[0][vector] + shared.handled[1][vector];
}

// Nobody has these destinations.
void check_absent(void) {
  begin("physical");
  send_to(7, FIXED);
  end();
  begin("logical");
  send_to(0x80, FIXED | ICR_LOGICAL);
  end();
  // One of two is there.
  begin("partly");
  send_to(0x82, FIXED | ICR_LOGICAL);
  end();
  report("partly", await(1, IPI_VECTOR, 1));
  spin(1000);
  report("handled", all_handled(IPI_VECTOR));
}

// Vectors below 16 are illegal.
void check_vector(void) {
  begin("other");
  send_to(1, ICR_FIXED | ICR_ASSERT | 15);
  end();
  begin("self");
  send(ICR_FIXED | ICR_ASSERT | ICR_SELF | 15);
  end();
  spin(1000);
  report("handled", all_handled(15));
  send_to(1, FIXED);
  report("afterwards", await(1, IPI_VECTOR, 1));
}

// Interrupts that the monitor sends.
void check_messages(void) {
  begin("messages");
  shared.asks_messages = 1;
  await(0, MESSAGE_VECTOR, shared.count);
  end();
  report("handled", shared.handled[0][MESSAGE_VECTOR]);
}

void check_logical_id(void) {
  begin("flat");
  apic_write(APIC_LDR, 4u << 24);
  send_to(4, FIXED | ICR_LOGICAL);
  report("flat", await(0, IPI_VECTOR, 1));
  end();
  begin("cluster");
  apic_write(APIC_DFR, 0x0FFFFFFF);
  apic_write(APIC_LDR, 0x31u << 24);
  send_to(0x31, FIXED | ICR_LOGICAL);
  report("cluster", await(0, IPI_VECTOR, 2));
  end();
  // What it was called before.
  begin("former");
  send_to(4, FIXED | ICR_LOGICAL);
  end();
  spin(1000);
  report("handled", shared.handled[0][IPI_VECTOR]);
}

// A processor that waits for a start-up IPI, and then gets NMIs.
void check_startup(void) {
  begin("startup");
  send_to(1, ICR_INIT | ICR_ASSERT);
  spin(1000);
  send_to(1, ICR_STARTUP | ICR_ASSERT | GUEST_TRAMPOLINE >> 12);
  await_other();
  end();
  begin("nmi");
  for (uint32_t i = 1; i <= shared.count; i++) {
    send_to(1, ICR_NMI | ICR_ASSERT);
    if (!await(1, 2, i)) break;
  }
  end();
  report("nmi", shared.handled[1][2]);
  send_to(1, FIXED);
  report("ipi", await(1, IPI_VECTOR, 1));
}
