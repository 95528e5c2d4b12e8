import Bus

/// One counter of an 8254.
///
/// Counting is a function of time: the counter remembers at which period of the crystal ("tick") it was loaded
/// with what, and everything else follows.
struct IntervalCounter {
  /// The operating modes (8254 data sheet, "Mode Definitions").
  enum Mode: UInt8 {
    case interruptOnTerminalCount = 0
    case retriggerableOneShot = 1
    case rateGenerator = 2
    case squareWave = 3
    case softwareTriggeredStrobe = 4
    case hardwareTriggeredStrobe = 5

    /// The two highest of eight encodings mean modes 2 and 3 as well.
    init(field: UInt8) { self = Mode(rawValue: field) ?? (field & 1 == 0 ? .rateGenerator : .squareWave) }

    var isPeriodic: Bool { self == .rateGenerator || self == .squareWave }
    /// A rising edge of the gate starts the count, and not the write of the count.
    var isTriggeredByGate: Bool { self == .retriggerableOneShot || self == .hardwareTriggeredStrobe }
  }

  /// Which bytes of the count software reads and writes.
  enum Access: UInt8 {
    case low = 1
    case high = 2
    case lowThenHigh = 3
  }

  /// The count in the counting element, and since when.
  private struct Load: Equatable {
    /// May lie before the clock's zero.
    var start: Int64
    var count: Int64
    /// The output's level until the load takes effect.
    var outputBefore: Bool
  }

  /// A load that comes into effect later.
  private struct Takeover: Equatable {
    var tick: Int64
    var load: Load
  }

  private(set) var mode = Mode.interruptOnTerminalCount
  private var access = Access.lowThenHigh
  private var isBinaryCodedDecimal = false
  private(set) var gate: Bool
  /// The count that software wrote last, 1 to 65,536; `nil` since the mode was set.
  private var writtenCount: Int64?
  private var load: Load?
  /// A count that waits for the end of the cycle, or of half of it.
  private var takeover: Takeover?
  /// How far the count had come when the gate stopped it.
  private var stoppedAt: Int64?
  private var isWaitingForTrigger = false

  private var firstByte: UInt8?
  private var isHighByteNext = false
  private var latchedCount: UInt16?
  private var latchedStatus: UInt8?

  /// A counter that has not been programmed.
  init(gate: Bool) { self.gate = gate }

  // MARK: - Commands

  /// Takes a control word. The counter stands until a count is written.
  mutating func setMode(_ word: UInt8) {
    guard let access = Access(rawValue: IntervalTimerControl.access(word)) else { return }
    self.access = access
    mode = Mode(field: IntervalTimerControl.mode(word))
    isBinaryCodedDecimal = word & IntervalTimerControl.binaryCodedDecimal != 0
    writtenCount = nil
    load = nil
    takeover = nil
    stoppedAt = nil
    isWaitingForTrigger = false
    firstByte = nil
    isHighByteNext = false
    latchedCount = nil
    latchedStatus = nil
  }

  /// Freezes the count for the next read; a second latch before that is ignored.
  mutating func latch(tick: Int64) {
    if latchedCount == nil { latchedCount = count(tick: tick) }
  }

  /// Freezes the status for the next read; a second latch before that is ignored.
  mutating func latchStatus(tick: Int64) {
    guard latchedStatus == nil else { return }
    var status = access.rawValue << 4 | mode.rawValue << 1
    if isBinaryCodedDecimal { status |= IntervalTimerControl.binaryCodedDecimal }
    if output(tick: tick) { status |= IntervalTimerStatus.output }
    if isCountNull(tick: tick) { status |= IntervalTimerStatus.nullCount }
    latchedStatus = status
  }

  /// Whether the count that was written last has not reached the counting element.
  private mutating func isCountNull(tick: Int64) -> Bool {
    settle(tick: tick)
    guard let load, !isWaitingForTrigger else { return true }
    return takeover != nil || tick < load.start
  }

  /// Takes a byte of the count.
  mutating func write(_ byte: UInt8, tick: Int64) {
    settle(tick: tick)
    switch access {
    case .low: write(count: UInt16(byte), tick: tick)
    case .high: write(count: UInt16(byte) << 8, tick: tick)
    case .lowThenHigh:
      if let low = firstByte {
        firstByte = nil
        write(count: UInt16(byte) << 8 | UInt16(low), tick: tick)
      } else {
        firstByte = byte
        // In mode 0 the first byte stops the count.
        if mode == .interruptOnTerminalCount { load = nil }
      }
    }
  }

