// Swift's view of ProbeRoutines.S: routines for `Processor.probe`, and what is needed to judge them.

@_extern(c, "greeter_read") func probeRead(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_write") func probeWrite(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_execute") func probeExecute(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_undefined") func probeUndefined(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_divide_by_zero") func probeDivideByZero(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_divide_overflow") func probeDivideOverflow(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_breakpoint") func probeBreakpoint(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_single_step") func probeSingleStep(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_watch_write") func probeWatchWrite(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_stack_fault") func probeStackFault(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_load_data_segment") func probeLoadDataSegment(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_interrupt_50") func probeInterrupt50(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "greeter_lose_stack") func probeLoseStack(_: UInt64, _: UInt64) -> UInt64

@_extern(c, "greeter_undefined_address") func undefinedAddress() -> UInt64
@_extern(c, "greeter_breakpoint_next_address") func breakpointNextAddress() -> UInt64
@_extern(c, "greeter_single_step_next_address") func singleStepNextAddress() -> UInt64
@_extern(c, "greeter_watch_write_next_address") func watchWriteNextAddress() -> UInt64
@_extern(c, "greeter_end_watch") func endWatch() -> UInt64
