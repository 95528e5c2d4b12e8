// What KVM counts of a processor: KVM_GET_STATS_FD.
#pragma once

#include <stdint.h>

enum { COUNTERS = 12 };

// The names of the counters that are told, as KVM has them.
extern const char *const counter_names[COUNTERS];

// Reads the counters by the file descriptor of KVM_GET_STATS_FD.
void statistics_read(int fd, uint64_t values[COUNTERS]);
