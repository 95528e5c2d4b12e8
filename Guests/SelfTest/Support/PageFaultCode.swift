/// The error code of a page fault: AMD64 APM volume 2, section 8.4.2.
struct PageFaultCode: OptionSet {
  let rawValue: UInt64
  /// The page is present: the access was not permitted.
  static let protection = PageFaultCode(rawValue: 1 << 0)
  static let write = PageFaultCode(rawValue: 1 << 1)
  static let user = PageFaultCode(rawValue: 1 << 2)
  static let reservedBit = PageFaultCode(rawValue: 1 << 3)
  static let fetch = PageFaultCode(rawValue: 1 << 4)
}
