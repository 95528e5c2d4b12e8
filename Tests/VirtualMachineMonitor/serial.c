#include "serial.h"

#include <stdbool.h>
#include <stdio.h>

// Registers: PC16550D data sheet, table II.
enum { DATA, INTERRUPT_ENABLE, INTERRUPT_ID, LINE_CONTROL, MODEM_CONTROL, LINE_STATUS, MODEM_STATUS, SCRATCH };

enum {
  TRANSMITTER_EMPTY = 0x60, // of the line status
  ENABLE_TRANSMITTER = 2,   // of interrupt enable
  ID_NONE = 1,
  ID_TRANSMITTER = 2,
  FIFO_ENABLE = 1,
  DIVISOR_ACCESS = 0x80, // of line control
  LOOPBACK = 0x10,       // of modem control
};

static struct {
  uint8_t enable, fifo, line_control, modem_control, scratch;
  uint16_t divisor;
  bool is_empty; // the transmitter became empty, and nobody was told
} port;

static bool is_interrupting(void) { return port.is_empty && port.enable & ENABLE_TRANSMITTER; }

static void update(struct machine *machine) {
  static bool level;
  if (is_interrupting() == level) return;
  level = !level;
  machine_set_line(machine, SERIAL_LINE, level);
}

uint8_t serial_read(struct machine *machine, unsigned index) {
  bool has_divisor = port.line_control & DIVISOR_ACCESS;
  switch (index) {
  case DATA: return has_divisor ? (uint8_t)port.divisor : 0;
  case INTERRUPT_ENABLE: return has_divisor ? port.divisor >> 8 : port.enable;
  case INTERRUPT_ID: {
    uint8_t fifo = port.fifo & FIFO_ENABLE ? 0xC0 : 0;
    if (!is_interrupting()) return fifo | ID_NONE;
    port.is_empty = false;
    update(machine);
    return fifo | ID_TRANSMITTER;
  }
  case LINE_CONTROL: return port.line_control;
  case MODEM_CONTROL: return port.modem_control;
  case LINE_STATUS: return TRANSMITTER_EMPTY;
  case MODEM_STATUS:
    // Under loopback the outputs DTR, RTS, OUT1 and OUT2 are the inputs DSR, CTS, RI and DCD.
    if (port.modem_control & LOOPBACK)
      return (port.modem_control & 1) << 5 | (port.modem_control & 2) << 3 | (port.modem_control & 0xC) << 4;
    return 0xB0;
  default: return port.scratch;
  }
}

void serial_write(struct machine *machine, unsigned index, uint8_t value) {
  bool has_divisor = port.line_control & DIVISOR_ACCESS;
  switch (index) {
  case DATA:
    if (has_divisor) {
      port.divisor = (port.divisor & 0xFF00) | value;
      break;
    }
    if (!(port.modem_control & LOOPBACK)) putchar(value);
    if (value == '\n') fflush(stdout);
    port.is_empty = true;
    break;
  case INTERRUPT_ENABLE:
    if (has_divisor) {
      port.divisor = (uint16_t)(value << 8) | (port.divisor & 0xFF);
      break;
    }
    if (value & ENABLE_TRANSMITTER & ~port.enable) port.is_empty = true;
    port.enable = value & 0xF;
    break;
  case INTERRUPT_ID: port.fifo = value; break;
  case LINE_CONTROL: port.line_control = value; break;
  case MODEM_CONTROL: port.modem_control = value & 0x1F; break;
  case SCRATCH: port.scratch = value; break;
  }
  // A new byte ends the interrupt of the one before, and raises its own.
  update(machine);
}
