// Tables that describe the machine: ACPI 6.5, chapter 5.
#pragma once

#include <stdint.h>

// Where the tables are in the guest's memory; the root pointer comes first.
enum { ACPI_TABLES = 0xE0000, ACPI_SIZE = 0x2000 };

// Registers of power management: section 4.8.3.
enum {
  PM1_EVENT_PORT = 0x600, // status and, two bytes further, enable
  PM1_CONTROL_PORT = 0x604,
  PM_TIMER_PORT = 0x608,
  SLEEP_TYPE_OFF = 5, // what the S5 object says
};

// Writes the tables for so many processors.
void acpi_build(void *memory, unsigned processors);
