import Bus

/// The interrupt controller of the board: 24 inputs, each with a vector and a destination of its own.
///
/// The polarity bits are stored only: a line that is asserted is active.
public final class IOAPIC: MemoryMappedDevice, InterruptController, EndOfInterruptObserver {
  /// The number of inputs.
  public static let inputCount = 24

  /// Names the device on the board.
  public let name = "ioapic"

  private unowned let router: InterruptRouter
  private let initialIdentifier: UInt8
  private var index: UInt8 = 0
  private var identifier: UInt32 = 0
  private var entries = [RedirectionEntry](repeating: RedirectionEntry(), count: inputCount)
  /// The levels of the inputs; bit 0 is input 0.
  private var lines: UInt32 = 0

  /// An IOAPIC whose inputs are all masked, attached to `router`, which must outlive it.
  ///
  /// `identifier`, 0 to 15, is what its ID register says at reset.
  public init(router: InterruptRouter, identifier: UInt8 = 0) {
    self.router = router
    initialIdentifier = identifier
    router.attach(self)
    reset()
  }

  /// Masks every input.
  public func reset() {
    index = 0
    identifier = UInt32(initialIdentifier) << 24 & IOAPICRegister.identifierField
    entries = [RedirectionEntry](repeating: RedirectionEntry(), count: Self.inputCount)
  }

  // MARK: - Inputs

  /// Drives an input; numbers from ``inputCount`` on lead nowhere.
  public func setLine(_ number: Int, asserted: Bool) {
    guard entries.indices.contains(number) else { return }
    let bit: UInt32 = 1 << UInt32(number)
    guard asserted != (lines & bit != 0) else { return }
    lines ^= bit
    router.tracePoints.lineChanged(number, asserted: asserted)
    guard asserted else { return }
    if entries[number].isLevelTriggered {
      requestLevel(number)
    } else if !entries[number].isMasked, let message = entries[number].message {
      // An edge at a masked input is lost (82093AA data sheet, 3.2.4, "Interrupt Mask").
      router.send(message)
    }
  }

  /// Sends the interrupt of a level-triggered input that is active, unless the last one has not ended.
  private func requestLevel(_ number: Int) {
    let entry = entries[number]
    guard lines & 1 << UInt32(number) != 0, entry.isLevelTriggered, !entry.isMasked, !entry.awaitsEnd,
      let message = entry.message
    else { return }
    // Only interrupts that a processor ends are waited for.
    entries[number].awaitsEnd = message.deliveryMode == .fixed || message.deliveryMode == .lowestPriority
    router.send(message)
  }

  /// Clears the entries that wait for the end of this vector, and asks again where the line is still active.
  public func endOfInterrupt(vector: UInt8) {
    for number in entries.indices where entries[number].awaitsEnd && entries[number].vector == vector {
      entries[number].awaitsEnd = false
      requestLevel(number)
    }
  }

  // MARK: - Registers

  /// Reads the index, or the register that it selects; the rest of the page is zero.
  public func readRegister(_ offset: UInt64, width: AccessWidth) -> UInt64 {
    let value: UInt32
    switch offset & ~3 {
    case IOAPICOffset.index: value = UInt32(index)
    case IOAPICOffset.data: value = readSelected()
    default: value = 0
    }
    return UInt64(value) >> (offset % 4 * 8) & width.mask
  }

  /// Writes the index, the register that it selects, or the vector whose interrupt ended.
  public func writeRegister(_ offset: UInt64, width: AccessWidth, value: UInt64) {
    switch offset {
    case IOAPICOffset.index: index = UInt8(truncatingIfNeeded: value)
    case IOAPICOffset.data where width == .doubleword: writeSelected(UInt32(truncatingIfNeeded: value))
    case IOAPICOffset.endOfInterrupt: endOfInterrupt(vector: UInt8(truncatingIfNeeded: value))
    default: break
    }
  }

  /// Which entry the index selects, and whether it is the upper half.
  private var selectedEntry: (number: Int, isUpper: Bool)? {
    guard index >= IOAPICRegister.redirectionTable else { return nil }
    let position = Int(index - IOAPICRegister.redirectionTable)
    return position / 2 < Self.inputCount ? (position / 2, position % 2 == 1) : nil
  }

  private func readSelected() -> UInt32 {
    switch index {
    case IOAPICRegister.identifier, IOAPICRegister.arbitration: return identifier
    case IOAPICRegister.version:
      return IOAPICRegister.versionNumber | UInt32(Self.inputCount - 1) << 16
    default:
      guard let (number, isUpper) = selectedEntry else { return 0 }
      return UInt32(truncatingIfNeeded: entries[number].rawValue >> (isUpper ? 32 : 0))
    }
  }

  private func writeSelected(_ value: UInt32) {
    if index == IOAPICRegister.identifier { identifier = value & IOAPICRegister.identifierField }
    guard let (number, isUpper) = selectedEntry else { return }
    let old = entries[number].rawValue
    entries[number].write(
      isUpper ? old & 0xFFFF_FFFF | UInt64(value) << 32 : old & ~0xFFFF_FFFF | UInt64(value))
    requestLevel(number)
  }

  // MARK: - State

  /// Writes the registers and the levels of the lines.
  public func save(to writer: inout StateWriter) {
    writer.write(index)
    writer.write(identifier)
    for entry in entries { writer.write(entry.rawValue) }
    writer.write(lines)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    index = try reader.read()
    identifier = try reader.read()
    for number in entries.indices {
      guard let entry = RedirectionEntry(saved: try reader.read()) else { throw .invalid }
      entries[number] = entry
    }
    lines = try reader.read()
    guard lines >> UInt32(Self.inputCount) == 0 else { throw .invalid }
  }
}
