import Bus

/// How the interrupt pins of the functions lead to the inputs of the IOAPIC. The `_PRT` in the DSDT agrees.
public enum PCIInterruptRouting {
  /// The interrupts that pins may lead to, as ACPI numbers them.
  public static let globalSystemInterrupts = 16..<24

  /// The interrupt that `pin` of the device numbered `device` leads to. Neighbours get different ones.
  public static func globalSystemInterrupt(device: Int, pin: PCIInterruptPin) -> Int {
    let swizzled = (device &+ Int(pin.rawValue) &- 1) & (globalSystemInterrupts.count - 1)
    return globalSystemInterrupts.lowerBound + swizzled
  }
}

/// Joins the pins of all functions into the shared wires to the interrupt controller: a wire is asserted while
/// any of its pins is.
final class PCIInterruptWires {
  private let controller: any InterruptController
  /// One for each pin of each place on the bus.
  private var assertedPins = [Bool](repeating: false, count: PCIAddress.count * pinsPerFunction)
  /// How many pins assert each wire.
  private var assertedCounts = [Int](repeating: 0, count: PCIInterruptRouting.globalSystemInterrupts.count)

  private static let pinsPerFunction = PCIInterruptPin.allCases.count

  init(controller: any InterruptController) { self.controller = controller }

  /// Four inputs for the pins of the function at `address`.
  func inputs(for address: PCIAddress) -> any InterruptController {
    FunctionPins(wires: self, address: address)
  }

  private func set(_ pin: PCIInterruptPin, of address: PCIAddress, asserted: Bool) {
    let pinIndex = address.index * Self.pinsPerFunction + Int(pin.rawValue) - 1
    guard assertedPins[pinIndex] != asserted else { return }
    assertedPins[pinIndex] = asserted
    let interrupt = PCIInterruptRouting.globalSystemInterrupt(device: address.device, pin: pin)
    let wire = interrupt - PCIInterruptRouting.globalSystemInterrupts.lowerBound
    let before = assertedCounts[wire]
    assertedCounts[wire] = before + (asserted ? 1 : -1)
    if (before == 0) != (assertedCounts[wire] == 0) { controller.setLine(interrupt, asserted: asserted) }
  }

  func save(to writer: inout StateWriter) {
    for isAsserted in assertedPins { writer.write(isAsserted) }
  }

  /// The wires are not driven anew: the interrupt controller has its own state.
  func restore(from reader: inout StateReader) throws(StateError) {
    for wire in assertedCounts.indices { assertedCounts[wire] = 0 }
    for index in assertedPins.indices {
      assertedPins[index] = try reader.readBool()
      guard assertedPins[index],
        let pin = PCIInterruptPin(rawValue: UInt8(index % Self.pinsPerFunction + 1))
      else { continue }
      let device = PCIAddress(index: UInt8(index / Self.pinsPerFunction)).device
      let interrupt = PCIInterruptRouting.globalSystemInterrupt(device: device, pin: pin)
      assertedCounts[interrupt - PCIInterruptRouting.globalSystemInterrupts.lowerBound] += 1
    }
  }

  private final class FunctionPins: InterruptController {
    private let wires: PCIInterruptWires
    private let address: PCIAddress

    init(wires: PCIInterruptWires, address: PCIAddress) {
      self.wires = wires
      self.address = address
    }

    func setLine(_ number: Int, asserted: Bool) {
      guard let pin = PCIInterruptPin(rawValue: UInt8(truncatingIfNeeded: number &+ 1)) else { return }
      wires.set(pin, of: address, asserted: asserted)
    }
  }
}
