// Swift's view of SegmentRoutines.S.

@_extern(c, "selftest_load_ds") func loadDS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_load_es") func loadES(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_load_fs") func loadFS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_load_ss") func loadSS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_load_cs") func loadCS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lldt") func loadLocalTable(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_ltr") func loadTaskRegister(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lar") func loadAccessRights(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lsl") func loadSegmentLimit(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_verr") func verifyRead(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_verw") func verifyWrite(_: UInt64, _: UInt64) -> UInt64

@_extern(c, "selftest_read_fs") func readFS(_ offset: UInt64, _ selector: UInt64) -> UInt64
@_extern(c, "selftest_read_fs_32") func readFS32(_ offset: UInt64, _ selector: UInt64) -> UInt64
@_extern(c, "selftest_read_byte_fs_32") func readByteFS32(_ offset: UInt64, _ selector: UInt64) -> UInt64
@_extern(c, "selftest_write_fs_32") func writeFS32(_ offset: UInt64, _ selector: UInt64) -> UInt64
@_extern(c, "selftest_read_ss_32") func readSS32(_ offset: UInt64, _ selector: UInt64) -> UInt64
@_extern(c, "selftest_write_cs_32") func writeCS32(_ offset: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_read_cs_32") func readCS32(_ offset: UInt64, _: UInt64) -> UInt64

@_extern(c, "selftest_far_jump") func farJump(_ operand: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_far_call") func farCall(_ operand: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_far_answer") func farAnswer(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_far_jump_answer") func farJumpAnswer(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_gate_answer") func gateAnswer(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_gate_frame") func gateFrame() -> UnsafePointer<UInt64>
@_extern(c, "selftest_iret_frame") func interruptReturn(_ frame: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_one") func answerOne(_: UInt64, _: UInt64) -> UInt64
