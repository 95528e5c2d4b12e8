/// A kind of event: what it is called, what it tells and how a person reads it.
///
/// Declared once, for the machine, for bare-metal guests and for every file that is written. Names, types and formats
/// are those of Linux's ftrace, so that its tools read them (Linux, Documentation/trace/events.rst).
public struct TraceEvent: Sendable {
  /// The group of events, such as `irq`.
  public let system: StaticString
  /// The name in its group.
  public let name: StaticString
  /// What a record holds behind ``TraceRecord``'s common header, in order.
  public let fields: [TraceField]
  /// The text, in the notation of `printf`, without an end of line.
  public let format: StaticString
  /// What stands for the conversions in ``format``.
  public let arguments: [TraceArgument]

  /// A declaration of these parts.
  public init(
    _ system: StaticString, _ name: StaticString, _ fields: [TraceField], format: StaticString,
    _ arguments: [TraceArgument]
  ) {
    self.system = system
    self.name = name
    self.fields = fields
    self.format = format
    self.arguments = arguments
  }
}

extension TraceEvent {
  /// Whether this is the declaration of the same event, by its system and name.
  public func isSame(as other: TraceEvent) -> Bool {
    Self.areEqual(name, other.name) && Self.areEqual(system, other.system)
  }

  private static func areEqual(_ first: StaticString, _ second: StaticString) -> Bool {
    UnsafeBufferPointer(start: first.utf8Start, count: first.utf8CodeUnitCount)
      .elementsEqual(UnsafeBufferPointer(start: second.utf8Start, count: second.utf8CodeUnitCount))
  }
}

/// A field of a record.
public struct TraceField: Sendable {
  /// The type of a field, by its name in C.
  public enum Kind: UInt8, Sendable {
    /// `int`.
    case int
    /// `uint8_t`.
    case uint8
    /// `uint16_t`.
    case uint16
    /// `uint32_t`.
    case uint32
    /// `uint64_t`.
    case uint64
    /// `void *`.
    case pointer
    /// `const char *`: the address of a text that does not change.
    case constantText
    /// `__data_loc char[]`: where a text lies behind the fields; its offset in the lower and its length with the final
    /// zero in the upper half.
    case text
  }

  /// The name.
  public let name: StaticString
  /// The type.
  public let kind: Kind

  /// A field of these parts.
  public init(_ name: StaticString, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }
}

extension TraceField.Kind {
  /// The size in a record, in bytes; the alignment is the same.
  public var size: Int {
    switch self {
    case .uint8: 1
    case .uint16: 2
    case .int, .uint32, .text: 4
    case .uint64, .pointer, .constantText: 8
    }
  }

  /// The type in C.
  public var typeName: StaticString {
    switch self {
    case .int: "int"
    case .uint8: "uint8_t"
    case .uint16: "uint16_t"
    case .uint32: "uint32_t"
    case .uint64: "uint64_t"
    case .pointer: "void *"
    case .constantText: "const char *"
    case .text: "__data_loc char[]"
    }
  }

  /// Values can be below zero.
  public var isSigned: Bool { self == .int }
}

/// What stands for a conversion in a format.
public enum TraceArgument: Sendable {
  /// The field with this number, counted from 0.
  case field(Int)
  /// The name of the field's value, or the value as a hexadecimal number if it has none.
  case symbol(Int, [TraceSymbol])
}

/// A value with its name.
public struct TraceSymbol: Sendable {
  /// The value.
  public let value: Int64
  /// The name.
  public let name: StaticString

  /// A value with its name.
  ///
  /// Not inlined: Swift 6.3's compiler for embedded targets crashes over events that are constants with arrays in arrays.
  @inline(never)
  public init(_ value: Int64, _ name: StaticString) {
    self.value = value
    self.name = name
  }
}

/// What every record begins with.
public enum TraceRecord {
  /// 16 bits: the number of the event.
  public static let event = 0
  /// 8 bits: see ``TraceFlags``.
  public static let flags = 2
  /// 8 bits.
  public static let preemptionCount = 3
  /// 32 bits: the task.
  public static let task = 4
  /// The size of the header.
  public static let headerSize = 8
}

/// The state in which an event happened (Linux, TRACE_FLAG).
public struct TraceFlags: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// The set with these bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Interrupts are disabled.
  public static let interruptsDisabled = TraceFlags(rawValue: 1 << 0)
  /// The scheduler was asked for.
  public static let rescheduleNeeded = TraceFlags(rawValue: 1 << 2)
  /// In an interrupt handler.
  public static let interrupt = TraceFlags(rawValue: 1 << 3)
  /// In a soft interrupt.
  public static let softInterrupt = TraceFlags(rawValue: 1 << 4)
  /// The scheduler was asked for by preemption.
  public static let preemptionNeeded = TraceFlags(rawValue: 1 << 5)
  /// In a non-maskable interrupt.
  public static let nonMaskableInterrupt = TraceFlags(rawValue: 1 << 6)
  /// Soft interrupts are disabled.
  public static let softInterruptsDisabled = TraceFlags(rawValue: 1 << 7)
}
