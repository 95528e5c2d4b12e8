#define _GNU_SOURCE
#include "HostProcessor.h"

#if HOST_PROCESSOR_IS_AVAILABLE

#include <asm/prctl.h>
#include <cpuid.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define HIDDEN __attribute__((visibility("hidden")))

// MARK: Entry and exit

/// The stack pointer to return to, and the address to jump to once every register is loaded.
HIDDEN uint64_t host_processor_stack;
HIDDEN uint64_t host_processor_target;
/// What the registers were on landing.
HIDDEN struct host_registers host_processor_landed;
/// See host_set_vectors.
HIDDEN void *host_processor_vectors;
/// MXCSR as the ABI has it.
HIDDEN uint32_t host_processor_mxcsr = 0x1F80;

HIDDEN void host_processor_enter(const struct host_registers *registers);
HIDDEN void host_processor_leave(void);
HIDDEN void host_processor_land(void);

// The general registers are loaded last by moves, which leave the flags alone.
__asm__(
    ".text\n"
    ".hidden host_processor_enter\n.hidden host_processor_land\n.hidden host_processor_leave\n"
    "host_processor_enter:\n"
    "  pushq %rbx\n  pushq %rbp\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp, host_processor_stack(%rip)\n"
    "  movq host_processor_vectors(%rip), %rcx\n  testq %rcx, %rcx\n  jz 1f\n"
    "  movl $7, %eax\n  xorl %edx, %edx\n  xrstor64 (%rcx)\n"
    // Code was written at another linear address: IRET serializes (SDM 3, 10.1.3 and 10.3).
    "1:\n"
    "  movq %rsp, %rax\n  movl %ss, %ecx\n  pushq %rcx\n  pushq %rax\n  pushfq\n"
    "  movl %cs, %ecx\n  pushq %rcx\n  leaq 2f(%rip), %rcx\n  pushq %rcx\n  iretq\n"
    "2:\n"
    "  pushq 128(%rdi)\n  popfq\n"
    "  movq 0(%rdi), %rax\n  movq 8(%rdi), %rcx\n  movq 16(%rdi), %rdx\n  movq 24(%rdi), %rbx\n"
    "  movq 32(%rdi), %rsp\n  movq 40(%rdi), %rbp\n  movq 48(%rdi), %rsi\n"
    "  movq 64(%rdi), %r8\n  movq 72(%rdi), %r9\n  movq 80(%rdi), %r10\n  movq 88(%rdi), %r11\n"
    "  movq 96(%rdi), %r12\n  movq 104(%rdi), %r13\n  movq 112(%rdi), %r14\n  movq 120(%rdi), %r15\n"
    "  movq 56(%rdi), %rdi\n"
    "  jmpq *host_processor_target(%rip)\n"
    "host_processor_land:\n"
    "  movq %rax, 0+host_processor_landed(%rip)\n  movq %rcx, 8+host_processor_landed(%rip)\n"
    "  movq %rdx, 16+host_processor_landed(%rip)\n  movq %rbx, 24+host_processor_landed(%rip)\n"
    "  movq %rsp, 32+host_processor_landed(%rip)\n  movq %rbp, 40+host_processor_landed(%rip)\n"
    "  movq %rsi, 48+host_processor_landed(%rip)\n  movq %rdi, 56+host_processor_landed(%rip)\n"
    "  movq %r8, 64+host_processor_landed(%rip)\n  movq %r9, 72+host_processor_landed(%rip)\n"
    "  movq %r10, 80+host_processor_landed(%rip)\n  movq %r11, 88+host_processor_landed(%rip)\n"
    "  movq %r12, 96+host_processor_landed(%rip)\n  movq %r13, 104+host_processor_landed(%rip)\n"
    "  movq %r14, 112+host_processor_landed(%rip)\n  movq %r15, 120+host_processor_landed(%rip)\n"
    "  movq host_processor_stack(%rip), %rsp\n"
    "  pushfq\n  popq 128+host_processor_landed(%rip)\n"
    "  pushq $0x202\n  popfq\n"
    "  movq host_processor_vectors(%rip), %rcx\n  testq %rcx, %rcx\n  jz host_processor_leave\n"
    "  movl $7, %eax\n  xorl %edx, %edx\n  xsave64 (%rcx)\n"
    "  vzeroupper\n  fninit\n  ldmxcsr host_processor_mxcsr(%rip)\n"
    // The handler sends the thread here, with the old stack and ordinary flags.
    "host_processor_leave:\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbp\n  popq %rbx\n"
    "  retq\n");

