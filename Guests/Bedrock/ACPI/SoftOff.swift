/// The sleep state in which the computer is off, S5: ACPI 6.5, sections 4.8.3.2 and 7.4.2.
public struct SoftOff: Sendable {
  private enum Control {
    static let acpiEnabled: UInt16 = 1 << 0
    static let sleepEnable: UInt16 = 1 << 13
    static func sleepType(_ value: UInt8) -> UInt16 { UInt16(value & 7) << 10 }
    static let sleepMask: UInt16 = 7 << 10 | sleepEnable
  }

  private let fixed: FixedDescription
  private let typeA: UInt8
  private let typeB: UInt8

  /// Looks for the object `_S5_` in the DSDT, or nil if it is not there.
  public init?(_ fixed: FixedDescription) {
    guard let (typeA, typeB) = fixed.differentiatedDescription.flatMap(Self.sleepTypes) else { return nil }
    self.fixed = fixed
    self.typeA = typeA
    self.typeB = typeB
  }

  /// Switches the computer off. Returns if nothing happened within the time the board is given.
  public func enter() {
    if let command = fixed.enableCommand, fixed.controlA.read16() & Control.acpiEnabled == 0 {
      command.port.write8(command.value)
      for _ in 0..<1_000_000 where fixed.controlA.read16() & Control.acpiEnabled == 0 {
        ProcessorControl.spinHint()
      }
    }
    Self.sleep(fixed.controlA, typeA)
    if let controlB = fixed.controlB { Self.sleep(controlB, typeB) }
    for _ in 0..<1_000_000 { ProcessorControl.spinHint() }
  }

  private static func sleep(_ port: IOPort, _ type: UInt8) {
    let others = port.read16() & ~Control.sleepMask
    port.write16(others | Control.sleepType(type) | Control.sleepEnable)
  }

  // MARK: - AML

  private static let packageOperator: UInt8 = 0x12

  /// The first two elements of the package named `_S5_`.
  ///
  /// Only the bytes of a definition "Name (_S5_, Package {a, b, ...})" are understood (ACPI 6.5, chapter 20),
  /// which is what boards have: executing AML is not needed.
  private static func sleepTypes(_ table: PhysicalBytes) -> (UInt8, UInt8)? {
    let nameSize: UInt64 = 4
    guard table.count > nameSize else { return nil }
    for offset in 0..<table.count - nameSize where table.hasText("_S5_", at: offset) {
      var position = offset + nameSize
      guard table.load(position, as: UInt8.self) == packageOperator,
        let lengthLead = table.load(position + 1, as: UInt8.self)
      else { continue }
      // The package length has as many further bytes as its lead byte's top two bits say; then comes the
      // number of elements.
      position += 3 + UInt64(lengthLead >> 6)
      guard let first = integer(table, &position), let second = integer(table, &position) else { continue }
      return (first, second)
    }
    return nil
  }

  /// An AML integer constant that fits a byte.
  private static func integer(_ table: PhysicalBytes, _ position: inout UInt64) -> UInt8? {
    let zero: UInt8 = 0x00
    let one: UInt8 = 0x01
    let bytePrefix: UInt8 = 0x0A
    guard let code = table.load(position, as: UInt8.self) else { return nil }
    position += 1
    if code == zero || code == one { return code }
    guard code == bytePrefix else { return nil }
    defer { position += 1 }
    return table.load(position, as: UInt8.self)
  }
}
