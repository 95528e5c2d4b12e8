import Interfaces

extension TraceRecordWriter {
  /// A text.
  public mutating func put(_ text: String) {
    var text = text
    text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
  }
}
