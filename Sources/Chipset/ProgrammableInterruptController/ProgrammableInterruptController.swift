import Bus

/// The two 8259A interrupt controllers of the PC: inputs 0 to 7 at the primary, 8 to 15 at the secondary,
/// which hangs at input 2 of the primary.
public final class ProgrammableInterruptController: PortDevice, InterruptController {
  private typealias Register = ProgrammableInterruptControllerRegister

  /// The input of the primary where the secondary hangs.
  private static let cascadeInput: UInt8 = 2

  /// Names the device on the board.
  public let name = "pic"
  /// Drives the line to the processor; called when its level changes.
  public var outputChanged: ((_ asserted: Bool) -> Void)?
  /// The level of the line to the processor.
  public private(set) var isOutputAsserted = false

  // Inputs 0, 1 and 2 of the primary and 0 and 5 of the secondary are edge-triggered in every PC.
  private var primary = InterruptControllerChip(
    cascadeInputs: 1 << cascadeInput, triggerControlWritable: 0b1111_1000)
  private var secondary = InterruptControllerChip(cascadeInputs: 0, triggerControlWritable: 0b1101_1110)

  /// A pair that waits for its initialisation, with every input masked.
  public init() {}

  /// The ports where the PC has it.
  public var portRanges: [PortRange] {
    [
      PortRange(first: ProgrammableInterruptControllerPorts.primary, count: 2, device: self),
      window(at: ProgrammableInterruptControllerPorts.secondary, from: .secondaryCommand),
      window(at: ProgrammableInterruptControllerPorts.triggerControl, from: .primaryTriggerControl),
    ]
  }

  private func window(at port: UInt16, from register: ProgrammableInterruptControllerRegister) -> PortRange {
    PortRange(first: port, count: 2, device: PortWindow(onto: self, start: register.rawValue))
  }

  /// Puts both chips to their state before initialisation.
  public func reset() {
    primary.reset()
    secondary.reset()
    update()
  }

  /// Leaves both chips as the firmware of a PC does: vectors of these numbers on, the inputs of timer, keyboard,
  /// secondary, floppy disk, coprocessor and hard disks open.
  public func enterLegacyMode(primaryVector: UInt8, secondaryVector: UInt8) {
    typealias Word1 = InitialisationCommandWord1
    func initialise(_ command: Register, _ data: Register, _ words: UInt8...) {
      writePort(command.rawValue, width: .byte, value: UInt32(Word1.marker | Word1.needsWord4))
      for word in words { writePort(data.rawValue, width: .byte, value: UInt32(word)) }
    }
    let word4 = InitialisationCommandWord4.processor8086
    initialise(.primaryCommand, .primaryData, primaryVector, 1 << Self.cascadeInput, word4, 0b1011_1000)
    initialise(.secondaryCommand, .secondaryData, secondaryVector, Self.cascadeInput, word4, 0b1000_1111)
  }

  /// Drives an input, 0 to 15. Input 2 belongs to the secondary.
  public func setLine(_ number: Int, asserted: Bool) {
    switch number {
    case Int(Self.cascadeInput): return
    case 0..<8: primary.setLevel(UInt8(number), asserted: asserted)
    case 8..<16: secondary.setLevel(UInt8(number - 8), asserted: asserted)
    default: return
    }
    update()
  }

  /// Answers the processor's acknowledgement with the vector of the most urgent interrupt.
  ///
  /// If the request has gone away, that is the vector of input 7 of the chip that is asked, and nothing is
  /// in service.
  public func acknowledge() -> UInt8 {
    defer { update() }
    guard let input = primary.acknowledge() else {
      return primary.vector(of: InterruptControllerChip.spuriousInput)
    }
    guard primary.isCascade(input) else { return primary.vector(of: input) }
    return secondary.vector(of: secondary.acknowledge() ?? InterruptControllerChip.spuriousInput)
  }

  /// Carries the outputs on: from the secondary to the primary, and from there to the processor.
  private func update() {
    primary.setLevel(Self.cascadeInput, asserted: secondary.requestedInput != nil)
    let isRequested = primary.requestedInput != nil
    guard isRequested != isOutputAsserted else { return }
    isOutputAsserted = isRequested
    outputChanged?(isRequested)
  }

  /// Reads a status register, a mask, the answer to a poll, or an edge/level control register.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    guard let register = Register(rawValue: offset) else { return width.floatingBus }
    defer { update() }
    return switch register {
    case .primaryCommand: UInt32(primary.readCommand())
    case .primaryData: UInt32(primary.readData())
    case .secondaryCommand: UInt32(secondary.readCommand())
    case .secondaryData: UInt32(secondary.readData())
    case .primaryTriggerControl: UInt32(primary.triggerControlRegister)
    case .secondaryTriggerControl: UInt32(secondary.triggerControlRegister)
    }
  }

  /// Writes a command word, a mask, or an edge/level control register.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    let byte = UInt8(truncatingIfNeeded: value)
    switch Register(rawValue: offset) {
    case .primaryCommand?: primary.writeCommand(byte)
    case .primaryData?: primary.writeData(byte)
    case .secondaryCommand?: secondary.writeCommand(byte)
    case .secondaryData?: secondary.writeData(byte)
    case .primaryTriggerControl?: primary.triggerControlRegister = byte
    case .secondaryTriggerControl?: secondary.triggerControlRegister = byte
    case nil: return
    }
    update()
  }

  /// Writes the state of both chips and of the output.
  public func save(to writer: inout StateWriter) {
    primary.save(to: &writer)
    secondary.save(to: &writer)
    writer.write(isOutputAsserted)
  }

  /// Reads back what ``save(to:)`` wrote. The output's level is part of the state: nothing is driven.
  public func restore(from reader: inout StateReader) throws(StateError) {
    try primary.restore(from: &reader)
    try secondary.restore(from: &reader)
    isOutputAsserted = try reader.readBool()
  }
}
