/// The interrupt command register: an interrupt for other processors (APM volume 2, 16.5).
public struct InterruptCommand: Equatable, Sendable {
  /// Which processors besides the destination field.
  public enum Shorthand: UInt8, Sendable {
    /// Those that the destination field names.
    case none = 0
    /// The one that wrote the register.
    case sender = 1
    /// All.
    case everyone = 2
    /// All but the one that wrote the register.
    case everyoneElse = 3
  }

  /// Whom a command names.
  public enum Destination: Equatable, Sendable {
    /// The processor with an APIC ID; with all bits set, every processor.
    case physical(UInt32)
    /// The processors whose logical IDs match.
    case logical(UInt32)
    /// Those of a shorthand.
    case shorthand(Shorthand)
  }

  /// Where the destination field is.
  public enum Layout: Sendable {
    /// In the uppermost byte.
    case memory
    /// In the upper half.
    case x2APIC
  }

  private static let logicalDestination: UInt64 = 1 << 11
  /// Reads as zero: messages arrive at once.
  public static let deliveryStatus: UInt64 = 1 << 12
  private static let levelAsserted: UInt64 = 1 << 14
  private static let levelTriggered: UInt64 = 1 << 15
  /// Bits that must be zero in x2APIC mode.
  public static let x2APICReserved: UInt64 = 0xFFF << 20 | 3 << 16 | 1 << 13

  /// The register as software reads it.
  public var rawValue: UInt64

  /// The register as it was found.
  public init(rawValue: UInt64 = 0) { self.rawValue = rawValue }

  /// The register of two halves.
  public init(low: UInt32, high: UInt32) { rawValue = UInt64(high) << 32 | UInt64(low) }

  /// An edge-triggered interrupt.
  ///
  /// - Parameter layout: in that of memory a destination has 8 bits.
  public init(
    _ mode: DeliveryMode = .fixed, vector: UInt8 = 0, to destination: Destination, _ layout: Layout = .memory
  ) {
    rawValue = UInt64(vector) | UInt64(mode.rawValue) << 8 | Self.levelAsserted
    let shift: UInt64 = layout == .memory ? 56 : 32
    switch destination {
    case .physical(let identifier): rawValue |= UInt64(identifier) << shift
    case .logical(let identifiers): rawValue |= Self.logicalDestination | UInt64(identifiers) << shift
    case .shorthand(let shorthand): rawValue |= UInt64(shorthand.rawValue) << 18
    }
  }

  /// The lower half.
  public var low: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
  /// The upper half: the destination, in xAPIC mode in its upper byte.
  public var high: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
  /// The vector.
  public var vector: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
  /// The message type, also one that is reserved; 0 is a fixed interrupt.
  public var deliveryModeField: UInt8 { UInt8(rawValue >> 8 & 7) }
  /// The message type; `nil` if it is reserved.
  public var deliveryMode: DeliveryMode? { DeliveryMode(rawValue: deliveryModeField) }
  /// The destination is a logical one.
  public var isLogical: Bool { rawValue & Self.logicalDestination != 0 }
  /// The message is on its way still, which APICs tell that are not ours.
  public var isPending: Bool { rawValue & Self.deliveryStatus != 0 }
  /// The interrupt lasts.
  public var isLevelTriggered: Bool { rawValue & Self.levelTriggered != 0 }
  /// It begins and does not end.
  public var isLevelAsserted: Bool { rawValue & Self.levelAsserted != 0 }
  /// Who is meant.
  public var shorthand: Shorthand { Shorthand(rawValue: UInt8(rawValue >> 18 & 3)) ?? .none }
  /// The destination field.
  public func destinationField(_ layout: Layout) -> UInt32 { layout == .memory ? high >> 24 : high }
}
