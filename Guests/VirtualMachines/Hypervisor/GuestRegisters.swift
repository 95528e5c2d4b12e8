/// A guest's general registers but RAX and RSP, in the order of `WorldSwitch.S`.
struct GuestRegisters {
  var rbx: UInt64 = 0
  var rcx: UInt64 = 0
  var rdx: UInt64 = 0
  var rsi: UInt64 = 0
  var rdi: UInt64 = 0
  var rbp: UInt64 = 0
  var r8: UInt64 = 0
  var r9: UInt64 = 0
  var r10: UInt64 = 0
  var r11: UInt64 = 0
  var r12: UInt64 = 0
  var r13: UInt64 = 0
  var r14: UInt64 = 0
  var r15: UInt64 = 0
}

@_extern(c, "virtualmachines_enter")
func enterGuest(_ registers: UnsafeMutableRawPointer, _ block: UInt64, _ host: UInt64, _ flags: UInt64)
