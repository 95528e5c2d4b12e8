import Bus
import Devices
import FuzzSupport

@testable import Machine

/// Drives a modem through its registers and doorbells, with contexts and rings that obey no rule.
@c(LLVMFuzzerTestOneInput)
public func mhiMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(start, count: count)
  guard var host = HostileHost(personality: Int(input.byte())) else { return 0 }
  host.initialize()
  while !input.isAtEnd { host.perform(&input) }
  host.check()
  return 0
}
