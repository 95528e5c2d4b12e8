/// Message-signalled interrupts whose vectors lie in a table in memory (PCI 3.0, 6.8.2).
public struct MSIXCapability: Sendable {
  /// Message Control (6.8.2.3).
  private enum Control {
    static let functionMask: UInt16 = 1 << 14
    static let enable: UInt16 = 1 << 15
  }

  /// Offsets from the start of the capability.
  private enum Register {
    static let control = 2
    static let table = 4
    static let pending = 8
    static let end = 12
  }

  /// One row of the table (6.8.2.6 to 6.8.2.9).
  private struct Entry {
    static let size: UInt64 = 16
    static let vectorMask: UInt32 = 1 << 0

    var address: UInt32 = 0
    var upperAddress: UInt32 = 0
    var data: UInt32 = 0
    var vectorControl = vectorMask

    var isMasked: Bool { vectorControl & Self.vectorMask != 0 }
    var message: PCIInterruptMessage {
      PCIInterruptMessage(address: UInt64(upperAddress) << 32 | UInt64(address & ~0b11), data: data)
    }
  }

  /// Where the table and the pending bits lie in the function's memory.
  public struct Layout: Sendable {
    /// The base address register, 0 to 5, that both are behind.
    public let baseAddressRegister: Int
    /// The offset of the table: a multiple of 8.
    public let tableOffset: UInt32
    /// The offset of the pending bits: a multiple of 8.
    public let pendingOffset: UInt32

    /// A layout; low bits of the offsets that must be zero are cleared.
    public init(baseAddressRegister: Int, tableOffset: UInt32, pendingOffset: UInt32) {
      self.baseAddressRegister = baseAddressRegister
      self.tableOffset = tableOffset & ~0b111
      self.pendingOffset = pendingOffset & ~0b111
    }
  }

  /// The number of vectors, 1 to 2048.
  public var vectorCount: Int { entries.count }
  private let offset: Int
  private let layout: Layout
  private var entries: [Entry]
  private var pending: [Bool]

  /// Appends the capability to `space`, for 1 to 2048 vectors.
  init(in space: inout ConfigurationSpace, vectorCount: Int, layout: Layout) {
    precondition(1...2048 ~= vectorCount && 0..<PCIRegister.baseAddressCount ~= layout.baseAddressRegister)
    self.layout = layout
    entries = Array(repeating: Entry(), count: vectorCount)
    pending = Array(repeating: false, count: vectorCount)
    offset = space.appendCapability(.extendedMessageSignaledInterrupts, length: Register.end)
    space.define(
      offset + Register.control, value: UInt16(vectorCount - 1),
      writable: Control.enable | Control.functionMask)
    let register = UInt32(layout.baseAddressRegister)
    space.define(offset + Register.table, value: layout.tableOffset | register)
    space.define(offset + Register.pending, value: layout.pendingOffset | register)
  }

  /// Whether software has chosen these messages over the pin.
  public func isEnabled(in space: ConfigurationSpace) -> Bool {
    space.load(offset + Register.control, as: UInt16.self) & Control.enable != 0
  }

  private func isFunctionMasked(in space: ConfigurationSpace) -> Bool {
    space.load(offset + Register.control, as: UInt16.self) & Control.functionMask != 0
  }

  /// The message to send for `vector`; `nil` if there is none to send now: a masked one becomes pending.
  mutating func signal(_ vector: Int, in space: ConfigurationSpace) -> PCIInterruptMessage? {
    guard isEnabled(in: space), entries.indices ~= vector else { return nil }
    if entries[vector].isMasked || isFunctionMasked(in: space) {
      pending[vector] = true
      return nil
    }
    return entries[vector].message
  }

  /// The messages that were pending and are no longer masked; they are pending no more.
  mutating func takePending(in space: ConfigurationSpace) -> [PCIInterruptMessage] {
    guard isEnabled(in: space), !isFunctionMasked(in: space) else { return [] }
    var messages: [PCIInterruptMessage] = []
    for vector in entries.indices where pending[vector] && !entries[vector].isMasked {
      pending[vector] = false
      messages.append(entries[vector].message)
    }
    return messages
  }

