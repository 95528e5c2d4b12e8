extension EventDescription {
  /// A field of a record.
  public struct Field: Equatable, Sendable {
    /// The name.
    public let name: String
    /// The type in C, without the length of an array.
    public let typeName: String
    /// The number of elements, for an array in the record itself.
    let elementCount: Int?
    /// In bytes from the start of the record.
    public let offset: Int
    /// In bytes; of a field whose value lies elsewhere in the record, the size of what tells where.
    public let size: Int
    /// Values can be below zero.
    public let isSigned: Bool
    /// What the bytes are.
    let content: Content

    /// What the bytes of a field are.
    enum Content: Equatable, Sendable {
      case number
      case text(Place)
      case array(Place, elementSize: Int)
    }

    /// Where the value is.
    enum Place: Equatable, Sendable {
      /// In the field.
      case here
      /// The field has the offset in its lower and the size in its upper half.
      case located
      /// The same, with offsets from the end of the field.
      case locatedFromEnd
    }

    init(
      _ name: String, type: String, elementCount: Int? = nil, offset: Int, size: Int, isSigned: Bool
    ) {
      self.name = name
      typeName = type
      self.elementCount = elementCount
      self.offset = offset
      self.size = size
      self.isSigned = isSigned
      content = Self.content(type, elementCount, size)
    }

    private static func content(_ type: String, _ elementCount: Int?, _ size: Int) -> Content {
      let place: Place
      if type.hasPrefix("__data_loc ") {
        place = .located
      } else if type.hasPrefix("__rel_loc ") {
        place = .locatedFromEnd
      } else if elementCount != nil {
        place = .here
      } else {
        return .number
      }
      if type.contains("char") { return .text(place) }
      let elementSize: Int
      if place == .here, let elementCount, elementCount > 0 {
        elementSize = max(size / elementCount, 1)
      } else {
        elementSize = IntegerType(named: type).size
      }
      return .array(place, elementSize: elementSize)
    }

    /// The value is a text.
    var isText: Bool {
      if case .text = content { true } else { false }
    }
  }
}

extension EventDescription.Field {
  /// Where the value of a field is and how it is to be read.
  struct Location {
    let offset: Int
    let size: Int
    let isSigned: Bool
    let content: Content
  }

  /// Where the value is and how it is to be read.
  var location: Location { Location(offset: offset, size: size, isSigned: isSigned, content: content) }

  /// The number in a record; 0 if the record is too short for it.
  func number(in record: UnsafeRawBufferPointer) -> Int64 { location.number(in: record) }

  /// A number anywhere in a record; 0 if it does not lie in it.
  @inline(__always)
  static func number(
    in record: UnsafeRawBufferPointer, at offset: Int, size: Int, isSigned: Bool
  ) -> Int64 {
    guard offset >= 0, offset <= record.count, size <= record.count - offset else { return 0 }
    func load<Number: FixedWidthInteger>(_ type: Number.Type) -> Int64 {
      Int64(truncatingIfNeeded: record.loadUnaligned(fromByteOffset: offset, as: type))
    }
    return switch (size, isSigned) {
    case (1, false): load(UInt8.self)
    case (1, true): load(Int8.self)
    case (2, false): load(UInt16.self)
    case (2, true): load(Int16.self)
    case (4, false): load(UInt32.self)
    case (4, true): load(Int32.self)
    case (8, _): load(Int64.self)
    default: 0
    }
  }

  /// The bits of the number, without those that its sign adds.
  func bits(in record: UnsafeRawBufferPointer) -> UInt64 { location.bits(in: record) }

  /// The bytes of a text or an array; none if they do not lie in the record.
  func bytes(in record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer { location.bytes(in: record) }

  /// The bytes of a text before its final zero.
  func textBytes(in record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    location.textBytes(in: record)
  }

  /// The text in a record; empty if it does not lie in it.
  func text(in record: UnsafeRawBufferPointer) -> String {
    String(decoding: textBytes(in: record), as: UTF8.self)
  }
}

extension EventDescription.Field.Location {
  @inline(__always)
  func number(in record: UnsafeRawBufferPointer) -> Int64 {
    EventDescription.Field.number(in: record, at: offset, size: size, isSigned: isSigned)
  }

  func bits(in record: UnsafeRawBufferPointer) -> UInt64 {
    UInt64(
      bitPattern: EventDescription.Field.number(in: record, at: offset, size: size, isSigned: false))
  }

  func bytes(in record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let place: EventDescription.Field.Place
    switch content {
    case .number: place = .here
    case .text(let valuePlace), .array(let valuePlace, _): place = valuePlace
    }
    var (start, count) = (offset, size)
    if place != .here {
      let location = bits(in: record)
      start = Int(location & 0xFFFF) + (place == .located ? 0 : offset &+ size)
      count = Int(location >> 16 & 0xFFFF)
    }
    guard start >= 0, start <= record.count, count >= 0, count <= record.count - start else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(rebasing: record[start..<start + count])
  }

  func textBytes(in record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let bytes = bytes(in: record)
    return UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.firstIndex(of: 0) ?? bytes.endIndex)])
  }
}