_Static_assert(offsetof(struct host_registers, flags) == 128, "the entry relies on the layout");

// MARK: Exceptions

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct host_registers *volatile result;
static struct host_exception *volatile result_exception;
static pthread_t owner;

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
enum { signal_count = sizeof signals / sizeof *signals };
static struct sigaction previous[signal_count];

static const int register_order[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

/// Not one of ours: the signal is raised again with the handler that was there before.
static void pass_on(int number) {
  for (int i = 0; i < signal_count; i++) {
    if (signals[i] == number) sigaction(number, &previous[i], NULL);
  }
}

static void handle(int number, siginfo_t *info, void *raw) {
  (void)info;
  // The kernel leaves AC as it was.
  __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() & ~(uint64_t)(1 << 18));
  ucontext_t *context = raw;
  greg_t *registers = context->uc_mcontext.gregs;
  if (!result || !pthread_equal(pthread_self(), owner)) {
    pass_on(number);
    return;
  }
  for (int i = 0; i < 16; i++) result->general[i] = (uint64_t)registers[register_order[i]];
  result->flags = (uint64_t)registers[REG_EFL];
  result->rip = (uint64_t)registers[REG_RIP];
  if (host_processor_vectors) {
    // The kernel's frame has the form of XSAVE. What the thread goes on with is the ABI's.
    memcpy(host_processor_vectors, context->uc_mcontext.fpregs, host_vectors_size);
    context->uc_mcontext.fpregs->mxcsr = host_processor_mxcsr;
    context->uc_mcontext.fpregs->cwd = 0x37F;
    context->uc_mcontext.fpregs->swd = 0;
    context->uc_mcontext.fpregs->ftw = 0;
  }
  result_exception->vector = (uint64_t)registers[REG_TRAPNO];
  result_exception->error_code = (uint64_t)registers[REG_ERR];
  result_exception->fault_address = (uint64_t)registers[REG_CR2];
  result = NULL;
  registers[REG_RIP] = (greg_t)(uintptr_t)host_processor_leave;
  registers[REG_RSP] = (greg_t)host_processor_stack;
  registers[REG_EFL] = 0x202;
}

static stack_t previous_stack;
static sigset_t previous_mask;

bool host_begin(void) {
  static _Alignas(64) char alternate[64 << 10];
  pthread_mutex_lock(&lock);
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  if (sigaltstack(&stack, &previous_stack) != 0) {
    pthread_mutex_unlock(&lock);
    return false;
  }
  owner = pthread_self();
  // Signals that have nothing to do with the instructions would find a stack that is none.
  sigset_t blocked;
  sigfillset(&blocked);
  for (int i = 0; i < signal_count; i++) sigdelset(&blocked, signals[i]);
  pthread_sigmask(SIG_SETMASK, &blocked, &previous_mask);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  for (int i = 0; i < signal_count; i++) sigaction(signals[i], &action, &previous[i]);
  return true;
}

void host_end(void) {
  for (int i = 0; i < signal_count; i++) sigaction(signals[i], &previous[i], NULL);
  pthread_sigmask(SIG_SETMASK, &previous_mask, NULL);
  sigaltstack(&previous_stack, NULL);
  pthread_mutex_unlock(&lock);
}

void host_execute(struct host_registers *registers, struct host_exception *exception) {
  struct host_registers start = *registers;
  result_exception = exception;
  result = registers;
  host_processor_target = start.rip;
  host_processor_enter(&start);
  if (!result) return;
  result = NULL;
  *registers = host_processor_landed;
  registers->rip = host_landing();
  *exception = (struct host_exception){.vector = 3};
}

uint64_t host_landing(void) { return (uint64_t)(uintptr_t)host_processor_land; }

void host_set_vectors(void *area) { host_processor_vectors = area; }

// MARK: Surroundings

bool host_set_gs_base(uint64_t base) { return syscall(SYS_arch_prctl, ARCH_SET_GS, base) == 0; }

/// Maps at exactly this address: anonymous memory if the file is -1.
static bool map_at(uint64_t address, uint64_t size, int protection, int flags, int file) {
  void *place = (void *)(uintptr_t)address;
  void *mapping = mmap(place, size, protection, flags | MAP_FIXED_NOREPLACE | MAP_POPULATE, file, 0);
  if (mapping == MAP_FAILED) return false;
  if (mapping != place) {
    munmap(mapping, size);
    return false;
  }
  return true;
}

