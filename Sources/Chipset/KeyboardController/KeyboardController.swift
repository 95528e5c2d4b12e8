import Bus

/// The keyboard controller of the PC (8042) with nothing plugged in, and system control port A.
///
/// What is left of it resets the machine and opens address line 20. The ACPI tables should say that there is
/// no such controller, so that guests do not look for a keyboard.
public final class KeyboardController: PortDevice {
  private typealias Register = KeyboardControllerRegister
  private typealias Command = KeyboardControllerCommand
  private typealias Configuration = KeyboardControllerConfiguration

  /// Names the device on the board.
  public let name = "i8042"
  /// Called when the guest resets the processors.
  public var resetRequested: ((ResetKind) -> Void)?
  /// Called when address line 20 is opened or closed.
  public var addressLine20Changed: ((_ isEnabled: Bool) -> Void)?
  /// Whether addresses keep their bit 20. It is open from the start, as firmware leaves it.
  public private(set) var isAddressLine20Enabled = true

  private let interrupt: InterruptLine
  private var configuration = Configuration.initialValue
  private var output: UInt8?
  private var isOutputATimeout = false
  private var lastWasCommand = false
  /// The command that takes the next byte of data.
  private var pendingCommand: UInt8?

  /// A controller that interrupts through `interrupt`, IRQ 1 of the PC.
  public init(interrupt: InterruptLine) { self.interrupt = interrupt }

  /// The ports where the PC has it.
  public var portRanges: [PortRange] {
    [
      (KeyboardControllerPorts.data, Register.data),
      (KeyboardControllerPorts.statusAndCommand, Register.statusAndCommand),
      (KeyboardControllerPorts.systemControl, Register.systemControl),
    ].map { port, register in
      PortRange(first: port, count: 1, device: PortWindow(onto: self, start: register.rawValue))
    }
  }

  /// Forgets what was asked and opens address line 20.
  public func reset() {
    configuration = Configuration.initialValue
    output = nil
    isOutputATimeout = false
    lastWasCommand = false
    pendingCommand = nil
    setAddressLine20(true)
    updateInterrupt()
  }

  private func setAddressLine20(_ isEnabled: Bool) {
    guard isEnabled != isAddressLine20Enabled else { return }
    isAddressLine20Enabled = isEnabled
    addressLine20Changed?(isEnabled)
  }

  private func updateInterrupt() {
    interrupt.set(asserted: output != nil && configuration & Configuration.keyboardInterrupt != 0)
  }

  private func answer(_ byte: UInt8, isTimeout: Bool = false) {
    output = byte
    isOutputATimeout = isTimeout
    updateInterrupt()
  }

  // MARK: - Registers

  /// Reads an answer, the status or system control port A.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    switch Register(rawValue: offset) {
    case .data?: UInt32(takeOutput())
    case .statusAndCommand?: UInt32(status)
    case .systemControl?: isAddressLine20Enabled ? UInt32(SystemControlPortA.addressLine20) : 0
    case nil: width.floatingBus
    }
  }

  private func takeOutput() -> UInt8 {
    let byte = output ?? 0
    output = nil
    isOutputATimeout = false
    updateInterrupt()
    return byte
  }

  private var status: UInt8 {
    var status = KeyboardControllerStatus.notLocked
    if output != nil { status |= KeyboardControllerStatus.outputFull }
    if isOutputATimeout { status |= KeyboardControllerStatus.timeout }
    if lastWasCommand { status |= KeyboardControllerStatus.lastWasCommand }
    if configuration & Configuration.systemFlag != 0 { status |= KeyboardControllerStatus.systemFlag }
    return status
  }

  /// Writes data, a command or system control port A.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    let byte = UInt8(truncatingIfNeeded: value)
    switch Register(rawValue: offset) {
    case .data?:
      lastWasCommand = false
      writeData(byte)
    case .statusAndCommand?:
      lastWasCommand = true
      perform(byte)
    case .systemControl?:
      setAddressLine20(byte & SystemControlPortA.addressLine20 != 0)
      if byte & SystemControlPortA.fastReset != 0 { resetRequested?(.processors) }
    case nil: break
    }
  }

  private func writeData(_ byte: UInt8) {
    let command = pendingCommand
    pendingCommand = nil
    switch command {
    case Command.writeConfiguration?:
      configuration = byte
      updateInterrupt()
    case Command.writeOutputPort?: writeOutputPort(byte)
    default: answer(KeyboardControllerAnswer.noKeyboard, isTimeout: true)
    }
  }

  private func writeOutputPort(_ byte: UInt8) {
    setAddressLine20(byte & KeyboardControllerOutputPort.addressLine20 != 0)
    if byte & KeyboardControllerOutputPort.notReset == 0 { resetRequested?(.processors) }
  }

  private func perform(_ command: UInt8) {
    pendingCommand = nil
    switch command {
    case Command.readConfiguration: answer(configuration)
    case Command.writeConfiguration, Command.writeOutputPort: pendingCommand = command
    case Command.selfTest:
      configuration |= Configuration.systemFlag
      answer(KeyboardControllerAnswer.selfTestPassed)
    case Command.testKeyboardLine: answer(KeyboardControllerAnswer.lineIsGood)
    case Command.disableKeyboard: configuration |= Configuration.keyboardDisabled
    case Command.enableKeyboard: configuration &= ~Configuration.keyboardDisabled
    case Command.readOutputPort:
      let line = isAddressLine20Enabled ? KeyboardControllerOutputPort.addressLine20 : 0
      answer(KeyboardControllerOutputPort.notReset | line)
    case Command.disableAddressLine20: setAddressLine20(false)
    case Command.enableAddressLine20: setAddressLine20(true)
    case Command.pulse...:
      if command & KeyboardControllerOutputPort.notReset == 0 { resetRequested?(.processors) }
    default: break
    }
  }

  // MARK: - State

  /// Writes the answer that waits, the configuration and address line 20.
  public func save(to writer: inout StateWriter) {
    writer.write(isAddressLine20Enabled)
    writer.write(configuration)
    writer.writeOptional(output)
    writer.write(isOutputATimeout)
    writer.write(lastWasCommand)
    writer.writeOptional(pendingCommand)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    setAddressLine20(try reader.readBool())
    configuration = try reader.read()
    output = try reader.readOptional()
    isOutputATimeout = try reader.readBool()
    lastWasCommand = try reader.readBool()
    pendingCommand = try reader.readOptional()
  }
}
