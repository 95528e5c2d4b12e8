// What KVM counts of a processor: KVM_GET_STATS_FD.
#pragma once

#include <stdint.h>

enum { COUNTERS = 12 };

// Reads the counters by the file descriptor of KVM_GET_STATS_FD.
void statistics_read(int fd, uint64_t values[COUNTERS]);

// Prints those that are not zero, as lines of `prefix.processor.counter value`, by KVM's names.
void statistics_print(const char *prefix, unsigned processor, const uint64_t values[COUNTERS]);
