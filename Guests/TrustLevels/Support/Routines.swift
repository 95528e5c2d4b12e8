// Swift's view of Routines.S.

@_extern(c, "trustlevels_load") func probeLoad(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "trustlevels_store") func probeStore(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "trustlevels_enter_user") func enterUser(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "trustlevels_call") func probeCall(_: UInt64, _: UInt64) -> UInt64

/// Where a routine begins.
func addressOf(_ routine: @convention(c) (UInt64, UInt64) -> UInt64) -> UInt64 {
  UInt64(unsafeBitCast(routine, to: UInt.self))
}
