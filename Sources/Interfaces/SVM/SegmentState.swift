extension SVM {
  /// A segment register, or the register of a descriptor table, as a control block has it.
  public struct SegmentState: Equatable, Sendable {
    /// The selector.
    public var selector: UInt16
    /// Bits 40 to 47 and 52 to 55 of a descriptor.
    public var attributes: UInt16
    /// The offset of the last byte.
    public var limit: UInt32
    /// The base.
    public var base: UInt64

    /// A register of these parts; it begins at 0 and ends at 4 GiB if nothing else is said.
    public init(selector: UInt16 = 0, attributes: UInt16 = 0, limit: UInt32 = .max, base: UInt64 = 0) {
      self.selector = selector
      self.attributes = attributes
      self.limit = limit
      self.base = base
    }

    /// Code of 64-bit mode, present, at privilege level 0.
    public static var code64: SegmentState { SegmentState(attributes: 0xA9B) }
    /// Data, present and writable, at privilege level 0.
    public static var data: SegmentState { SegmentState(attributes: 0xC93) }
  }
}
