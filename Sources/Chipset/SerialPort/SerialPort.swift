import Bus

/// The far end of a serial line.
public protocol SerialBackend: AnyObject {
  /// Takes a character that the guest sent.
  func transmit(_ byte: UInt8)
}

/// A 16550A serial port (PC16550D data sheet), as the PC wires it.
///
/// The line is infinitely fast outwards: a character that is written has been sent. Inwards it is as fast as
/// the guest reads: the machine offers characters with ``receive(_:)`` and none is lost.
public final class SerialPort: PortDevice {
  private typealias Register = SerialPortRegister

  /// Names the device on the board.
  public let name: String
  /// The far end of the line.
  public var backend: (any SerialBackend)?
  /// Called when characters can be received again.
  public var roomBecameAvailable: (() -> Void)?

  private let interrupt: InterruptLine
  private let clock: EventQueue

  private var receiver = SerialReceiver()
  private var triggerLevel = 1
  private var interruptEnable: SerialInterruptEnable = []
  private var lineControl: UInt8 = 0
  private var modemControl: ModemControl = []
  private var modemChanges: ModemStatus = []
  private var scratch: UInt8 = 0
  private var divisor = initialDivisor
  /// The transmitter became empty and nobody was told.
  private var isTransmitterInterruptPending = false
  private var isTimeoutPending = false
  private lazy var timeout = clock.makeAlarm { [unowned self] in
    isTimeoutPending = true
    updateInterrupt()
  }

  /// What firmware leaves: 115,200 bits a second. A divisor of zero would make some guests divide by it.
  private static let initialDivisor: UInt16 = 1
  /// The frequency of the crystal in hertz; 16 periods times the divisor make one bit.
  private static let crystalFrequency: UInt64 = 1_843_200

  /// A port called `name` that interrupts through `interrupt`.
  public init(name: String, interrupt: InterruptLine, clock: EventQueue) {
    self.name = name
    self.interrupt = interrupt
    self.clock = clock
    _ = timeout
  }

  /// Empties the receiver and turns every interrupt off.
  public func reset() {
    receiver = SerialReceiver()
    triggerLevel = 1
    interruptEnable = []
    lineControl = 0
    modemControl = []
    modemChanges = []
    scratch = 0
    divisor = Self.initialDivisor
    isTransmitterInterruptPending = false
    isTimeoutPending = false
    timeout.cancel()
    updateInterrupt()
    roomBecameAvailable?()
  }

  // MARK: - Receiving

  /// How many characters the port has room for. In loopback the line is cut off.
  public var receiveCapacity: Int { modemControl.contains(.loopback) ? 0 : receiver.room }

  /// Offers a character from the line; `false` if there is no room for it now.
  public func receive(_ byte: UInt8) -> Bool {
    guard receiveCapacity > 0 else { return false }
    take(SerialReceiver.Character(byte: byte & dataMask))
    return true
  }

  /// Offers a break on the line; `false` if there is no room for it now.
  public func receiveBreak() -> Bool {
    guard receiveCapacity > 0 else { return false }
    take(SerialReceiver.Character(byte: 0, errors: .breakInterrupt))
    return true
  }

  private func take(_ character: SerialReceiver.Character) {
    receiver.append(character)
    restartTimeout()
    updateInterrupt()
  }

  private func readData() -> UInt8 {
    let byte = receiver.next()
    isTimeoutPending = false
    restartTimeout()
    updateInterrupt()
    if receiveCapacity > 0 { roomBecameAvailable?() }
    return byte
  }

  /// The bits of a character that the word length leaves.
  private var dataMask: UInt8 { 0xFF >> (3 - lineControl & LineControl.wordLength) }

  /// How long a character takes on the line, in nanoseconds.
  private var characterTime: UInt64 {
    var bits = 1 + 5 + UInt64(lineControl & LineControl.wordLength) + 1
    if lineControl & LineControl.twoStopBits != 0 { bits += 1 }
    if lineControl & LineControl.parity != 0 { bits += 1 }
    return bits * 16 * UInt64(divisor) * 1_000_000_000 / Self.crystalFrequency
  }

