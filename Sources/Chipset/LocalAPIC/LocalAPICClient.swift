/// The processor that a local APIC belongs to.
public protocol LocalAPICClient: AnyObject {
  /// ``LocalAPIC/hasDeliverableInterrupt`` changed.
  func interruptRequestChanged()
  /// A non-maskable interrupt arrived.
  func raiseNonMaskableInterrupt()
  /// INIT arrived. The processor calls ``LocalAPIC/initialise()`` when it takes it.
  func raiseInit()
  /// A start-up IPI arrived; the processor starts at `vector << 12` if it waits for one.
  func raiseStartup(vector: UInt8)
  /// A system management interrupt arrived.
  func raiseSystemManagementInterrupt()
}
