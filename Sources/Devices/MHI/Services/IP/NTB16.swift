/// Blocks of datagrams: the NTB of USB NCM 1.0, 3, in its form with numbers of 16 bits, with IP packets in it as
/// MBIM 1.0, 7, has them.
enum NTB16 {
  /// NTH16: `NCMH`, length of the header, sequence, length of the block, where the first table is (NCM 3.2.1).
  enum Header {
    static let signature: UInt32 = 0x484D_434E
    static let length = 12
    static let sequence = 6
    static let blockLength = 8
    static let tableIndex = 10
  }

  /// NDP16: `IPS` and the session, length, where the next table is, then pairs of index and length, of which one of
  /// zeros is the last (NCM 3.3.1, MBIM 7).
  enum Table {
    static let signature: UInt32 = 0x0053_5049
    static let sessionShift: UInt32 = 24
    static let pairs = 8
    static let pairLength = 4
    /// One pair and the one that ends.
    static let minimumLength = 16
  }

  /// Where the datagram of a block is that has only one.
  static let singleDatagramIndex = Header.length + Table.minimumLength

  /// The longest block.
  static let maximumLength = 0xFFFF

  /// Hands every datagram of session 0 to `use`, in order.
  ///
  /// - Returns: whether the block is right in every respect; none of a wrong one is used.
  static func forEachDatagram(in block: UnsafeRawBufferPointer, _ use: (UnsafeRawBufferPointer) -> Void)
    -> Bool
  {
    guard visit(block, { _ in }) else { return false }
    return visit(block, use)
  }

  private static func visit(_ bytes: UnsafeRawBufferPointer, _ use: (UnsafeRawBufferPointer) -> Void) -> Bool
  {
    guard bytes.count >= Header.length, bytes.number(at: 0, as: UInt32.self) == Header.signature,
      bytes.number(at: 4, as: UInt16.self) == UInt16(Header.length)
    else { return false }
    let length = Int(bytes.number(at: Header.blockLength, as: UInt16.self))
    guard length >= Header.length, length <= bytes.count else { return false }
    let block = UnsafeRawBufferPointer(rebasing: bytes[..<length])
    var table = Int(block.number(at: Header.tableIndex, as: UInt16.self))
    // Together datagrams are no longer than the block: a short block is never much work.
    var room = length
    var end = Header.length
    while table != 0 {
      // Tables follow each other, so that there is an end of them.
      guard table >= end, table.isMultiple(of: 4), table + Table.minimumLength <= length else { return false }
      let tableLength = Int(block.number(at: table + 4, as: UInt16.self))
      guard tableLength >= Table.minimumLength, tableLength.isMultiple(of: 4), table + tableLength <= length,
        visitTable(
          UnsafeRawBufferPointer(rebasing: block[table..<table + tableLength]), of: block, &room, use)
      else { return false }
      end = table + tableLength
      table = Int(block.number(at: table + 6, as: UInt16.self))
    }
    return end > Header.length
  }

  private static func visitTable(
    _ table: UnsafeRawBufferPointer, of block: UnsafeRawBufferPointer, _ room: inout Int,
    _ use: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    let signature = table.number(at: 0, as: UInt32.self)
    guard signature & (1 << Table.sessionShift - 1) == Table.signature else { return false }
    let session = signature >> Table.sessionShift
    var pair = Table.pairs
    while pair + Table.pairLength <= table.count {
      let index = Int(table.number(at: pair, as: UInt16.self))
      let length = Int(table.number(at: pair + 2, as: UInt16.self))
      if index == 0 || length == 0 { return true }
      guard index >= Header.length, index + length <= block.count, length <= room else { return false }
      room -= length
      if session == 0 { use(UnsafeRawBufferPointer(rebasing: block[index..<index + length])) }
      pair += Table.pairLength
    }
    // There was no last pair.
    return false
  }

  /// Makes a block of one datagram of session 0 in `buffer`; gives its length, `nil` if it does not fit.
  static func wrap(_ datagram: UnsafeRawBufferPointer, sequence: UInt16, in buffer: PacketBuffer) -> Int? {
    let length = singleDatagramIndex + datagram.count
    guard !datagram.isEmpty, length <= min(maximumLength, buffer.bytes.count) else { return nil }
    let block = buffer.prefix(length)
    block.set(Header.signature, at: 0)
    block.set(UInt16(Header.length), at: 4)
    block.set(sequence, at: Header.sequence)
    block.set(UInt16(truncatingIfNeeded: length), at: Header.blockLength)
    block.set(UInt16(Header.length), at: Header.tableIndex)
    let pairs = Header.length + Table.pairs
    block.set(Table.signature, at: Header.length)
    block.set(UInt16(Table.minimumLength), at: Header.length + 4)
    block.set(UInt16(0), at: Header.length + 6)
    block.set(UInt16(singleDatagramIndex), at: pairs)
    block.set(UInt16(truncatingIfNeeded: datagram.count), at: pairs + 2)
    block.set(UInt32(0), at: pairs + Table.pairLength)
    UnsafeMutableRawBufferPointer(rebasing: block[singleDatagramIndex...]).copyMemory(from: datagram)
    return length
  }
}

extension UnsafeRawBufferPointer {
  /// A little-endian number; its bytes must be there.
  fileprivate func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type) -> Number {
    Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Puts a little-endian number; there must be room.
  fileprivate func set<Number: FixedWidthInteger>(_ value: Number, at offset: Int) {
    storeBytes(of: value.littleEndian, toByteOffset: offset, as: Number.self)
  }
}
