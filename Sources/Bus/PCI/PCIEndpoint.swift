/// The identifiers in the header of a function.
public struct PCIIdentity: Equatable, Sendable {
  /// The vendor's number, as the PCI-SIG gave it.
  public var vendor: UInt16
  /// The function's number, as the vendor gave it.
  public var device: UInt16
  /// The revision.
  public var revision: UInt8
  /// Base class, subclass and programming interface as 24 bits.
  public var classCode: UInt32
  /// The vendor of the card.
  public var subsystemVendor: UInt16
  /// The number of the card.
  public var subsystem: UInt16

  /// The identifiers of a function; the card's are zero unless told.
  public init(
    vendor: UInt16, device: UInt16, revision: UInt8, classCode: UInt32, subsystemVendor: UInt16 = 0,
    subsystem: UInt16 = 0
  ) {
    self.vendor = vendor
    self.device = device
    self.revision = revision
    self.classCode = classCode
    self.subsystemVendor = subsystemVendor
    self.subsystem = subsystem
  }
}

/// A range of addresses or ports that a function answers at now.
public struct PCIDecodedRegion: Equatable, Sendable {
  /// The base address register that it is behind, 0 to 5.
  public let baseAddressRegister: Int
  /// Whether the range is in the I/O port space.
  public let isIO: Bool
  /// The first address or port.
  public let base: UInt64
  /// The number of bytes or ports.
  public let size: UInt64
}

/// The part of a function that the PCI specification describes: its configuration space, what that makes it
/// decode, and its ways to interrupt and to reach memory. Every ``PCIFunction`` has one.
public final class PCIEndpoint {
  /// Where the function is.
  public let address: PCIAddress
  /// The function's way to memory.
  public let busMaster: BusMaster
  /// The registers.
  public private(set) var configuration: ConfigurationSpace
  /// The six base address registers; `nil` where there is none, or the upper half of a wide one.
  public let baseAddressRegisters: [BaseAddressRegister?]
  /// Called when the ranges that the function decodes may have changed.
  public var decodingChanged: (() -> Void)?

  /// Called when software resets the function alone.
  public var functionLevelReset: (() -> Void)?

  private let line: InterruptLine?
  private var powerManagement: PowerManagementCapability?
  private var express: Int?
  private var msi: MSICapability?
  private var msix: MSIXCapability?
  private var isLineDriven = false

  /// A function in `slot`. `baseAddressRegisters` is keyed by index, 0 to 5; `interruptPin` is `nil` for one
  /// that never drives a pin.
  public init(
    slot: PCISlot, identity: PCIIdentity, extent: ConfigurationSpace.Extent = .conventional,
    baseAddressRegisters: KeyValuePairs<Int, BaseAddressRegister> = [:], interruptPin: PCIInterruptPin? = nil
  ) {
    address = slot.address
    busMaster = BusMaster(slot: slot)
    line = interruptPin.map(slot.line(of:))
    var space = ConfigurationSpace(extent)
    var registers = [BaseAddressRegister?](repeating: nil, count: PCIRegister.baseAddressCount)
    for (index, register) in baseAddressRegisters {
      space.define(register, at: index)
      registers[index] = register
    }
    self.baseAddressRegisters = registers
    space.defineHeader(identity, registers: registers.compactMap(\.self), interruptPin: interruptPin)
    configuration = space
  }

  // MARK: Definition

  /// Adds registers of the function's own; `body` gets the space.
  public func define<Result>(_ body: (inout ConfigurationSpace) -> Result) -> Result { body(&configuration) }

  /// Adds message-signalled interrupts with registers in configuration space.
  public func addMSI(
    vectorCount: Int, addressing: MSICapability.Addressing = .bits64,
    masking: MSICapability.Masking = .perVector
  ) {
    msi = MSICapability(
      in: &configuration, vectorCount: vectorCount, addressing: addressing, masking: masking)
  }

