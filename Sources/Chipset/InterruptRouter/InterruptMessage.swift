import Interfaces

/// Whether an interrupt is a moment or a condition.
public enum TriggerMode: UInt8, Sendable {
  /// Requested once for each edge.
  case edge = 0
  /// Requested as long as the line is active; the end of the interrupt is told to the source.
  case level = 1
}

/// Which processors an interrupt message is for.
public enum InterruptDestination: Equatable, Sendable {
  /// Every processor.
  case broadcast
  /// The processor with this APIC ID.
  case physical(UInt32)
  /// The processors whose logical destination registers match.
  case logical(UInt32)

  /// The destination field of eight bits that the xAPIC, the IOAPIC and MSI use.
  init(field: UInt8, isLogical: Bool) {
    if isLogical {
      self = .logical(UInt32(field))
    } else {
      self = field == 0xFF ? .broadcast : .physical(UInt32(field))
    }
  }

  /// The destination field of 32 bits that the x2APIC uses.
  init(wideField: UInt32, isLogical: Bool) {
    if wideField == .max {
      self = .broadcast
    } else {
      self = isLogical ? .logical(wideField) : .physical(wideField)
    }
  }
}

/// One interrupt on its way to local APICs.
public struct InterruptMessage: Equatable, Sendable {
  /// Who takes it.
  public var destination: InterruptDestination
  /// What it does there.
  public var deliveryMode: DeliveryMode
  /// The vector; a page number for ``DeliveryMode/startup``.
  public var vector: UInt8
  /// Whether its end is told to the IOAPICs.
  public var triggerMode: TriggerMode

  /// A message with these fields.
  public init(
    destination: InterruptDestination, deliveryMode: DeliveryMode, vector: UInt8,
    triggerMode: TriggerMode = .edge
  ) {
    self.destination = destination
    self.deliveryMode = deliveryMode
    self.vector = vector
    self.triggerMode = triggerMode
  }
}
