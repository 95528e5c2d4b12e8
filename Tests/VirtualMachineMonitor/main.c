// A small monitor over KVM: it checks how interrupts are delivered, and boots whole systems.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "linux.h"
#include "machine.h"
#include "multiboot.h"
#include "trace.h"

static int show_usage(void) {
  fputs("usage: vmm list\n"
        "       vmm check COUNT NAME...\n"
        "       vmm linux KERNEL INITRD PROCESSORS COMMAND-LINE\n"
        "       vmm multiboot KERNEL PROCESSORS MODULE-TEXT\n",
        stderr);
  return 64;
}

// Each check is a process of its own; prints `name.status` with what it ended with.
static void check_all(uint32_t count, char **names) {
  trace_enable();
  for (; *names; names++) {
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) die("no process");
    if (child == 0) check_run(*names, count);
    int status = 0;
    waitpid(child, &status, 0);
    printf("%s.status %d\n", *names, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
  trace_disable();
}

int main(int count, char **arguments) {
  // What was printed is there if the machine stops.
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count == 2 && strcmp(arguments[1], "list") == 0) {
    checks_list();
  } else if (count >= 4 && strcmp(arguments[1], "check") == 0) {
    check_all((uint32_t)strtoul(arguments[2], NULL, 10), arguments + 3);
  } else if (count == 6 && strcmp(arguments[1], "linux") == 0) {
    linux_boot(arguments[2], arguments[3], (unsigned)strtoul(arguments[4], NULL, 10), arguments[5]);
  } else if (count == 5 && strcmp(arguments[1], "multiboot") == 0) {
    multiboot_boot(arguments[2], (unsigned)strtoul(arguments[3], NULL, 10), arguments[4]);
  } else {
    return show_usage();
  }
  return 0;
}
