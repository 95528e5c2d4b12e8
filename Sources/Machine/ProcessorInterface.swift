import Chipset
import Processor

/// Between a local APIC and its processor.
final class ProcessorInterface: LocalAPICClient {
  private unowned let processor: VirtualProcessor
  private unowned let localAPIC: LocalAPIC

  init(processor: VirtualProcessor, localAPIC: LocalAPIC) {
    self.processor = processor
    self.localAPIC = localAPIC
    localAPIC.client = self
  }

  func interruptRequestChanged() { processor.setInterruptPending(localAPIC.hasDeliverableInterrupt) }
  func raiseNonMaskableInterrupt() { processor.raiseNonMaskableInterrupt() }
  func raiseInit() { processor.raiseInit() }
  func raiseStartup(vector: UInt8) { processor.raiseStartup(vector: vector) }
  /// There is no system management mode.
  func raiseSystemManagementInterrupt() {}
}
