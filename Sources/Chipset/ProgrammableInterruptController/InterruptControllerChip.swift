import Bus

/// One 8259A.
///
/// It asks for an interrupt as long as ``requestedInput`` is not `nil`.
struct InterruptControllerChip {
  /// What the next byte at the data port means.
  private enum Expected: UInt8 {
    case mask, word2, word3, word4
  }

  /// The answer to an acknowledgement when nothing is requested (8259A data sheet, "Edge and Level Triggered
  /// Modes").
  static let spuriousInput: UInt8 = 7

  /// Which input the other chip is at; 0 for a chip that hangs at an input itself.
  private let cascadeInputs: UInt8
  /// The inputs that software may make level-triggered.
  private let triggerControlWritable: UInt8

  private(set) var levels: UInt8 = 0
  private var requests: UInt8 = 0
  private var inService: UInt8 = 0
  private var mask: UInt8 = 0xFF
  private var triggerControl: UInt8 = 0
  private var vectorBase: UInt8 = 0
  private var lowestPriorityInput: UInt8 = 7
  private var expected = Expected.mask
  private var isSingle = false
  private var needsWord4 = false
  private var allLevelTriggered = false
  private var endsAutomatically = false
  private var rotatesOnAutomaticEnd = false
  private var isSpecialFullyNested = false
  private var hasSpecialMask = false
  private var readsInService = false
  private var isPolled = false

  init(cascadeInputs: UInt8, triggerControlWritable: UInt8) {
    self.cascadeInputs = cascadeInputs
    self.triggerControlWritable = triggerControlWritable
  }

  mutating func reset() {
    let levels = levels
    self = InterruptControllerChip(
      cascadeInputs: cascadeInputs, triggerControlWritable: triggerControlWritable)
    self.levels = levels
  }

  /// The other chip's output counts as a level: it drops for too short a time between two of its interrupts.
  private var levelTriggeredInputs: UInt8 { allLevelTriggered ? 0xFF : triggerControl | cascadeInputs }

  // MARK: - Inputs

  /// Drives an input, 0 to 7.
  ///
  /// An edge that goes away before it was acknowledged is forgotten: the data sheet wants inputs to stay
  /// high until then.
  mutating func setLevel(_ input: UInt8, asserted: Bool) {
    let bit: UInt8 = 1 << (input & 7)
    guard asserted != (levels & bit != 0) else { return }
    levels ^= bit
    if asserted { requests |= bit } else { requests &= ~bit }
  }

  /// The requests that level-triggered inputs make again and again.
  private var effectiveRequests: UInt8 { requests | levels & levelTriggeredInputs }

  // MARK: - Priority

  /// How far an input is from the highest priority, 0 to 7.
  private func rank(_ input: UInt8) -> UInt8 { (input &- lowestPriorityInput &- 1) & 7 }

  private func mostUrgent(of inputs: UInt8) -> UInt8? {
    guard inputs != 0 else { return nil }
    for rank in 1...8 {
      let input = (lowestPriorityInput &+ UInt8(rank)) & 7
      if inputs >> input & 1 != 0 { return input }
    }
    return nil
  }

  /// The input whose interrupt the processor should take; `nil` if there is none.
  var requestedInput: UInt8? {
    guard let candidate = mostUrgent(of: effectiveRequests & ~mask) else { return nil }
    var blocking = inService
    // In special mask mode, an interrupt in service that is masked blocks no other.
    if hasSpecialMask { blocking &= ~mask }
    // In special fully nested mode, the other chip may interrupt itself.
    if isSpecialFullyNested { blocking &= ~(cascadeInputs & 1 << candidate) }
    guard let serviced = mostUrgent(of: blocking) else { return candidate }
    return rank(candidate) < rank(serviced) ? candidate : nil
  }

  /// Takes the requested interrupt into service; `nil` if nothing is requested.
  mutating func acknowledge() -> UInt8? {
    guard let input = requestedInput else { return nil }
    let bit: UInt8 = 1 << input
    requests &= ~bit
    if endsAutomatically {
      if rotatesOnAutomaticEnd { lowestPriorityInput = input }
    } else {
      inService |= bit
    }
    return input
  }

  func vector(of input: UInt8) -> UInt8 { vectorBase | input }

  func isCascade(_ input: UInt8) -> Bool { !isSingle && cascadeInputs >> input & 1 != 0 }

  // MARK: - Commands

  mutating func writeCommand(_ value: UInt8) {
    if value & InitialisationCommandWord1.marker != 0 {
      initialise(value)
    } else if value & OperationCommandWord3.marker != 0 {
      writeWord3(value)
    } else if let command = OperationCommandWord2(rawValue: value >> 5) {
      perform(command, input: value & 7)
    }
  }

