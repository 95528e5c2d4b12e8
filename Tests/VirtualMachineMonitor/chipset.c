#include "chipset.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "acpi.h"
#include "serial.h"

// Two processors may be here at the same time.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// The date of a real-time clock that stands still: MC146818 data sheet, address map.
static uint8_t read_clock(uint8_t index) {
  enum { DIVIDER = 0x26, HOURS_24 = 2, VALID = 0x80 };
  static const uint8_t registers[] = {
    [4] = 0x12, [6] = 0x07, [7] = 0x01, [8] = 0x01, [9] = 0x26, [0xA] = DIVIDER, [0xB] = HOURS_24, [0xD] = VALID};
  return index < sizeof registers ? registers[index] : 0;
}

static uint32_t read_pm_timer(void) {
  enum { FREQUENCY = 3579545 };
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  uint64_t seconds = (uint64_t)now.tv_sec, nanoseconds = (uint64_t)now.tv_nsec;
  return (uint32_t)(seconds * FREQUENCY + nanoseconds * FREQUENCY / 1000000000);
}

static struct {
  uint8_t clock_index;
  uint16_t pm1_enable;
  uint32_t pci_address;
} registers;

enum { CLOCK_INDEX = 0x70, CLOCK_DATA = 0x71, PCI_ADDRESS = 0xCF8, PCI_DATA = 0xCFC };

// There is one function, a host bridge: PCI 3.0, sections 3.2.2.3.2 and 6.1.
static uint32_t read_pci(unsigned byte) {
  enum { ENABLE = 0x80000000, VENDOR_AND_DEVICE = 0, CLASS = 8 };
  static const uint32_t host_bridge = 0x06000000, identity = 0x12378086;
  uint32_t value = 0;
  switch (registers.pci_address) {
  case ENABLE | VENDOR_AND_DEVICE: value = identity; break;
  case ENABLE | CLASS: value = host_bridge; break;
  default: value = registers.pci_address < (ENABLE | 0x100) ? 0 : 0xFFFFFFFF;
  }
  return value >> 8 * byte;
}

static uint32_t read_port(struct machine *machine, uint16_t port) {
  static const uint16_t in_acpi_mode = 1;
  switch (port) {
  case SERIAL_PORT ... SERIAL_PORT + 7: return serial_read(machine, port - SERIAL_PORT);
  case PM1_EVENT_PORT: return 0;
  case PM1_EVENT_PORT + 2: return registers.pm1_enable;
  case PM1_CONTROL_PORT: return in_acpi_mode;
  case PM_TIMER_PORT: return read_pm_timer();
  case CLOCK_DATA: return read_clock(registers.clock_index);
  case PCI_ADDRESS: return registers.pci_address;
  case PCI_DATA ... PCI_DATA + 3: return read_pci(port - PCI_DATA);
  default: return 0xFFFFFFFF;
  }
}

static enum chipset_event write_port(struct machine *machine, uint16_t port, uint32_t value) {
  switch (port) {
  case SERIAL_PORT ... SERIAL_PORT + 7: serial_write(machine, port - SERIAL_PORT, (uint8_t)value); break;
  case PM1_EVENT_PORT + 2: registers.pm1_enable = (uint16_t)value; break;
  case CLOCK_INDEX: registers.clock_index = value & 0x7F; break;
  case PCI_ADDRESS: registers.pci_address = value; break;
  case PM1_CONTROL_PORT: {
    enum { SLEEP_ENABLE = 1 << 13 };
    if (value & SLEEP_ENABLE && (value >> 10 & 7) == SLEEP_TYPE_OFF) return POWER_OFF;
    break;
  }
  case 0xF4: return DEBUG_EXIT;
  case 0x64:
    if (value == 0xFE) return RESET; // the keyboard controller pulses the line
    break;
  case 0xCF9:
    if (value & 4) return RESET;
    break;
  }
  return NOTHING;
}

enum chipset_event chipset_access(
  struct machine *machine, uint16_t port, bool is_write, uint8_t *data, unsigned size) {
  uint32_t value = 0;
  enum chipset_event event = NOTHING;
  pthread_mutex_lock(&lock);
  if (is_write) {
    memcpy(&value, data, size);
    event = write_port(machine, port, value);
  } else {
    value = read_port(machine, port);
    memcpy(data, &value, size);
  }
  pthread_mutex_unlock(&lock);
  return event;
}
