import X86

/// A stack that a far transfer or an event writes a frame to, or reads one from.
///
/// Pushes are collected and written by ``commit()``: all or none, so that a fault leaves the old world as it was.
struct StackFrame {
  private let core: Core
  private let segment: Segment
  /// What wraps the pointer: 16, 32 or 64 bits.
  private let mask: UInt64
  private let privilege: AccessPrivilege
  /// Raised where the frame leaves the segment.
  private let fault: Fault
  /// The stack pointer as it will be.
  private(set) var pointer: UInt64
  private var pushed: [(address: UInt64, value: UInt64, width: UInt16)] = []

  /// A frame on the stack in `segment`.
  ///
  /// - Parameters:
  ///   - mode: the mode of the code whose stack it is. In 64-bit mode the segment does not matter.
  ///   - fault: what is raised where the frame leaves the segment.
  init(
    _ core: Core, segment: Segment, pointer: UInt64, mode: CodeMode, privilege: AccessPrivilege,
    fault: Fault = .stack
  ) {
    self.core = core
    self.segment = segment
    self.privilege = privilege
    self.fault = fault
    mask = Self.mask(of: segment, mode: mode)
    self.pointer = pointer & mask
  }

  /// A frame on the current stack, with the rights of an instruction's operand.
  init(onStackOf core: Core) {
    self.init(
      core, segment: core.segment(.ss), pointer: core.general(GeneralRegister.rsp), mode: core.state.codeMode,
      privilege: core.operandPrivilege)
  }

  /// What wraps the pointer of a stack.
  private static func mask(of segment: Segment, mode: CodeMode) -> UInt64 {
    if mode == .bits64 { return ~0 }
    return segment.attributes.isDefaultBig ? 0xFFFF_FFFF : 0xFFFF
  }

  /// Puts a value on the stack, to be written by ``commit()``.
  mutating func push(_ value: UInt64, width: UInt16) throws(Fault) {
    let next = (pointer &- UInt64(width)) & mask
    pushed.append((try linearAddress(next, width: width), value, width))
    pointer = next
  }

  /// Takes a value from the stack.
  mutating func pop(width: UInt16) throws(Fault) -> UInt64 {
    let value = try peek(at: 0, width: width)
    pointer = (pointer &+ UInt64(width)) & mask
    return value
  }

  /// The value at a distance from the top of the stack.
  func peek(at distance: UInt64, width: UInt16) throws(Fault) -> UInt64 {
    let address = try linearAddress((pointer &+ distance) & mask, width: width)
    switch width {
    case 2: return UInt64(try core.read(UInt16.self, at: address, privilege))
    case 4: return UInt64(try core.read(UInt32.self, at: address, privilege))
    default: return try core.read(UInt64.self, at: address, privilege)
    }
  }

  /// Moves the pointer up, past what a callee's caller left there.
  mutating func release(_ count: UInt64) { pointer = (pointer &+ count) & mask }

  /// Writes what was pushed.
  func commit() throws(Fault) {
    for item in pushed { try core.checkWritable(item.address, size: Int(item.width), privilege) }
    for item in pushed {
      switch item.width {
      case 2: try core.write(UInt16(truncatingIfNeeded: item.value), at: item.address, privilege)
      case 4: try core.write(UInt32(truncatingIfNeeded: item.value), at: item.address, privilege)
      default: try core.write(item.value, at: item.address, privilege)
      }
    }
  }

  /// Makes the pointer the current one: RSP, ESP or SP, as wide as the stack of `segment` is in the mode that is
  /// now in force.
  func install() {
    let rsp = core.general(GeneralRegister.rsp)
    core.setGeneral(GeneralRegister.rsp, mask == 0xFFFF ? rsp & ~0xFFFF | pointer : pointer)
  }

  private func linearAddress(_ offset: UInt64, width: UInt16) throws(Fault) -> UInt64 {
    let last = offset &+ UInt64(width - 1)
    if mask == ~0 {
      guard Core.isCanonical(offset), Core.isCanonical(last) else { throw fault }
      return offset
    }
    let isInside: Bool
    if segment.attributes.isExpandDown {
      isInside = offset > UInt64(segment.limit) && last <= mask
    } else {
      isInside = last <= UInt64(segment.limit)
    }
    guard isInside, segment.attributes.isPresent else { throw fault }
    return (segment.base &+ offset) & 0xFFFF_FFFF
  }
}