  private mutating func initialise(_ value: UInt8) {
    let triggerControl = triggerControl
    reset()
    self.triggerControl = triggerControl
    mask = 0
    isSingle = value & InitialisationCommandWord1.single != 0
    needsWord4 = value & InitialisationCommandWord1.needsWord4 != 0
    allLevelTriggered = value & InitialisationCommandWord1.levelTriggered != 0
    expected = .word2
  }

  private mutating func perform(_ command: OperationCommandWord2, input: UInt8) {
    switch command {
    case .stopRotationOnAutomaticEnd: rotatesOnAutomaticEnd = false
    case .rotateOnAutomaticEnd: rotatesOnAutomaticEnd = true
    case .noOperation: break
    case .setPriority: lowestPriorityInput = input
    case .specificEndOfInterrupt: inService &= ~(1 << input)
    case .rotateOnSpecificEndOfInterrupt:
      inService &= ~(1 << input)
      lowestPriorityInput = input
    case .endOfInterrupt: endMostUrgent()
    case .rotateOnEndOfInterrupt:
      if let ended = endMostUrgent() { lowestPriorityInput = ended }
    }
  }

  /// In special mask mode, an interrupt that is masked is not ended by an unspecific command.
  @discardableResult
  private mutating func endMostUrgent() -> UInt8? {
    guard let input = mostUrgent(of: hasSpecialMask ? inService & ~mask : inService) else { return nil }
    inService &= ~(1 << input)
    return input
  }

  private mutating func writeWord3(_ value: UInt8) {
    if value & OperationCommandWord3.selectSpecialMask != 0 {
      hasSpecialMask = value & OperationCommandWord3.specialMask != 0
    }
    if value & OperationCommandWord3.poll != 0 {
      isPolled = true
    } else if value & OperationCommandWord3.selectRead != 0 {
      readsInService = value & OperationCommandWord3.readInService != 0
    }
  }

  // MARK: - Data

  mutating func writeData(_ value: UInt8) {
    switch expected {
    case .mask: mask = value
    case .word2:
      vectorBase = value & 0xF8
      expected = isSingle ? (needsWord4 ? .word4 : .mask) : .word3
    case .word3:
      // The wiring of a PC is fixed, whatever software says about it.
      expected = needsWord4 ? .word4 : .mask
    case .word4:
      endsAutomatically = value & InitialisationCommandWord4.automaticEndOfInterrupt != 0
      isSpecialFullyNested = value & InitialisationCommandWord4.specialFullyNested != 0
      expected = .mask
    }
  }

  mutating func readCommand() -> UInt8 {
    if isPolled { return poll() }
    return readsInService ? inService : effectiveRequests
  }

  mutating func readData() -> UInt8 { isPolled ? poll() : mask }

  /// The read after a poll command is an acknowledgement.
  private mutating func poll() -> UInt8 {
    isPolled = false
    guard let input = acknowledge() else { return 0 }
    return 0x80 | input
  }

  /// The inputs that are level-triggered.
  var triggerControlRegister: UInt8 {
    get { triggerControl }
    set { triggerControl = newValue & triggerControlWritable }
  }

  // MARK: - State

  private var flags: [Bool] {
    [
      isSingle, needsWord4, allLevelTriggered, endsAutomatically, rotatesOnAutomaticEnd,
      isSpecialFullyNested, hasSpecialMask, readsInService, isPolled,
    ]
  }

  func save(to writer: inout StateWriter) {
    for register in [levels, requests, inService, mask, triggerControl, vectorBase, lowestPriorityInput] {
      writer.write(register)
    }
    writer.write(expected.rawValue)
    for flag in flags { writer.write(flag) }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    levels = try reader.read()
    requests = try reader.read()
    inService = try reader.read()
    mask = try reader.read()
    triggerControl = try reader.read()
    vectorBase = try reader.read()
    lowestPriorityInput = try reader.read()
    guard let expected = Expected(rawValue: try reader.read()), lowestPriorityInput < 8,
      vectorBase & 7 == 0, triggerControl & ~triggerControlWritable == 0
    else { throw .invalid }
    self.expected = expected
    isSingle = try reader.readBool()
    needsWord4 = try reader.readBool()
    allLevelTriggered = try reader.readBool()
    endsAutomatically = try reader.readBool()
    rotatesOnAutomaticEnd = try reader.readBool()
    isSpecialFullyNested = try reader.readBool()
    hasSpecialMask = try reader.readBool()
    readsInService = try reader.readBool()
    isPolled = try reader.readBool()
  }
}
