// Swift's view of IntegerRoutines.S.

/// A routine around one instruction: two operands, the flags before, and room for the flags and RDX after.
typealias IntegerRoutine = @convention(c) (UInt64, UInt64, UInt64, Results) -> UInt64

/// Two numbers: the flags after the instruction, and RDX.
typealias Results = UnsafeMutablePointer<UInt64>

@_extern(c, "selftest_add8") func add8(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_add16") func add16(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_add32") func add32(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_add64") func add64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_adc64") func adc64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_sub64") func sub64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_sbb64") func sbb64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_inc64") func inc64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_dec64") func dec64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_neg64") func neg64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_and64") func and64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_xor64") func xor64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_imul64") func imul64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_mul64") func mul64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_div64") func div64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_idiv32") func idiv32(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_shl64") func shl64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_shr64") func shr64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_sar64") func sar64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_rol64") func rol64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_rcl64") func rcl64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_rcr64") func rcr64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_rcr8") func rcr8(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_shld64") func shld64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_bsf64") func bsf64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_bsr64") func bsr64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_bts64") func bts64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_bswap64") func bswap64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_popcnt64") func popcnt64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_cmovz32") func cmovz32(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_setl") func setl(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_movsx8") func movsx8(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_movsxd") func movsxd(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_xadd64") func xadd64(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64
@_extern(c, "selftest_lahf") func lahf(_: UInt64, _: UInt64, _: UInt64, _: Results) -> UInt64

@_extern(c, "selftest_compare_exchange16")
func compareExchange16(_ memory: Results, _ expected: Results, _ new: Results) -> UInt64
