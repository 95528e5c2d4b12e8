#include "board.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chipset.h"
#include "statistics.h"
#include "trace.h"

__attribute__((noreturn)) static void finish(const struct machine *machine, const char *how) {
  fflush(stdout);
  printf("vmm: %s\n", how);
  for (unsigned i = 0; i < machine->count; i++) {
    uint64_t values[COUNTERS] = {0};
    statistics_read(machine->processors[i].statistics, values);
    statistics_print("machine", i, values);
  }
  trace_print_inhibitions("machine");
  trace_disable();
  fflush(stdout);
  _exit(0);
}

static void handle(struct processor *processor) {
  static const char *const ends[] = {[POWER_OFF] = "power off", [RESET] = "reset", [DEBUG_EXIT] = "debug exit"};
  struct kvm_run *run = processor->run;
  switch (run->exit_reason) {
  case KVM_EXIT_IO: {
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    bool is_write = run->io.direction == KVM_EXIT_IO_OUT;
    for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
      enum chipset_event event = chipset_access(processor->machine, run->io.port, is_write, data, run->io.size);
      if (event != NOTHING) finish(processor->machine, ends[event]);
    }
    break;
  }
  case KVM_EXIT_MMIO:
    if (!run->mmio.is_write) memset(run->mmio.data, 0xFF, sizeof run->mmio.data);
    break;
  case KVM_EXIT_SHUTDOWN: finish(processor->machine, "triple fault");
  default: die("exit for reason %u", run->exit_reason);
  }
}

void board_create(struct machine *machine, size_t size, unsigned processors) {
  if (processors < 1 || processors > PROCESSORS) die("1 to %u processors are possible", PROCESSORS);
  setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
  trace_enable();
  trace_clear_inhibitions();
  machine->handle = handle;
  machine_create(machine, size, ALL_CHIPS);
  // An 8254 that makes up for lost ticks inhibits AVIC.
  struct kvm_pit_config configuration = {.flags = KVM_PIT_SPEAKER_DUMMY}; // with port 61h, by which it is gated
  control(machine->fd, KVM_CREATE_PIT2, &configuration, "KVM_CREATE_PIT2");
  struct kvm_reinject_control reinjection = {.pit_reinject = 0};
  control(machine->fd, KVM_REINJECT_CONTROL, &reinjection, "KVM_REINJECT_CONTROL");
  for (unsigned i = 0; i < processors; i++) machine_add_processor(machine, false, processors);
}

int board_open(const char *path, size_t *size) {
  struct stat status;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &status) < 0) die("%s cannot be read", path);
  *size = (size_t)status.st_size;
  return fd;
}

void board_load(struct machine *machine, int fd, off_t offset, uint64_t address, size_t size, const char *path) {
  void *to = machine_at(machine, address, size);
  if (!to) die("%s does not fit into the guest", path);
  for (size_t done = 0; done < size;) {
    ssize_t count = pread(fd, (uint8_t *)to + done, size - done, offset + (off_t)done);
    if (count <= 0) die("%s cannot be read", path);
    done += (size_t)count;
  }
}
