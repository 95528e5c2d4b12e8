import Bus
import Interfaces

/// Where a ring lies in the host's memory.
struct MHIRing: Equatable {
  /// The address of the first element.
  let base: UInt64
  /// The size in bytes: a multiple of an element's, at least one.
  let length: UInt64

  /// No driver has longer rings.
  static let maximumLength: UInt64 = 1 << 20

  /// A ring at a place that makes sense; `nil` otherwise.
  init?(base: UInt64, length: UInt64) {
    let element = UInt64(MHIRingElement.size)
    guard length > 0, length % element == 0, length <= Self.maximumLength, base % element == 0,
      !base.addingReportingOverflow(length).overflow
    else { return nil }
    self.base = base
    self.length = length
  }

  /// The ring that a context tells of.
  init(context: UInt64, ring: UInt8, _ memory: MHIHostMemory) throws(MHIHostError) {
    let base: UInt64 = try memory.loadContext(context &+ UInt64(MHIContext.ringBase), ring: ring)
    let length: UInt64 = try memory.loadContext(context &+ UInt64(MHIContext.ringLength), ring: ring)
    guard let ring = MHIRing(base: base, length: length) else {
      throw MHIHostError(violation: .badRing, ring: ring, value: length)
    }
    self = ring
  }

  /// Whether this is the address of an element.
  func contains(_ pointer: UInt64) -> Bool {
    pointer >= base && pointer &- base < length && (pointer &- base) % UInt64(MHIRingElement.size) == 0
  }

  /// The address of the element behind one.
  func next(_ pointer: UInt64) -> UInt64 {
    let next = pointer &+ UInt64(MHIRingElement.size)
    return next == base &+ length ? base : next
  }

  /// The number of elements from one up to another, without it.
  func count(from first: UInt64, to end: UInt64) -> Int {
    let distance = end >= first ? end &- first : end &+ length &- first
    return Int(truncatingIfNeeded: distance / UInt64(MHIRingElement.size))
  }
}

extension MHIRing {
  func save(to writer: inout StateWriter) {
    writer.write(base)
    writer.write(length)
  }

  init(from reader: inout StateReader) throws(StateError) {
    guard let ring = MHIRing(base: try reader.read(), length: try reader.read()) else { throw .invalid }
    self = ring
  }
}