  /// Characters below the trigger level interrupt when nothing happened for four character times.
  private func restartTimeout() {
    let isWaiting = receiver.isFIFOEnabled && receiver.count > 0 && interruptEnable.contains(.receivedData)
    if isWaiting { timeout.set(at: clock.now &+ 4 * characterTime) } else { timeout.cancel() }
  }

  // MARK: - Transmitting

  private func writeData(_ byte: UInt8) {
    let byte = byte & dataMask
    if modemControl.contains(.loopback) {
      take(SerialReceiver.Character(byte: byte))
    } else {
      backend?.transmit(byte)
    }
    isTransmitterInterruptPending = true
    updateInterrupt()
  }

  // MARK: - Interrupts

  private var lineStatus: LineStatus {
    var status: LineStatus = [.holdingRegisterEmpty, .transmitterEmpty]
    status.formUnion(receiver.errors)
    if receiver.count > 0 { status.insert(.dataReady) }
    if receiver.hasOverrun { status.insert(.overrunError) }
    if receiver.hasErrorInFIFO { status.insert(.errorInFIFO) }
    return status
  }

  private var modemInputs: ModemStatus {
    modemControl.contains(.loopback) ? ModemStatus(loopbackOf: modemControl) : .connected
  }

  /// The most urgent interrupt that is enabled (PC16550D data sheet, table IV).
  private var currentInterrupt: SerialInterrupt {
    if interruptEnable.contains(.lineStatus) && !lineStatus.isDisjoint(with: .errors) { return .lineStatus }
    if interruptEnable.contains(.receivedData) {
      if receiver.count >= (receiver.isFIFOEnabled ? triggerLevel : 1) { return .receivedData }
      if isTimeoutPending { return .characterTimeout }
    }
    if interruptEnable.contains(.transmitterEmpty) && isTransmitterInterruptPending {
      return .transmitterEmpty
    }
    if interruptEnable.contains(.modemStatus) && !modemChanges.isEmpty { return .modemStatus }
    return .none
  }

  private func updateInterrupt() {
    let isConnected = modemControl.contains(.output2) && !modemControl.contains(.loopback)
    interrupt.set(asserted: isConnected && currentInterrupt != .none)
  }

  private func readInterruptIdentification() -> UInt8 {
    let current = currentInterrupt
    if current == .transmitterEmpty {
      isTransmitterInterruptPending = false
      updateInterrupt()
    }
    return current.rawValue | (receiver.isFIFOEnabled ? SerialInterrupt.fifosEnabled : 0)
  }

  // MARK: - Registers

  private var isDivisorLatchSelected: Bool { lineControl & LineControl.divisorLatchAccess != 0 }

