// KVM's trace events, counted by the kernel's own histograms: Documentation/trace/histogram.rst of Linux.
#pragma once

// Has the kernel count and record, until `trace_disable`.
void trace_enable(void);
void trace_disable(void);

// Sets all counts to zero.
void trace_clear(void);

// Prints the counts, each as `prefix.event.key.key count` with the keys as in `trace.c`, in hexadecimal.
void trace_print(const char *prefix);

// Forgets the changes of what inhibits AVIC.
void trace_clear_inhibitions(void);

// Prints the changes since, in their order: `prefix.inhibit.set REASON`, `prefix.inhibit.cleared REASON`, and at
// the end `prefix.inhibits` with those that are left.
void trace_print_inhibitions(const char *prefix);
