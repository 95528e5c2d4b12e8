/// The boot host interface, by which a device gets its first firmware: offsets from ``MHIRegister/bhiOffset``, in bytes.
/// Each register has 32 bits; for an address the lower half is first.
public enum BHIRegister {
  /// The minor version.
  public static let minorVersion: UInt32 = 0x00
  /// The major version.
  public static let majorVersion: UInt32 = 0x04
  /// The address of the image, which lies in one piece.
  public static let imageAddress: UInt32 = 0x08
  /// The size of the image in bytes.
  public static let imageSize: UInt32 = 0x10
  /// Starts the download; the value names the session.
  public static let imageDoorbell: UInt32 = 0x18
  /// The interrupt vector for changes of state.
  public static let interruptVector: UInt32 = 0x20
  /// The number of the ``MHIExecutionEnvironment``.
  public static let executionEnvironment: UInt32 = 0x28
  /// How the download is going; see ``BHIStatus``.
  public static let status: UInt32 = 0x2C
  /// Why a download failed.
  public static let errorCode: UInt32 = 0x30
  /// More about that: three registers, 4 bytes apart.
  public static let errorDetails: UInt32 = 0x34
  /// The serial number.
  public static let serialNumber: UInt32 = 0x40
  /// Which older second boot loaders are refused.
  public static let antiRollbackVersion: UInt32 = 0x44
  /// The number of segments.
  public static let segmentCount: UInt32 = 0x48
  /// The identifier of the hardware: ``hardwareIdentifierCount`` registers.
  public static let hardwareIdentifier: UInt32 = 0x4C
  /// The registers of ``hardwareIdentifier``.
  public static let hardwareIdentifierCount: UInt32 = 6
  /// The hash of the maker's public key: ``publicKeyHashCount`` registers.
  public static let publicKeyHash: UInt32 = 0x64
  /// The registers of ``publicKeyHash``.
  public static let publicKeyHashCount: UInt32 = 16
}

/// The boot host interface for more than one piece: offsets from ``MHIRegister/bhieOffset``, in bytes. An address has its
/// lower half first. A vector is a table of ``BHIEVectorEntry``.
public enum BHIERegister {
  /// The identifier of the system on chip.
  public static let systemOnChip: UInt32 = 0x00
  /// The address of the vector from which the device fetches.
  public static let transmitVectorAddress: UInt32 = 0x2C
  /// The size of that vector in bytes.
  public static let transmitVectorSize: UInt32 = 0x34
  /// Starts the download; the value names the sequence.
  public static let transmitVectorDoorbell: UInt32 = 0x3C
  /// How it is going; see ``BHIStatus``.
  public static let transmitVectorStatus: UInt32 = 0x44
  /// The address of the vector to which the device stores its dump.
  public static let receiveVectorAddress: UInt32 = 0x60
  /// The size of that vector in bytes.
  public static let receiveVectorSize: UInt32 = 0x68
  /// Lets the device dump when it comes to that; the value names the sequence.
  public static let receiveVectorDoorbell: UInt32 = 0x70
  /// How it is going; see ``BHIStatus``.
  public static let receiveVectorStatus: UInt32 = 0x78
}

/// An entry of a vector of the boot host interface: offsets in bytes.
public enum BHIEVectorEntry {
  /// 64 bits: the address of a segment.
  public static let address = 0
  /// 64 bits: the size of the segment in bytes.
  public static let size = 8
  /// The size of an entry.
  public static let stride = 16
}

/// The registers that tell how a transfer of the boot host interface is going.
public struct BHIStatus: Equatable, Sendable {
  /// How it is going: bits 30 and 31.
  public enum Outcome: UInt32, Sendable {
    /// Nothing happened yet.
    case reset = 0
    /// All was transferred.
    case success = 2
    /// It failed.
    case error = 3
  }

  /// The register.
  public let rawValue: UInt32

  /// The register as it was read.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A register that says how the transfer of a session went.
  public init(_ outcome: Outcome, session: UInt32) {
    rawValue = outcome.rawValue << 30 | session & Self.sessionMask
  }

  /// The bits of a doorbell that name the session.
  public static let sessionMask: UInt32 = 0x3FFF_FFFF

  /// How it is going; `nil` for the number without a meaning.
  public var outcome: Outcome? { Outcome(rawValue: rawValue >> 30) }
  /// The session that it speaks of.
  public var session: UInt32 { rawValue & Self.sessionMask }
}
