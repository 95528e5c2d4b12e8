// Checks of interrupt delivery, each on a small machine of its own.
#pragma once

#include <stdint.h>

// Prints the names of all checks.
void checks_list(void);

// Does a check, prints what it found as lines of `name value`, and ends the process: with 0 if the check came to its
// end. What it found is judged by who reads it.
__attribute__((noreturn)) void check_run(const char *name, uint32_t count);
