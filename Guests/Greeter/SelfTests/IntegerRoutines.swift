// Swift's view of IntegerRoutines.S.

/// A routine around one instruction: two operands, the flags before, and room for the flags and RDX after.
typealias IntegerRoutine = @convention(c) (UInt64, UInt64, UInt64, Results) -> UInt64

/// Two numbers: the flags after the instruction, and RDX.
typealias Results = UnsafeMutablePointer<UInt64>

@_extern(c, "greeter_add8") func add8(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_add16") func add16(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_add32") func add32(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_add64") func add64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_adc64") func adc64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_sub64") func sub64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_sbb64") func sbb64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_inc64") func inc64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_dec64") func dec64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_neg64") func neg64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_and64") func and64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_xor64") func xor64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_imul64") func imul64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_mul64") func mul64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_div64") func div64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_idiv32") func idiv32(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_shl64") func shl64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_shr64") func shr64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_sar64") func sar64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_rol64") func rol64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_rcl64") func rcl64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_rcr64") func rcr64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_rcr8") func rcr8(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_shld64") func shld64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_bsf64") func bsf64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_bsr64") func bsr64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_bts64") func bts64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_bswap64") func bswap64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_popcnt64") func popcnt64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_cmovz32") func cmovz32(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_setl") func setl(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_movsx8") func movsx8(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_movsxd") func movsxd(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_xadd64") func xadd64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "greeter_lahf") func lahf(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64

@_extern(c, "greeter_compare_exchange16")
func compareExchange16(_ memory: Results, _ expected: Results, _ new: Results) -> UInt64