  /// Puts the table to its power-on value: everything masked, nothing pending.
  mutating func reset() {
    for vector in entries.indices {
      entries[vector] = Entry()
      pending[vector] = false
    }
  }

  // MARK: The table in memory

  /// Reads the table or the pending bits; `nil` if `offset` behind register `register` is neither.
  func read(_ register: Int, offset: UInt64, width: AccessWidth) -> UInt64? {
    guard let part = part(register, offset: offset) else { return nil }
    var value: UInt64 = 0
    for index in 0..<UInt64(width.rawValue) {
      value |= UInt64(byte(part, at: index)) << (index * 8)
    }
    return value
  }

  /// Writes the table; `false` if `offset` behind register `register` is neither it nor the pending bits.
  /// Accesses of other than 4 or 8 bytes are undefined (6.8.2): they change nothing.
  mutating func write(_ register: Int, offset: UInt64, width: AccessWidth, value: UInt64) -> Bool {
    guard let part = part(register, offset: offset) else { return false }
    guard case .table(let position) = part, position % UInt64(width.rawValue) == 0 else { return true }
    switch width {
    case .byte, .word: break
    case .doubleword: writeTable(position, value: UInt32(truncatingIfNeeded: value))
    case .quadword:
      writeTable(position, value: UInt32(truncatingIfNeeded: value))
      writeTable(position + 4, value: UInt32(truncatingIfNeeded: value >> 32))
    }
    return true
  }

  private enum Part {
    case table(UInt64)
    case pending(UInt64)
  }

  private func part(_ register: Int, offset: UInt64) -> Part? {
    guard register == layout.baseAddressRegister else { return nil }
    let tablePosition = offset &- UInt64(layout.tableOffset)
    if tablePosition < UInt64(entries.count) * Entry.size { return .table(tablePosition) }
    let pendingPosition = offset &- UInt64(layout.pendingOffset)
    return pendingPosition < UInt64((entries.count + 63) / 64 * 8) ? .pending(pendingPosition) : nil
  }

  private func byte(_ part: Part, at index: UInt64) -> UInt8 {
    switch part {
    case .table(let start):
      let position = start + index
      let row = Int(position / Entry.size)
      guard row < entries.count else { return 0 }
      let field =
        switch position % Entry.size / 4 {
        case 0: entries[row].address
        case 1: entries[row].upperAddress
        case 2: entries[row].data
        default: entries[row].vectorControl
        }
      return UInt8(truncatingIfNeeded: field >> UInt32(position % 4 * 8))
    case .pending(let start):
      let first = Int(start + index) * 8
      var bits: UInt8 = 0
      for bit in 0..<8 where first + bit < pending.count && pending[first + bit] { bits |= 1 << UInt8(bit) }
      return bits
    }
  }

  private mutating func writeTable(_ position: UInt64, value: UInt32) {
    let row = Int(position / Entry.size)
    guard row < entries.count else { return }
    switch position % Entry.size / 4 {
    case 0: entries[row].address = value
    case 1: entries[row].upperAddress = value
    case 2: entries[row].data = value
    default: entries[row].vectorControl = value & Entry.vectorMask
    }
  }

  // MARK: State

  /// Writes the table and the pending bits.
  func save(to writer: inout StateWriter) {
    for (entry, isPending) in zip(entries, pending) {
      writer.write(entry.address)
      writer.write(entry.upperAddress)
      writer.write(entry.data)
      writer.write(entry.vectorControl)
      writer.write(isPending)
    }
  }

  /// Reads back what ``save(to:)`` wrote.
  mutating func restore(from reader: inout StateReader) throws(StateError) {
    for vector in entries.indices {
      entries[vector].address = try reader.read()
      entries[vector].upperAddress = try reader.read()
      entries[vector].data = try reader.read()
      entries[vector].vectorControl = try reader.read()
      pending[vector] = try reader.readBool()
    }
  }
}
