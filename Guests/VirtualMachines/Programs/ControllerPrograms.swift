// Swift's view of ControllerPrograms.S: none of these is called, only their addresses matter.

@_extern(c, "virtualmachines_handlers") private func handlers()
@_extern(c, "virtualmachines_send") func sendProgram()
@_extern(c, "virtualmachines_receive") func receiveProgram()
@_extern(c, "virtualmachines_sleep") func sleepProgram()
@_extern(c, "virtualmachines_nest") func nestHandler()
@_extern(c, "virtualmachines_await") func awaitProgram()

/// Where the handler of a vector is that notes it in the processor's record and acknowledges it.
func handler(of vector: UInt8) -> UInt64 { address(of: handlers) + UInt64(vector) * 16 }
