import Bus
import Devices
import FuzzSupport

@testable import Machine

/// Drives the three virtio devices through their registers, with rings and descriptors that obey no rule.
@c(LLVMFuzzerTestOneInput)
public func virtioMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(start, count: count)
  guard let driver = HostileDriver() else { return 0 }
  for function in 0..<3 { driver.initialize(function, &input) }
  while !input.isAtEnd { driver.perform(&input) }
  driver.check()
  return 0
}
