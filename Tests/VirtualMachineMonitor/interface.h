// What the monitor and the code of its guest agree on.
#pragma once

#include <stdint.h>

#include "layout.h"

// Ports of the guest. The value of REPORT, BEGIN and END is an address in the guest's memory.
enum port {
  PORT_REPORT = 0x500,  // a struct report
  PORT_BEGIN = 0x501,   // the name of a phase, whose exits are counted from now on
  PORT_END = 0x502,     // the phase is over
  PORT_DONE = 0x503,    // the check is over
  PORT_FAULT = 0x504,   // a struct report: an exception nobody expected
  PORT_LINE = 0x505,    // the level of the interrupt line LINE_GSI
};

// A value that the monitor prints under a name.
struct report {
  const char *name;
  uint64_t value;
};

// What the guest does, and with what.
enum check {
  CHECK_TOUCH,
  CHECK_SELF,
  CHECK_IPI_PHYSICAL,
  CHECK_IPI_FLAT,
  CHECK_IPI_CLUSTER,
  CHECK_IPI_BROADCAST,
  CHECK_IPI_ALL,
  CHECK_IPI_OTHERS,
  CHECK_TASK_PRIORITY,
  CHECK_MASKING,
  CHECK_NESTING,
  CHECK_HALTED,
  CHECK_STARTUP,
  CHECK_ABSENT,
  CHECK_VECTOR,
  CHECK_MESSAGES,
  CHECK_LEVEL_SPLIT,
  CHECK_LEVEL,
  CHECK_TIMER,
  CHECK_LOGICAL_ID,
  CHECK_PHYSICAL_ID,
  CHECK_READ_ONLY,
  CHECK_NEXT_PAGE,
};

#define LINE_GSI 20
#define LEVEL_VECTOR 0x41
#define MESSAGE_VECTOR 0x51
#define IPI_VECTOR 0x61

// At GUEST_SHARED; both sides look at it at any time.
struct shared {
  uint32_t check;
  uint32_t count;         // of what the check repeats
  uint32_t processors;    // 1 or 2
  uint32_t x2apic;        // registers are MSRs
  uint32_t ready;         // processors that wait for interrupts
  uint32_t asks_messages; // the guest counts on the messages of the monitor now
  uint64_t handled[PROCESSORS][256];
};
