// Swift's view of ProbeRoutines.S: routines for `Processor.probe`, and what is needed to judge them.

@_extern(c, "selftest_read") func probeRead(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_write") func probeWrite(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_execute") func probeExecute(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_undefined") func probeUndefined(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_divide_by_zero") func probeDivideByZero(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_divide_overflow") func probeDivideOverflow(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_breakpoint") func probeBreakpoint(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_stack_fault") func probeStackFault(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_load_data_segment") func probeLoadDataSegment(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_interrupt_50") func probeInterrupt50(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lose_stack") func probeLoseStack(_: UInt64, _: UInt64) -> UInt64

@_extern(c, "selftest_breakpoint_next") func breakpointNext(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_read_cr3") func probeReadCR3(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_write_cr0") func probeWriteCR0(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_write_cr3") func probeWriteCR3(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_write_cr4") func probeWriteCR4(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_invlpg") func probeInvalidatePage(_: UInt64, _: UInt64) -> UInt64