  /// Adds message-signalled interrupts with a table in memory.
  public func addMSIX(vectorCount: Int, layout: MSIXCapability.Layout) {
    msix = MSIXCapability(in: &configuration, vectorCount: vectorCount, layout: layout)
  }

  /// Adds power management.
  public func addPowerManagement(wake: PowerManagementCapability.Wake) {
    powerManagement = PowerManagementCapability(in: &configuration, wake: wake)
  }

  /// Adds the PCI Express capability of a function that software can reset; see ``functionLevelReset``.
  public func addExpress(_ type: ExpressCapability.FunctionType) {
    express = ExpressCapability.append(to: &configuration, type: type, functionLevelReset: .supported)
  }

  /// Tells software that the device has more functions than this one, which is its function 0.
  public func markMultifunction() {
    let type: UInt8 = configuration.load(PCIRegister.headerType)
    configuration.define(PCIRegister.headerType, value: type | PCIRegister.multifunction)
  }

  // MARK: Configuration

  /// The Command register.
  public var command: PCICommand { PCICommand(rawValue: configuration.load(PCIRegister.command)) }

  /// Reads configuration space for software.
  public func readConfiguration(_ offset: Int, width: AccessWidth) -> UInt32 {
    configuration.read(offset, width: width)
  }

  /// Writes configuration space for software, and does what that asks for.
  public func writeConfiguration(_ offset: Int, width: AccessWidth, value: UInt32) {
    let wasOn = isOn
    if let powerManagement {
      powerManagement.write(in: &configuration) { $0.write(offset, width: width, value: value) }
    } else {
      configuration.write(offset, width: width, value: value)
    }
    let end = offset &+ width.rawValue
    let isHeader = end > PCIRegister.command && offset < PCIRegister.baseAddresses.upperBound
    if isHeader || isOn != wasOn { decodingChanged?() }
    applyControls()
    if let express, ExpressCapability.takeFunctionLevelReset(in: &configuration, at: express) {
      functionLevelReset?()
    }
  }

  /// Whether the function is in D0: only then it answers in memory and reaches it.
  public var isOn: Bool { powerManagement?.isOn(in: configuration) ?? true }

  /// Asks to be woken, if that is possible.
  public func requestWake() { powerManagement?.requestWake(in: &configuration) }

  /// The ranges that the function answers at now, in the order of the registers.
  public var decodedRegions: [PCIDecodedRegion] {
    guard isOn else { return [] }
    let command = command
    var regions: [PCIDecodedRegion] = []
    for (index, register) in baseAddressRegisters.enumerated() {
      guard let register else { continue }
      let isIO = register.space == .io
      guard command.contains(isIO ? .ioSpace : .memorySpace) else { continue }
      regions.append(
        PCIDecodedRegion(
          baseAddressRegister: index, isIO: isIO, base: configuration.address(of: register, at: index),
          size: register.size))
    }
    return regions
  }

  /// Does what firmware does before software sees the function: chooses the address of one register.
  public func assign(_ address: UInt64, toBaseAddressRegister index: Int) {
    guard baseAddressRegisters.indices ~= index, let register = baseAddressRegisters[index] else { return }
    configuration.setAddress(address, of: register, at: index)
    decodingChanged?()
  }

  // MARK: Interrupts

  /// Whether software has chosen messages over the pin.
  public var usesMessages: Bool {
    msi?.isEnabled(in: configuration) == true || msix?.isEnabled(in: configuration) == true
  }

  /// Sends the message of `vector` if software enabled messages; a masked one waits.
  ///
  /// - Returns: whether it was sent.
  @discardableResult
  public func signal(vector: Int) -> Bool {
    guard busMaster.isEnabled else { return false }
    let message =
      msix?.isEnabled(in: configuration) == true
      ? msix?.signal(vector, in: configuration) : msi?.signal(vector, in: &configuration)
    guard let message else { return false }
    busMaster.send(message)
    return true
  }

