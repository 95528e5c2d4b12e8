/// A declaration or a statement of ACPI's machine language (ACPI 6.5, 20.2.5).
indirect enum AMLTerm {
  case scope(AMLName, [AMLTerm])
  case device(AMLName, [AMLTerm])
  case name(AMLName, AMLValue)
  /// A method that is run by one thread at a time.
  case method(AMLName, argumentCount: UInt8, [AMLTerm])
  /// Names the 32 bits at a byte's index in a buffer.
  case doubleWordField(AMLName, of: AMLValue, at: UInt64)
  case choice(if: AMLValue, then: [AMLTerm], else: [AMLTerm])
  /// Sets bits in an object.
  case setBits(UInt64, in: AMLName)
  case result(AMLValue)

  private enum Opcode {
    static let name: UInt8 = 0x08
    static let scope: UInt8 = 0x10
    static let method: UInt8 = 0x14
    static let or: UInt8 = 0x7D
    static let createDoubleWordField: UInt8 = 0x8A
    static let `if`: UInt8 = 0xA0
    static let `else`: UInt8 = 0xA1
    static let `return`: UInt8 = 0xA4
    static let device: [UInt8] = [0x5B, 0x82]
  }

  /// The flag of a method that is run by one thread at a time; the number of arguments is below it.
  private static let serialized: UInt8 = 1 << 3

  /// The term in AML.
  var bytes: [UInt8] {
    switch self {
    case .scope(let name, let terms):
      [Opcode.scope] + AMLPackage.prefixed(name.bytes + Self.encode(terms))
    case .device(let name, let terms):
      Opcode.device + AMLPackage.prefixed(name.bytes + Self.encode(terms))
    case .name(let name, let value):
      [Opcode.name] + name.bytes + value.bytes
    case .method(let name, let argumentCount, let terms):
      [Opcode.method]
        + AMLPackage.prefixed(name.bytes + [Self.serialized | argumentCount & 7] + Self.encode(terms))
    case .doubleWordField(let name, let buffer, let index):
      [Opcode.createDoubleWordField] + buffer.bytes + AMLValue.integer(index).bytes + name.bytes
    case .choice(let condition, let then, let otherwise):
      [Opcode.if] + AMLPackage.prefixed(condition.bytes + Self.encode(then))
        + (otherwise.isEmpty ? [] : [Opcode.else] + AMLPackage.prefixed(Self.encode(otherwise)))
    case .setBits(let bits, let name):
      [Opcode.or] + name.bytes + AMLValue.integer(bits).bytes + name.bytes
    case .result(let value):
      [Opcode.return] + value.bytes
    }
  }

  /// A list of terms in AML.
  static func encode(_ terms: [AMLTerm]) -> [UInt8] {
    terms.flatMap(\.bytes)
  }
}
