/// Where the fields of an event lie in its records: each at a multiple of its size, as a C compiler places them.
public struct TraceLayout: Sendable {
  /// The offset of each field, in the order of the declaration.
  public let offsets: [Int]
  /// The size of header and fields, without texts.
  public let size: Int

  /// The layout of an event's records.
  public init(_ event: TraceEvent) {
    var offsets: [Int] = []
    var end = TraceRecord.headerSize
    for field in event.fields {
      let size = field.kind.size
      end = (end + size - 1) / size * size
      offsets.append(end)
      end += size
    }
    self.offsets = offsets
    size = end
  }
}
