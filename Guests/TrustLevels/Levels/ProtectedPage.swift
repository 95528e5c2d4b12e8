import Bedrock
import Interfaces

/// A page that a level protects, and what it hears about it.
final class ProtectedPage: @unchecked Sendable {
  /// What the message of an intercept says.
  struct Intercept {
    let type: UInt64
    let access: UInt64
    let state: UInt64
    let instructionPointer: UInt64
    let processor: UInt64
    let validity: UInt64
    let linear: UInt64
    let physical: UInt64
  }

  /// Where the levels below find the page: not in the identity map, so that its page-table page is its own.
  static let address = VirtualAddress(3 << 39)
  static let pattern: UInt64 = 0x0BAD_CAFE_0BAD_F00D

  let levels: LevelBench
  let frame: PhysicalAddress
  /// What the level heard, in its order.
  private(set) var intercepts: [Intercept] = []
  /// How often the level lets an intercept happen again before it gives the rights back.
  var patience = 0
  /// What else the level does about an intercept.
  var onIntercept: (() -> Void)?

  /// Nil if there is no memory.
  init?(_ levels: LevelBench) {
    guard let frame = levels.bench.computer.frames.allocate() else { return nil }
    self.levels = levels
    self.frame = frame
    do throws(PageTable.Failure) {
      try levels.bench.computer.pageTable.map(Self.address, to: frame, .writable)
    } catch {
      return nil
    }
    reset()
  }

  /// A page that another level protects already.
  init(_ levels: LevelBench, sharing other: ProtectedPage) {
    self.levels = levels
    frame = other.frame
  }

  /// Forgets what was heard.
  func reset() {
    intercepts = []
    frame.pointer?.storeBytes(of: Self.pattern, as: UInt64.self)
  }

  /// The level begins to protect pages.
  func begin(_ rights: HyperV.MapFlags = .all) -> UInt64 {
    levels.status { partition throws(HypercallFailure) in
      try partition.setRegister(
        .levelConfiguration,
        to: HyperV.LevelConfiguration.protection.rawValue | UInt64(rights.rawValue) << 1)
    }
  }

  /// The level takes rights to a page from the lower ones.
  func protect(_ rights: HyperV.MapFlags, page: PhysicalAddress? = nil) -> UInt64 {
    let page = page ?? frame
    levels.upper.onMessage = { [self] message in hear(message, restoring: page) }
    return levels.status { partition throws(HypercallFailure) in try partition.protect(page, rights) }
  }

  /// The level gives all rights back.
  func release(page: PhysicalAddress? = nil) -> UInt64 {
    let page = page ?? frame
    return levels.status { partition throws(HypercallFailure) in try partition.protect(page, .all) }
  }

  /// At the level: reads a message, and gives the rights back, so that the access succeeds when it is done
  /// again.
  private func hear(_ message: UnsafeMutableRawPointer, restoring page: PhysicalAddress) {
    func number<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: Number.Type) -> UInt64 {
      UInt64(message.load(fromByteOffset: offset, as: type))
    }
    typealias Header = HyperV.InterceptHeader
    typealias Payload = HyperV.MemoryInterceptMessage
    let payload = HyperV.Message.payload
    intercepts.append(
      Intercept(
        type: number(HyperV.Message.type, as: UInt32.self),
        access: number(payload + Header.access, as: UInt8.self),
        state: number(payload + Header.state, as: UInt16.self),
        instructionPointer: number(payload + Header.instructionPointer, as: UInt64.self),
        processor: number(payload + Header.processor, as: UInt32.self),
        validity: number(payload + Payload.validity, as: UInt8.self),
        linear: number(payload + Payload.linear, as: UInt64.self),
        physical: number(payload + Payload.physical, as: UInt64.self)))
    onIntercept?()
    if intercepts.count > patience { _ = try? levels.upper.partition?.protect(page, .all) }
  }
}
