/// Offsets in configuration space of the registers that every function has, and of the type 0 header
/// (PCI Local Bus Specification 3.0, section 6.1).
public enum PCIRegister {
  /// Who made the function: 16 bits.
  public static let vendorID = 0x00
  /// Which of the vendor's functions it is: 16 bits.
  public static let deviceID = 0x02
  /// What the function may do: ``PCICommand``, 16 bits.
  public static let command = 0x04
  /// What happened on the bus: ``PCIStatus``, 16 bits.
  public static let status = 0x06
  /// The revision: 8 bits.
  public static let revisionID = 0x08
  /// Programming interface, subclass and base class, from the low byte to the high one: 24 bits.
  public static let classCode = 0x09
  /// The size of the processor's cache line in doublewords: 8 bits.
  public static let cacheLineSize = 0x0C
  /// The layout of the header and ``multifunction``: 8 bits.
  public static let headerType = 0x0E
  /// The first of six base address registers of 32 bits.
  public static let baseAddress0 = 0x10
  /// Who made the card: 16 bits.
  public static let subsystemVendorID = 0x2C
  /// Which of that vendor's cards it is: 16 bits.
  public static let subsystemID = 0x2E
  /// The offset of the first capability: 8 bits.
  public static let capabilitiesPointer = 0x34
  /// Where software notes the routing of the interrupt pin: 8 bits.
  public static let interruptLine = 0x3C
  /// Which pin the function drives, ``PCIInterruptPin``, or zero: 8 bits.
  public static let interruptPin = 0x3D

  /// The number of base address registers in a type 0 header.
  public static let baseAddressCount = 6
  /// The offsets of the base address registers.
  public static let baseAddresses = 0x10..<0x28
  /// Where capabilities may lie in conventional configuration space.
  public static let capabilities = 0x40..<0x100
  /// Where the list of extended capabilities starts (PCI Express Base Specification, 7.6).
  public static let extendedCapabilities = 0x100..<0x1000

  /// The bit of the header type that tells of functions besides function 0.
  public static let multifunction: UInt8 = 1 << 7
}

/// The Command register (PCI 3.0, 6.2.2).
public struct PCICommand: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt16
  /// The register with these bits.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The function answers in the I/O port space.
  public static let ioSpace = PCICommand(rawValue: 1 << 0)
  /// The function answers in the physical address space.
  public static let memorySpace = PCICommand(rawValue: 1 << 1)
  /// The function may access memory and send message-signalled interrupts.
  public static let busMaster = PCICommand(rawValue: 1 << 2)
  /// The function reports parity errors.
  public static let parityErrorResponse = PCICommand(rawValue: 1 << 6)
  /// The function may report system errors.
  public static let systemErrorEnable = PCICommand(rawValue: 1 << 8)
  /// The function must not drive its interrupt pin.
  public static let interruptDisable = PCICommand(rawValue: 1 << 10)
}

/// The Status register (PCI 3.0, 6.2.3).
public struct PCIStatus: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt16
  /// The register with these bits.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The function has an interrupt pending for its pin, whether or not the pin may be driven.
  public static let interrupt = PCIStatus(rawValue: 1 << 3)
  /// ``PCIRegister/capabilitiesPointer`` leads to a list.
  public static let capabilitiesList = PCIStatus(rawValue: 1 << 4)
  /// The error bits, which software clears by writing ones to them.
  public static let errors = PCIStatus(rawValue: 0xF900)
}

/// What a capability in the list is (PCI 3.0, appendix H).
public enum PCICapabilityID: UInt8, Sendable {
  /// Power management.
  case powerManagement = 0x01
  /// Message-signalled interrupts.
  case messageSignaledInterrupts = 0x05
  /// Defined by the vendor.
  case vendorSpecific = 0x09
  /// PCI Express.
  case express = 0x10
  /// Message-signalled interrupts with a table in memory.
  case extendedMessageSignaledInterrupts = 0x11
}

/// One of the four pins by which a function may interrupt; the raw value is that of the Interrupt Pin register.
public enum PCIInterruptPin: UInt8, Sendable, CaseIterable {
  case intA = 1
  case intB
  case intC
  case intD
}
