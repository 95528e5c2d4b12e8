// Swift's view of InstructionRoutines.S.

@_extern(c, "virtualmachines_vmrun") func probeRun(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "virtualmachines_vmload") func probeLoad(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "virtualmachines_vmsave") func probeSave(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "virtualmachines_vmmcall") func probeCall(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "virtualmachines_stgi") func probeSetGlobalInterruptFlag(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "virtualmachines_clgi") func probeClearGlobalInterruptFlag(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "virtualmachines_invlpga") func probeInvalidatePage(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "virtualmachines_skinit") func probeSecureInitialisation(_: UInt64, _: UInt64) -> UInt64