  /// Whether the function asks for attention by its pin. The pin follows while software allows it.
  public var isInterruptPending: Bool {
    get { PCIStatus(rawValue: configuration.load(PCIRegister.status)).contains(.interrupt) }
    set {
      var status = PCIStatus(rawValue: configuration.load(PCIRegister.status))
      if newValue { status.insert(.interrupt) } else { status.remove(.interrupt) }
      configuration.store(status.rawValue, at: PCIRegister.status)
      driveLine()
    }
  }

  private func driveLine() {
    let asserted = isInterruptPending && !usesMessages && !command.contains(.interruptDisable)
    guard asserted != isLineDriven else { return }
    isLineDriven = asserted
    line?.set(asserted: asserted)
  }

  private func applyControls() {
    openBusMaster()
    sendPendingMessages()
    driveLine()
  }

  private func openBusMaster() { busMaster.isEnabled = command.contains(.busMaster) && isOn }

  private func sendPendingMessages() {
    guard busMaster.isEnabled else { return }
    let messages =
      (msix?.takePending(in: configuration) ?? []) + (msi?.takePending(in: &configuration) ?? [])
    for message in messages { busMaster.send(message) }
  }

  // MARK: The message table in memory

  /// Reads the MSI-X table or its pending bits; `nil` if they are not there.
  func readMessageTable(_ register: Int, offset: UInt64, width: AccessWidth) -> UInt64? {
    msix?.read(register, offset: offset, width: width)
  }

  /// Writes the MSI-X table; `false` if it is not there.
  func writeMessageTable(_ register: Int, offset: UInt64, width: AccessWidth, value: UInt64) -> Bool {
    guard msix?.write(register, offset: offset, width: width, value: value) == true else { return false }
    sendPendingMessages()
    return true
  }

  // MARK: State

  /// Puts everything to its power-on value.
  public func reset() {
    configuration.reset()
    msix?.reset()
    applyControls()
    decodingChanged?()
  }

  /// Writes the whole state.
  public func save(to writer: inout StateWriter) {
    configuration.save(to: &writer)
    msix?.save(to: &writer)
    writer.write(isLineDriven)
  }

  /// Reads back what ``save(to:)`` wrote. The wire is not driven anew: what it leads to has its own state.
  public func restore(from reader: inout StateReader) throws(StateError) {
    try configuration.restore(from: &reader)
    try msix?.restore(from: &reader)
    isLineDriven = try reader.readBool()
    openBusMaster()
    decodingChanged?()
  }
}

extension ConfigurationSpace {
  fileprivate mutating func defineHeader(
    _ identity: PCIIdentity, registers: [BaseAddressRegister], interruptPin: PCIInterruptPin?
  ) {
    define(PCIRegister.vendorID, value: identity.vendor)
    define(PCIRegister.deviceID, value: identity.device)
    var commands: PCICommand = [.busMaster, .parityErrorResponse, .systemErrorEnable]
    if registers.contains(where: { $0.space == .io }) { commands.insert(.ioSpace) }
    if registers.contains(where: { $0.space != .io }) { commands.insert(.memorySpace) }
    if interruptPin != nil { commands.insert(.interruptDisable) }
    define(PCIRegister.command, value: UInt16(0), writable: commands.rawValue)
    define(PCIRegister.status, value: UInt16(0), clearable: PCIStatus.errors.rawValue)
    define(PCIRegister.revisionID, value: UInt32(identity.revision) | identity.classCode << 8)
    define(PCIRegister.cacheLineSize, value: UInt8(0), writable: ~0)
    define(PCIRegister.subsystemVendorID, value: identity.subsystemVendor)
    define(PCIRegister.subsystemID, value: identity.subsystem)
    define(PCIRegister.interruptLine, value: UInt8(0), writable: interruptPin == nil ? 0 : ~0)
    define(PCIRegister.interruptPin, value: interruptPin?.rawValue ?? 0)
  }
}
