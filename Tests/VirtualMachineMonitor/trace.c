#include "trace.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "machine.h"

#define TRACEFS "/sys/kernel/tracing"

static const struct histogram {
  const char *event, *keys;
} histograms[] = {
  {"kvm_exit", "vcpu_id,exit_reason"},
  {"kvm_avic_incomplete_ipi", "vcpu,id,index"},
  {"kvm_avic_unaccelerated_access", "offset,ft,rw"},
  {"kvm_avic_doorbell", "vcpuid"},
  {"kvm_eoi", "vector"},
  {"kvm_page_fault", "fault_address"},
};

enum { HISTOGRAMS = sizeof histograms / sizeof *histograms };

static FILE *open_file(const char *path, const char *mode) {
  FILE *file = fopen(path, mode);
  if (!file) die("%s: %s", path, strerror(errno));
  return file;
}

// Writes behind what is there: truncation removes an event's triggers.
static void put(const char *path, const char *text) {
  FILE *file = open_file(path, "a");
  fputs(text, file);
  if (fclose(file) != 0) die("%s does not take '%s': %s", path, text, strerror(errno));
}

static const char inhibitions[] = TRACEFS "/events/kvm/kvm_apicv_inhibit_changed/enable";

static void set_triggers(const char *before, const char *after) {
  for (unsigned i = 0; i < HISTOGRAMS; i++) {
    char path[128], text[128];
    snprintf(path, sizeof path, TRACEFS "/events/kvm/%s/trigger", histograms[i].event);
    snprintf(text, sizeof text, "%shist:keys=%s%s", before, histograms[i].keys, after);
    put(path, text);
  }
}

void trace_enable(void) {
  if (mount("tracefs", TRACEFS, "tracefs", 0, NULL) < 0 && errno != EBUSY)
    die("tracefs cannot be mounted: %s", strerror(errno));
  set_triggers("", "");
  put(inhibitions, "1");
}

void trace_disable(void) {
  set_triggers("!", "");
  put(inhibitions, "0");
}

void trace_clear(void) { set_triggers("", ":clear"); }

// A line of a histogram is `{ key: value, key: value } hitcount: count`.
static void print_entry(const char *prefix, const char *event, char *line) {
  char *end = strchr(line, '}'), *count = strstr(line, "hitcount:");
  if (line[0] != '{' || !end || !count) return;
  *end = 0;
  printf("%s.%s", prefix, event);
  for (char *field = strchr(line, ':'); field; field = strchr(field + 1, ':')) {
    unsigned long long value = 0;
    sscanf(field + 1, "%llu", &value);
    printf(".%llx", value);
  }
  unsigned long long hits = 0;
  sscanf(count, "hitcount: %llu", &hits);
  printf(" %llu\n", hits);
}

void trace_print(const char *prefix) {
  for (unsigned i = 0; i < HISTOGRAMS; i++) {
    char path[128], line[256];
    snprintf(path, sizeof path, TRACEFS "/events/kvm/%s/hist", histograms[i].event);
    FILE *file = open_file(path, "r");
    while (fgets(line, sizeof line, file)) print_entry(prefix, histograms[i].event, line);
    fclose(file);
  }
}

// Truncation clears the records.
void trace_clear_inhibitions(void) { fclose(open_file(TRACEFS "/trace", "w")); }

void trace_print_inhibitions(const char *prefix) {
  FILE *file = open_file(TRACEFS "/trace", "r");
  char line[512];
  unsigned long inhibits = 0;
  bool is_known = false;
  while (fgets(line, sizeof line, file)) {
    const char *text = strstr(line, "kvm_apicv_inhibit_changed: ");
    char action[16];
    unsigned reason;
    unsigned long now;
    if (!text) continue;
    if (sscanf(text, "kvm_apicv_inhibit_changed: %15s reason=%u, inhibits=%lx", action, &reason, &now) != 3)
      die("unknown form of an event: %s", text);
    // What was clear is cleared again at each change of an identifier.
    if (now != inhibits || !is_known) printf("%s.inhibit.%s %u\n", prefix, action, reason);
    inhibits = now;
    is_known = true;
  }
  fclose(file);
  if (is_known) printf("%s.inhibits %lu\n", prefix, inhibits);
}