  /// Reads a register. Characters, interrupts, errors and changes are cleared by reading them.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    guard let register = Register(rawValue: offset) else { return width.floatingBus }
    return UInt32(read(register))
  }

  private func read(_ register: SerialPortRegister) -> UInt8 {
    switch register {
    case .data where isDivisorLatchSelected: return UInt8(truncatingIfNeeded: divisor)
    case .interruptEnable where isDivisorLatchSelected: return UInt8(divisor >> 8)
    case .data: return readData()
    case .interruptEnable: return interruptEnable.rawValue
    case .interruptIdentification: return readInterruptIdentification()
    case .lineControl: return lineControl
    case .modemControl: return modemControl.rawValue
    case .lineStatus:
      defer {
        receiver.clearErrors()
        updateInterrupt()
      }
      return lineStatus.rawValue
    case .modemStatus:
      defer {
        modemChanges = []
        updateInterrupt()
      }
      return modemInputs.union(modemChanges).rawValue
    case .scratch: return scratch
    }
  }

  /// Writes a register; the status registers do not change.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    guard let register = Register(rawValue: offset) else { return }
    write(register, UInt8(truncatingIfNeeded: value))
  }

  private func write(_ register: SerialPortRegister, _ value: UInt8) {
    switch register {
    case .data where isDivisorLatchSelected: divisor = divisor & 0xFF00 | UInt16(value)
    case .interruptEnable where isDivisorLatchSelected: divisor = divisor & 0xFF | UInt16(value) << 8
    case .data: writeData(value)
    case .interruptEnable: writeInterruptEnable(SerialInterruptEnable(rawValue: value))
    case .interruptIdentification: writeFIFOControl(value)
    case .lineControl: writeLineControl(value)
    case .modemControl: writeModemControl(ModemControl(rawValue: value))
    case .lineStatus, .modemStatus: break
    case .scratch: scratch = value
    }
  }

  private func writeInterruptEnable(_ value: SerialInterruptEnable) {
    let added = value.intersection(.all).subtracting(interruptEnable)
    interruptEnable = value.intersection(.all)
    // Enabling the interrupt of an empty transmitter raises it.
    if added.contains(.transmitterEmpty) { isTransmitterInterruptPending = true }
    if added.contains(.receivedData) || !interruptEnable.contains(.receivedData) { restartTimeout() }
    updateInterrupt()
  }

  private func writeFIFOControl(_ value: UInt8) {
    let isEnabled = value & SerialFIFOControl.enable != 0
    receiver.setFIFOEnabled(isEnabled)
    if value & SerialFIFOControl.resetReceiver != 0 { receiver.removeAll() }
    triggerLevel = isEnabled ? SerialFIFOControl.triggerLevel(value) : 1
    if receiver.count == 0 { isTimeoutPending = false }
    restartTimeout()
    updateInterrupt()
    if receiveCapacity > 0 { roomBecameAvailable?() }
  }

  private func writeLineControl(_ value: UInt8) {
    let startsBreak = value & ~lineControl & LineControl.setBreak != 0
    lineControl = value
    if startsBreak && modemControl.contains(.loopback) {
      take(SerialReceiver.Character(byte: 0, errors: .breakInterrupt))
    }
  }

  private func writeModemControl(_ value: ModemControl) {
    let oldInputs = modemInputs
    let wasLoopback = modemControl.contains(.loopback)
    modemControl = value.intersection(.all)
    modemChanges.formUnion(modemInputs.changes(from: oldInputs))
    updateInterrupt()
    if wasLoopback && receiveCapacity > 0 { roomBecameAvailable?() }
  }

  // MARK: - State

  /// Writes the registers, the characters that wait and the timeout.
  public func save(to writer: inout StateWriter) {
    receiver.save(to: &writer)
    writer.write(UInt8(triggerLevel))
    writer.write(interruptEnable.rawValue)
    writer.write(lineControl)
    writer.write(modemControl.rawValue)
    writer.write(modemChanges.rawValue)
    writer.write(scratch)
    writer.write(divisor)
    writer.write(isTransmitterInterruptPending)
    writer.write(isTimeoutPending)
    writer.write(timeout.deadline)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    try receiver.restore(from: &reader)
    triggerLevel = Int(try reader.read(UInt8.self))
    interruptEnable = SerialInterruptEnable(rawValue: try reader.read())
    lineControl = try reader.read()
    modemControl = ModemControl(rawValue: try reader.read())
    modemChanges = ModemStatus(rawValue: try reader.read())
    guard [1, 4, 8, 14].contains(triggerLevel), interruptEnable.isSubset(of: .all),
      modemControl.isSubset(of: .all), modemChanges.isSubset(of: .changes)
    else { throw .invalid }
    scratch = try reader.read()
    divisor = try reader.read()
    isTransmitterInterruptPending = try reader.readBool()
    isTimeoutPending = try reader.readBool()
    timeout.set(at: try reader.read())
  }
}