  private mutating func write(count field: UInt16, tick: Int64) {
    let count = decode(field)
    writtenCount = count
    // The count is taken over with the next period of the crystal.
    var fresh = Load(start: tick + 1, count: count, outputBefore: output(tick: tick))
    switch mode {
    case .interruptOnTerminalCount, .softwareTriggeredStrobe:
      if mode == .interruptOnTerminalCount { fresh.outputBefore = false }
      load = fresh
      stoppedAt = gate ? nil : 0
    case .retriggerableOneShot, .hardwareTriggeredStrobe: isWaitingForTrigger = true
    case .rateGenerator, .squareWave:
      if !gate {
        isWaitingForTrigger = true
      } else if let load, tick >= load.start {
        takeover = takeover(from: load, to: count, tick: tick)
      } else {
        load = fresh
      }
    }
  }

  /// A new count takes effect at the end of the cycle, or in mode 3 of the half.
  private func takeover(from load: Load, to count: Int64, tick: Int64) -> Takeover {
    let position = (tick - load.start) % load.count
    let highPart = (load.count + 1) / 2
    var next = tick - position
    var start: Int64
    if mode == .squareWave && position < highPart {
      next += highPart
      // The low half follows: as if the new cycle had begun a high half earlier.
      start = next - (count + 1) / 2
    } else {
      next += load.count
      start = next
    }
    return Takeover(tick: next, load: Load(start: start, count: count, outputBefore: true))
  }

  /// Takes over a count whose time has come.
  private mutating func settle(tick: Int64) {
    guard let next = takeover, tick >= next.tick else { return }
    load = next.load
    takeover = nil
  }

  /// Drives the gate.
  mutating func setGate(_ isHigh: Bool, tick: Int64) {
    guard isHigh != gate else { return }
    settle(tick: tick)
    let outputBefore = output(tick: tick)
    gate = isHigh
    if !isHigh {
      if !mode.isTriggeredByGate, let load { stoppedAt = max(0, tick - load.start) }
      takeover = nil
      return
    }
    if mode.isTriggeredByGate || mode.isPeriodic {
      stoppedAt = nil
      isWaitingForTrigger = false
      load = writtenCount.map { Load(start: tick + 1, count: $0, outputBefore: outputBefore) }
    } else if let position = stoppedAt {
      stoppedAt = nil
      load?.start = tick - position
    }
  }

  // MARK: - Counting

  /// The level of the output.
  mutating func output(tick: Int64) -> Bool {
    settle(tick: tick)
    guard let load else { return mode != .interruptOnTerminalCount }
    if mode.isPeriodic && !gate { return true }
    guard let position = position(in: load, tick: tick) else { return load.outputBefore }
    switch mode {
    case .interruptOnTerminalCount, .retriggerableOneShot: return position >= load.count
    case .rateGenerator: return position % load.count != load.count - 1
    case .squareWave: return position % load.count < (load.count + 1) / 2
    case .softwareTriggeredStrobe, .hardwareTriggeredStrobe: return position != load.count
    }
  }

  /// How far the count has come; `nil` if the load has not taken effect.
  private func position(in load: Load, tick: Int64) -> Int64? {
    if let stoppedAt { return stoppedAt }
    return tick < load.start ? nil : tick - load.start
  }

  /// The first tick after `tick` at which the output goes from low to high; `nil` if it does not.
  mutating func nextRise(after tick: Int64) -> Int64? {
    settle(tick: tick)
    guard let load, stoppedAt == nil else { return nil }
    if let takeover {
      let next = takeover.load
      return next.start < takeover.tick ? next.start + next.count : takeover.tick
    }
    let rise: Int64
    switch mode {
    case .interruptOnTerminalCount, .retriggerableOneShot: rise = load.start + load.count
    case .softwareTriggeredStrobe, .hardwareTriggeredStrobe: rise = load.start + load.count + 1
    case .rateGenerator, .squareWave:
      // A count of one is illegal in these modes: the output does not move.
      guard load.count > 1 else { return nil }
      let cycles = tick < load.start ? 0 : (tick - load.start) / load.count
      rise = load.start + (cycles + 1) * load.count
    }
    return rise > tick ? rise : nil
  }

  /// The value of the counting element.
  private mutating func count(tick: Int64) -> UInt16 {
    settle(tick: tick)
    guard let load else { return 0 }
    let position = position(in: load, tick: tick) ?? 0
    switch mode {
    case .rateGenerator: return encode(load.count - position % load.count)
    case .squareWave: return encode(squareWaveCount(load.count, position: position % load.count))
    default: return encode(load.count - position)
    }
  }

