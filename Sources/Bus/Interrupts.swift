/// A controller that interrupt lines lead to.
public protocol InterruptController: AnyObject {
  /// Drives input `number` high or low. Level and edge are the controller's business.
  func setLine(_ number: Int, asserted: Bool)
}

/// One wire from a device to an interrupt controller.
public struct InterruptLine {
  private let controller: any InterruptController
  private let number: Int

  /// The wire to input `number` of `controller`.
  public init(controller: any InterruptController, number: Int) {
    self.controller = controller
    self.number = number
  }

  /// Drives the wire.
  public func set(asserted: Bool) { controller.setLine(number, asserted: asserted) }
}

/// What accepts message-signalled interrupts: stores that a device makes into the range 0xFEEx_xxxx.
public protocol MessageInterruptSink: AnyObject {
  /// Takes the message as the PCI specification and the APM (volume 2, 16.11) lay it out.
  func deliver(address: UInt64, data: UInt32)
}
