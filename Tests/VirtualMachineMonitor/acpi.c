#include "acpi.h"

#include <stddef.h>
#include <string.h>

struct __attribute__((packed)) header {
  char signature[4];
  uint32_t length;
  uint8_t revision, checksum;
  char oem[6], table[8];
  uint32_t oem_revision;
  char creator[4];
  uint32_t creator_revision;
};

struct __attribute__((packed)) root_pointer {
  char signature[8];
  uint8_t checksum;
  char oem[6];
  uint8_t revision;
  uint32_t rsdt, length;
  uint64_t xsdt;
  uint8_t extended_checksum, reserved[3];
};

struct __attribute__((packed)) address {
  uint8_t space, width, offset, access;
  uint64_t address;
};

// The fixed ACPI description table: section 5.2.9.
struct __attribute__((packed)) fixed_description {
  struct header header;
  uint32_t facs, dsdt;
  uint8_t reserved, profile;
  uint16_t sci;
  uint32_t smi_command;
  uint8_t enable, disable, s4bios, pstate;
  uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
  uint8_t pm1_event_length, pm1_control_length, pm2_control_length, pm_timer_length, gpe0_length, gpe1_length,
    gpe1_base, cst;
  uint16_t c2_latency, c3_latency, flush_size, flush_stride;
  uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
  uint16_t boot_flags;
  uint8_t reserved2;
  uint32_t flags;
  struct address reset;
  uint8_t reset_value;
  uint16_t arm_flags;
  uint8_t minor;
  uint64_t x_facs, x_dsdt;
  struct address x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control, x_pm2_control, x_pm_timer, x_gpe0,
    x_gpe1, sleep_control, sleep_status;
  uint64_t hypervisor;
};

static struct address io_port(uint16_t port, uint8_t bits) {
  return (struct address){.space = 1, .width = bits, .access = bits / 16 + 1, .address = port};
}

// The sum of a table's bytes is zero.
static void seal(void *table, size_t size, uint8_t *checksum) {
  uint8_t sum = 0;
  *checksum = 0;
  for (size_t i = 0; i < size; i++) sum += ((const uint8_t *)table)[i];
  *checksum = -sum;
}

static void complete(void *table, const char *signature, uint32_t length, uint8_t revision) {
  struct header *header = table;
  memcpy(header->signature, signature, 4);
  header->length = length;
  header->revision = revision;
  memcpy(header->oem, "STRATA", 6);
  memcpy(header->table, "MONITOR ", 8);
  memcpy(header->creator, "STRA", 4);
  seal(table, length, &header->checksum);
}

// Name (_S5, Package () {5, 5, 0, 0})
static const uint8_t sleep_object[] = {0x08, '_', 'S', '5', '_', 0x12, 0x0A, 4, 0x0A, SLEEP_TYPE_OFF,
                                       0x0A, SLEEP_TYPE_OFF, 0x0A, 0, 0x0A, 0};

static uint32_t build_interrupts(uint8_t *table, unsigned processors) {
  enum { LOCAL_APIC = 0xFEE00000, HAS_8259S = 1 };
  uint8_t *end = table + sizeof(struct header);
  uint32_t head[2] = {LOCAL_APIC, HAS_8259S};
  memcpy(end, head, sizeof head);
  end += sizeof head;
  for (uint8_t i = 0; i < processors; i++) {
    uint8_t local_apic[] = {0, 8, i, i, 1, 0, 0, 0};
    memcpy(end, local_apic, sizeof local_apic);
    end += sizeof local_apic;
  }
  uint8_t io_apic[] = {1, 12, (uint8_t)processors, 0, 0x00, 0x00, 0xC0, 0xFE, 0, 0, 0, 0};
  memcpy(end, io_apic, sizeof io_apic);
  end += sizeof io_apic;
  uint8_t local_nmi[] = {4, 6, 0xFF, 0, 0, 1};
  memcpy(end, local_nmi, sizeof local_nmi);
  end += sizeof local_nmi;
  return (uint32_t)(end - table);
}

void acpi_build(void *memory, unsigned processors) {
  enum { XSDT = 0x100, FADT = 0x200, MADT = 0x400, DSDT = 0x600, FACS = 0x800 };
  uint8_t *base = memory;

  struct root_pointer *root = memory;
  *root = (struct root_pointer){
    .signature = "RSD PTR ", .oem = "STRATA", .revision = 2, .length = sizeof *root, .xsdt = ACPI_TABLES + XSDT};
  seal(root, offsetof(struct root_pointer, length), &root->checksum);
  seal(root, sizeof *root, &root->extended_checksum);

  uint64_t tables[] = {ACPI_TABLES + FADT, ACPI_TABLES + MADT};
  memcpy(base + XSDT + sizeof(struct header), tables, sizeof tables);
  complete(base + XSDT, "XSDT", sizeof(struct header) + sizeof tables, 1);

  enum { WBINVD = 1 << 0, C1_SUPPORTED = 1 << 2, NO_POWER_BUTTON = 1 << 4, NO_SLEEP_BUTTON = 1 << 5,
         WIDE_TIMER = 1 << 8, CAN_RESET = 1 << 10 };
  enum { NO_VGA = 1 << 2, HAS_LEGACY_DEVICES = 1 << 0 };
  struct fixed_description *fixed = (void *)(base + FADT);
  *fixed = (struct fixed_description){
    .facs = ACPI_TABLES + FACS, .dsdt = ACPI_TABLES + DSDT, .sci = 9,
    .pm1a_event = PM1_EVENT_PORT, .pm1_event_length = 4,
    .pm1a_control = PM1_CONTROL_PORT, .pm1_control_length = 2,
    .pm_timer = PM_TIMER_PORT, .pm_timer_length = 4, .c2_latency = 0xFFFF, .c3_latency = 0xFFFF,
    .boot_flags = HAS_LEGACY_DEVICES | NO_VGA,
    .flags = WBINVD | C1_SUPPORTED | NO_POWER_BUTTON | NO_SLEEP_BUTTON | WIDE_TIMER | CAN_RESET,
    .reset = io_port(0x64, 8), .reset_value = 0xFE, .minor = 3,
    .x_dsdt = ACPI_TABLES + DSDT, .x_pm1a_event = io_port(PM1_EVENT_PORT, 32),
    .x_pm1a_control = io_port(PM1_CONTROL_PORT, 16), .x_pm_timer = io_port(PM_TIMER_PORT, 32)};
  complete(fixed, "FACP", sizeof *fixed, 6);

  complete(base + MADT, "APIC", build_interrupts(base + MADT, processors), 3);

  memcpy(base + DSDT + sizeof(struct header), sleep_object, sizeof sleep_object);
  complete(base + DSDT, "DSDT", sizeof(struct header) + sizeof sleep_object, 2);

  uint32_t facs[16] = {0, sizeof facs};
  memcpy(facs, "FACS", 4);
  memcpy(base + FACS, facs, sizeof facs);
}