bool host_map(uint64_t address, uint64_t size) {
  return map_at(address, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

void *host_map_code(uint64_t address, uint64_t size) {
  int file = memfd_create("code", MFD_CLOEXEC);
  if (file < 0) return NULL;
  void *alias = MAP_FAILED;
  if (ftruncate(file, (off_t)size) == 0) {
    alias = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  }
  if (alias != MAP_FAILED && !map_at(address, size, PROT_READ | PROT_EXEC, MAP_SHARED, file)) {
    munmap(alias, size);
    alias = MAP_FAILED;
  }
  close(file);
  return alias == MAP_FAILED ? NULL : alias;
}

bool host_protect(uint64_t address, uint64_t size) {
  return mprotect((void *)(uintptr_t)address, size, PROT_READ) == 0;
}

void host_unmap(uint64_t address, uint64_t size) { munmap((void *)(uintptr_t)address, size); }

// MARK: Features

static bool leaf1_ecx_has(unsigned bits) {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bits) == bits;
}

bool host_has_integer_features_of_level_2(void) {
  return leaf1_ecx_has(bit_SSE4_2 | bit_POPCNT | bit_CMPXCHG16B);
}

bool host_has_movbe(void) { return leaf1_ecx_has(bit_MOVBE); }
bool host_has_aes(void) { return leaf1_ecx_has(bit_AES); }
bool host_has_pclmulqdq(void) { return leaf1_ecx_has(bit_PCLMUL); }

static bool leaf7_ebx_has(unsigned bits) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bits) == bits;
}

bool host_has_bmi1(void) { return leaf7_ebx_has(bit_BMI); }
bool host_has_bmi2(void) { return leaf7_ebx_has(bit_BMI2); }
bool host_has_adx(void) { return leaf7_ebx_has(bit_ADX); }
bool host_has_sha(void) { return leaf7_ebx_has(bit_SHA); }

static bool extended_leaf1_ecx_has(unsigned bits) {
  unsigned a, b, c, d;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & bits) == bits;
}

bool host_has_lzcnt(void) { return extended_leaf1_ecx_has(bit_LZCNT); }
bool host_has_sse4a(void) { return extended_leaf1_ecx_has(bit_SSE4a); }

/// Whether the operating system has enabled the YMM registers.
static bool ymm_is_enabled(void) {
  if (!leaf1_ecx_has(bit_OSXSAVE)) return false;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 6) == 6;
}

bool host_has_avx(void) { return ymm_is_enabled() && leaf1_ecx_has(bit_AVX); }
bool host_has_fma(void) { return ymm_is_enabled() && leaf1_ecx_has(bit_FMA); }
bool host_has_f16c(void) { return ymm_is_enabled() && leaf1_ecx_has(bit_F16C); }

bool host_has_avx2(void) { return ymm_is_enabled() && leaf7_ebx_has(bit_AVX2); }

static bool leaf7_ecx_has(unsigned bits) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & bits) == bits;
}

bool host_has_vaes(void) { return ymm_is_enabled() && leaf7_ecx_has(bit_VAES); }
bool host_has_vpclmulqdq(void) { return ymm_is_enabled() && leaf7_ecx_has(bit_VPCLMULQDQ); }

bool host_is_amd(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(0, &a, &b, &c, &d)) return false;
  return (b == signature_AMD_ebx && c == signature_AMD_ecx) || (b == 0x6f677948 && c == 0x656e6975);
}

#else

bool host_begin(void) { return false; }
void host_end(void) {}
void host_execute(struct host_registers *registers, struct host_exception *exception) {}
uint64_t host_landing(void) { return 0; }
void host_set_vectors(void *area) {}
bool host_set_gs_base(uint64_t base) { return false; }
bool host_map(uint64_t address, uint64_t size) { return false; }
void *host_map_code(uint64_t address, uint64_t size) { return NULL; }
bool host_protect(uint64_t address, uint64_t size) { return false; }
void host_unmap(uint64_t address, uint64_t size) {}
bool host_has_integer_features_of_level_2(void) { return false; }
bool host_has_movbe(void) { return false; }
bool host_has_lzcnt(void) { return false; }
bool host_has_bmi1(void) { return false; }
bool host_has_bmi2(void) { return false; }
bool host_has_adx(void) { return false; }
bool host_has_aes(void) { return false; }
bool host_has_pclmulqdq(void) { return false; }
bool host_has_sha(void) { return false; }
bool host_has_sse4a(void) { return false; }
bool host_has_vaes(void) { return false; }
bool host_has_vpclmulqdq(void) { return false; }
bool host_has_avx(void) { return false; }
bool host_has_fma(void) { return false; }
bool host_has_f16c(void) { return false; }
bool host_has_avx2(void) { return false; }
bool host_is_amd(void) { return false; }

#endif
