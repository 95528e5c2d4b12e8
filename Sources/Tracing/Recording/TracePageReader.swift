/// A record in a page.
struct PlacedRecord: Equatable {
  /// When it was made, in nanoseconds.
  let time: UInt64
  /// Its bytes, in the page.
  let range: Range<Int>
}

/// Reads the records of a page, which may come from a file that nobody vouches for.
struct TracePageReader {
  private let page: [UInt8]
  private let end: Int
  private var position = TracePage.headerSize
  private var time: UInt64

  /// The records that were lost before the page; 0 if none was, `nil` if nobody counted.
  let lost: UInt64?

  /// - Parameter page: at least the 16 bytes of a header.
  init?(_ page: [UInt8]) {
    guard page.count >= TracePage.headerSize else { return nil }
    self.page = page
    time = Self.number(page, 0, as: UInt64.self)
    let commit = Self.number(page, 8, as: UInt64.self)
    let used = Int(commit & TracePage.usedMask)
    end = min(TracePage.headerSize + used, page.count)
    if commit & TracePage.missed == 0 {
      lost = 0
    } else if commit & TracePage.missedCountStored != 0, end + 8 <= page.count {
      lost = Self.number(page, end, as: UInt64.self)
    } else {
      lost = nil
    }
  }

  private static func number<Number: FixedWidthInteger>(
    _ bytes: [UInt8], _ offset: Int, as type: Number.Type
  ) -> Number {
    bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
  }

  private mutating func word() -> UInt32? {
    guard position + 4 <= end else { return nil }
    defer { position += 4 }
    return Self.number(page, position, as: UInt32.self)
  }

  /// The next record; `nil` at the end of the page, or where its words make no sense.
  mutating func next() -> PlacedRecord? {
    while let first = word() {
      let delta = UInt64(first >> 5)
      switch first & 0x1F {
      case 29:
        // Padding: the rest of the page, or a record that was taken back.
        guard delta != 0, let size = word(), size >= 4 else { return nil }
        time &+= delta
        guard skip(Int(size) - 4) else { return nil }
      case 30:
        guard let high = word() else { return nil }
        time &+= UInt64(high) << 27 | delta
      case 31:
        guard let high = word() else { return nil }
        time = UInt64(high) << 27 | delta
      case 0:
        guard let size = word(), size >= 4 else { return nil }
        time &+= delta
        return take(Int(size) - 4)
      case let words:
        time &+= delta
        return take(Int(words) * 4)
      }
    }
    return nil
  }

  private mutating func skip(_ count: Int) -> Bool {
    guard count <= end - position else { return false }
    position += count
    return true
  }

  private mutating func take(_ count: Int) -> PlacedRecord? {
    let start = position
    return skip(count) ? PlacedRecord(time: time, range: start..<position) : nil
  }
}