  /// The count goes down by two in each half; an odd one starts at one less.
  private func squareWaveCount(_ count: Int64, position: Int64) -> Int64 {
    let highPart = (count + 1) / 2
    let inHalf = position < highPart ? position : position - highPart
    return count - count % 2 - 2 * inHalf
  }

  // MARK: - Reading

  /// Gives the latched status, or else a byte of the latched or running count.
  mutating func read(tick: Int64) -> UInt8 {
    if let status = latchedStatus {
      latchedStatus = nil
      return status
    }
    let value = latchedCount ?? count(tick: tick)
    let isHighByte = access == .high || (access == .lowThenHigh && isHighByteNext)
    if access == .lowThenHigh { isHighByteNext.toggle() }
    if access != .lowThenHigh || isHighByte { latchedCount = nil }
    return UInt8(truncatingIfNeeded: isHighByte ? value >> 8 : value)
  }

  /// The count that a register means: zero is the greatest.
  private func decode(_ field: UInt16) -> Int64 {
    guard isBinaryCodedDecimal else { return field == 0 ? 0x1_0000 : Int64(field) }
    let digits = (0..<4).reversed().map { Int64(field >> ($0 * 4) & 0xF) }
    let value = digits.reduce(0) { $0 * 10 + $1 }
    return value == 0 ? 10_000 : value
  }

  /// The register for a count, which wraps below zero.
  private func encode(_ count: Int64) -> UInt16 {
    guard isBinaryCodedDecimal else { return UInt16(truncatingIfNeeded: count) }
    var rest = UInt16(truncatingIfNeeded: (count % 10_000 + 10_000) % 10_000)
    var field: UInt16 = 0
    for digit in 0..<4 as Range<UInt16> {
      field |= (rest % 10) << (digit * 4)
      rest /= 10
    }
    return field
  }
}

// MARK: - State

extension IntervalCounter {
  func save(to writer: inout StateWriter) {
    writer.write(mode.rawValue)
    writer.write(access.rawValue)
    writer.write(isBinaryCodedDecimal)
    writer.write(gate)
    writer.writeOptional(writtenCount)
    save(load, to: &writer)
    writer.writeOptional(takeover?.tick)
    save(takeover?.load, to: &writer)
    writer.writeOptional(stoppedAt)
    writer.write(isWaitingForTrigger)
    writer.writeOptional(firstByte)
    writer.write(isHighByteNext)
    writer.writeOptional(latchedCount)
    writer.writeOptional(latchedStatus)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    guard let mode = Mode(rawValue: try reader.read()), let access = Access(rawValue: try reader.read())
    else { throw .invalid }
    self.mode = mode
    self.access = access
    isBinaryCodedDecimal = try reader.readBool()
    gate = try reader.readBool()
    writtenCount = try reader.readOptional()
    load = try restoredLoad(from: &reader)
    let takeoverTick: Int64? = try reader.readOptional()
    let takeoverLoad = try restoredLoad(from: &reader)
    stoppedAt = try reader.readOptional()
    isWaitingForTrigger = try reader.readBool()
    firstByte = try reader.readOptional()
    isHighByteNext = try reader.readBool()
    latchedCount = try reader.readOptional()
    latchedStatus = try reader.readOptional()

    takeover = nil
    if let takeoverTick, let takeoverLoad { takeover = Takeover(tick: takeoverTick, load: takeoverLoad) }
    let ticks = [load?.start, takeover?.tick, takeover?.load.start, stoppedAt].compactMap { $0 }
    guard ticks.allSatisfy(Self.plausibleTicks.contains),
      [writtenCount, load?.count, takeover?.load.count].compactMap({ $0 }).allSatisfy(Self.counts.contains)
    else { throw .invalid }
  }

  private func save(_ load: Load?, to writer: inout StateWriter) {
    writer.writeOptional(load?.start)
    writer.writeOptional(load?.count)
    writer.write(load?.outputBefore ?? false)
  }

  private func restoredLoad(from reader: inout StateReader) throws(StateError) -> Load? {
    let start: Int64? = try reader.readOptional()
    let count: Int64? = try reader.readOptional()
    let outputBefore = try reader.readBool()
    guard let start, let count else { return nil }
    return Load(start: start, count: count, outputBefore: outputBefore)
  }

  /// Ticks with which arithmetic cannot overflow; the clock's range in nanoseconds ends far below.
  private static let plausibleTicks = -Int64(1) << 60...Int64(1) << 60
  private static let counts: ClosedRange<Int64> = 1...0x1_0000
}
