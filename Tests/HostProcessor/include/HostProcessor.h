// The host's own processor as a judge: executes instructions of tests natively and reports where they ended.
#ifndef HOST_PROCESSOR_H
#define HOST_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__) && defined(__linux__)
#define HOST_PROCESSOR_IS_AVAILABLE 1
#else
#define HOST_PROCESSOR_IS_AVAILABLE 0
#endif

/// The integer registers of a program.
struct host_registers {
  /// RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15.
  uint64_t general[16];
  uint64_t flags;
  uint64_t rip;
};

/// The exception that ended an execution.
struct host_exception {
  /// Its vector.
  uint64_t vector;
  /// Its error code; 0 where it has none.
  uint64_t error_code;
  /// CR2 of a page fault.
  uint64_t fault_address;
};

/// Reserves the host's processor for this thread until ``host_end``: other threads that ask wait, and signals
/// that have nothing to do with instructions are held back. Returns false where the host cannot do this.
bool host_begin(void);
void host_end(void);

/// Loads the registers, executes from RIP until the first exception, and stores the registers as they were
/// then. Only between ``host_begin`` and ``host_end``.
///
/// A jump to ``host_landing`` is a cheaper end than a breakpoint, and is told as one: vector 3, with RIP
/// there.
void host_execute(struct host_registers *registers, struct host_exception *exception);
uint64_t host_landing(void);

/// Where ``host_execute`` takes the x87, XMM and YMM registers from, and leaves them: an area of XSAVE in its
/// standard format, aligned to 64 bytes, with ``host_vectors_size`` bytes. With NULL it does neither. Only where
/// ``host_has_avx``.
void host_set_vectors(void *area);
enum { host_vectors_size = 832 };

/// The base of GS of the calling thread; false where the host cannot set it.
bool host_set_gs_base(uint64_t base);

/// Maps zeroed memory at exactly this address; false if something else is there.
bool host_map(uint64_t address, uint64_t size);

/// Maps zeroed memory at exactly this address to be executed and read. It is written where this returns, which is
/// for ``host_unmap`` too; NULL if something else is at the address.
void *host_map_code(uint64_t address, uint64_t size);

/// Takes the right to write from a part of what was mapped.
bool host_protect(uint64_t address, uint64_t size);

/// Takes the memory away.
void host_unmap(uint64_t address, uint64_t size);

/// The features beyond the first x86-64 level that the tests ask for.
bool host_has_integer_features_of_level_2(void);
bool host_has_movbe(void);
bool host_has_lzcnt(void);
bool host_has_bmi1(void);
bool host_has_bmi2(void);
bool host_has_adx(void);
bool host_has_aes(void);
bool host_has_pclmulqdq(void);
bool host_has_sha(void);
bool host_has_sse4a(void);

/// Whether the host has these features, and its operating system the state that they need.
bool host_has_avx(void);
bool host_has_avx2(void);
bool host_has_fma(void);
bool host_has_f16c(void);
bool host_has_vaes(void);
bool host_has_vpclmulqdq(void);

/// Whether the host's vendor is AMD or Hygon, whose branches heed an operand-size prefix in 64-bit mode.
bool host_is_amd(void);

#endif
