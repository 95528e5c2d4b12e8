#include "statistics.h"

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"

static const char *const counter_names[COUNTERS] = {
  "exits",          "irq_exits", "irq_window_exits", "halt_exits",     "io_exits",       "mmio_exits",
  "insn_emulation", "pf_taken",  "request_irq_exits", "irq_injections", "nmi_injections", "hypercalls",
};

static void read_at(int fd, void *to, size_t size, uint64_t offset) {
  if (pread(fd, to, size, (off_t)offset) != (ssize_t)size) die("the statistics cannot be read");
}

void statistics_read(int fd, uint64_t values[COUNTERS]) {
  struct kvm_stats_header header;
  read_at(fd, &header, sizeof header, 0);
  size_t step = sizeof(struct kvm_stats_desc) + header.name_size;
  uint8_t *descriptions = malloc(header.num_desc * step);
  if (!descriptions) die("no memory");
  read_at(fd, descriptions, header.num_desc * step, header.desc_offset);
  bool found[COUNTERS] = {false};
  for (uint32_t i = 0; i < header.num_desc; i++) {
    const struct kvm_stats_desc *description = (const void *)(descriptions + i * step);
    for (unsigned counter = 0; counter < COUNTERS; counter++) {
      if (strncmp(description->name, counter_names[counter], header.name_size) != 0) continue;
      read_at(fd, &values[counter], sizeof values[counter], header.data_offset + description->offset);
      found[counter] = true;
    }
  }
  free(descriptions);
  for (unsigned counter = 0; counter < COUNTERS; counter++)
    if (!found[counter]) die("KVM does not count %s", counter_names[counter]);
}

void statistics_print(const char *prefix, unsigned processor, const uint64_t values[COUNTERS]) {
  for (unsigned counter = 0; counter < COUNTERS; counter++)
    if (values[counter])
      printf("%s.%u.%s %llu\n", prefix, processor, counter_names[counter], (unsigned long long)values[counter]);
}
