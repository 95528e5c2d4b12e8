import X86

/// Decodes instructions and lowers them to records, one block at a time.
///
/// The properties that every instruction touches go without checks for overlapping accesses: none is passed
/// `inout` to code that could reach the builder, except ``instruction`` to the decoder, which cannot.
final class BlockBuilder {
  let model: ProcessorModel
  /// The mode of the block that is being built.
  @exclusivity(unchecked)
  private(set) var mode = CodeMode.bits64
  /// A hypervisor may want to know of the instructions of that block.
  @exclusivity(unchecked)
  private(set) var isGuest = false
  /// The place in its page of the instruction that is being lowered.
  @exclusivity(unchecked)
  private(set) var pageOffset = 0
  /// The place in the machine's RAM of the page that the block is of.
  @exclusivity(unchecked)
  private(set) var page: UInt64 = 0
  /// The instruction that is being lowered.
  @exclusivity(unchecked)
  var instruction = Instruction()

  private let records: UnsafeMutablePointer<Record>
  @exclusivity(unchecked)
  private var recordCount = 0
  @exclusivity(unchecked)
  private var instructionCount = 0
  /// Instructions that records point to, with the index of the record.
  @exclusivity(unchecked)
  private var attached: [(record: Int, instruction: Instruction)] = []

  /// Where a block lies that is executed once.
  private let transient: UnsafeMutableRawPointer

  /// No instruction takes more records or attached instructions.
  private static let recordsPerInstruction = 4
  private static let recordLimit = Block.maximumCount * recordsPerInstruction + 1

  init(model: ProcessorModel) {
    self.model = model
    records = .allocate(capacity: Self.recordLimit)
    transient = .allocate(
      byteCount: MemoryLayout<Block>.stride + Self.recordLimit
        * (MemoryLayout<Record>.stride + MemoryLayout<Instruction>.stride),
      alignment: 32)
    attached.reserveCapacity(Self.recordLimit)
  }

  deinit {
    records.deallocate()
    transient.deallocate()
  }

  /// What became of an attempt to build a block.
  enum Outcome {
    case built(UnsafeMutablePointer<Block>)
    /// The first instruction goes on beyond the bytes that were available.
    case straddlesPage
    /// The first instruction is longer than 15 bytes.
    case tooLong
  }

  /// Builds the block that begins at `pageOffset` of a page of code.
  ///
  /// - Parameters:
  ///   - code: the page's bytes and, for an instruction that straddles pages, its bytes alone.
  ///   - available: the number of bytes from the first instruction on.
  ///   - limit: the most instructions that the block may have.
  ///   - cache: where the block is kept; without one it is valid until the next is built.
  func build(
    code: UnsafePointer<UInt8>, available: Int, pageOffset start: Int, mode: CodeMode, isGuest: Bool,
    limit: Int, key: Block.Key, in cache: CodeCache?
  ) -> Outcome {
    self.mode = mode
    self.isGuest = isGuest
    pageOffset = start
    page = key.page
    recordCount = 0
    instructionCount = 0
    attached.removeAll(keepingCapacity: true)
    var consumed = 0
    var ended = false
    while !ended, instructionCount < limit {
      let status = Decoder.decode(
        code + consumed, count: available - consumed, mode: mode, into: &instruction)
      if status == .truncated || status == .tooLong {
        // An instruction that cannot be executed here begins a block of its own, where it is dealt with.
        if instructionCount > 0 { break }
        return status == .tooLong ? .tooLong : .straddlesPage
      }
      let firstRecord = recordCount
      ended = lower() == .endsBlock
      for index in firstRecord..<recordCount {
        records[index].pageOffset = UInt16(truncatingIfNeeded: pageOffset)
        records[index].length = instruction.length
        // The place in the block for now; ``finish`` counts from the other end.
        records[index].remaining = UInt8(truncatingIfNeeded: instructionCount)
        if index + 1 < recordCount { records[index].traits.insert(.continuesInstruction) }
      }
      instructionCount += 1
      consumed += Int(instruction.length)
      pageOffset += Int(instruction.length)
      if pageOffset >= 4096 { break }
    }
    if !ended { appendContinuation() }
    return .built(finish(key: key, in: cache))
  }

  /// What comes after an instruction in its block.
  enum Flow {
    case continues
    case endsBlock
  }

  /// Adds a record; its position and length are filled in afterwards.
  func append(_ record: Record) {
    records[recordCount] = record
    recordCount += 1
  }

  /// Adds a record whose handler wants the whole instruction.
  func appendInterpretation(_ handler: @escaping Handler) {
    attached.append((recordCount, instruction))
    append(Record(handler))
  }

  /// The record that was added last.
  var lastRecord: UnsafeMutablePointer<Record>? { recordCount > 0 ? records + (recordCount - 1) : nil }

  private func appendContinuation() {
    var record: Record
    if pageOffset < 4096 {
      record = Record(HandlerTables.jumpForms[0])
      record.immediate = BlockLink(unlinkedIn: page).rawValue
      record.displacement = Int32(pageOffset)
    } else if mode == .bits64 {
      record = Record(HandlerTables.jumpForms[1])
      record.immediate = UInt64(pageOffset)
    } else {
      record = Record({ stopAtDisplacement($0, $1) })
      record.displacement = Int32(pageOffset)
    }
    record.remaining = UInt8(truncatingIfNeeded: instructionCount - 1)
    append(record)
  }

  private func finish(key: Block.Key, in cache: CodeCache?) -> UnsafeMutablePointer<Block> {
    let headerSize = MemoryLayout<Block>.stride
    let recordSize = MemoryLayout<Record>.stride
    let instructionSize = MemoryLayout<Instruction>.stride
    let size = headerSize + recordCount * recordSize + attached.count * instructionSize
    let memory = cache?.allocate(size) ?? transient
    let block = memory.bindMemory(to: Block.self, capacity: 1)
    block.initialize(to: Block(key: key, nextInBucket: nil, nextInPage: nil, count: Int64(instructionCount)))
    let target = (memory + headerSize).bindMemory(to: Record.self, capacity: recordCount)
    target.initialize(from: records, count: recordCount)
    let instructions = (memory + headerSize + recordCount * recordSize)
      .bindMemory(to: Instruction.self, capacity: attached.count)
    for (index, item) in attached.enumerated() {
      (instructions + index).initialize(to: item.instruction)
      target[item.record].immediate = UInt64(UInt(bitPattern: instructions + index))
    }
    for index in 0..<recordCount {
      target[index].remaining = UInt8(truncatingIfNeeded: instructionCount - 1) &- target[index].remaining
    }
    return block
  }
}

/// Leaves the block; the next instruction is at `displacement` from the start of the page.
private func stopAtDisplacement(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let offset = UInt64(truncatingIfNeeded: RecordReference(rawRecord).fields.displacement)
  return core.stop(at: core.register(RegisterOffset.codePage, as: UInt64.self) &+ offset)
}
