import Bedrock

@_extern(c, "selftest_enter") func enterExcursion(_ excursion: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_leave") func leaveExcursion(_: UInt64, _: UInt64) -> UInt64

/// What `Excursion.S` enters a routine with, in its order.
struct Excursion {
  let first: UInt64
  let second: UInt64
  let rip: UInt64
  let cs: UInt64
  let flags: UInt64
  let rsp: UInt64
  let ss: UInt64
}

/// Where a routine, or a label with `.globl` in one, is.
func address(of routine: ProbeRoutine) -> UInt64 {
  UInt64(unsafeBitCast(routine, to: UInt.self))
}

/// The first 16 MiB of memory once more, for privilege level 3.
struct UserWindow {
  /// Where the window is: in the second GiB, of which the image needs nothing.
  static let base: UInt64 = 1 << 30

  private static let pageCount = 8
  private static let largePage: UInt64 = 2 << 20
  private static let presentWritableUser: UInt64 = 0x7
  private static let large: UInt64 = 0x80

  /// Maps the window. Nil if there is no memory.
  init?(_ computer: Computer) {
    let address = VirtualAddress(Self.base)
    guard let directory = computer.frames.allocate(), let pointer = directory.pointer,
      let root = computer.pageTable.entry(of: address, level: 4),
      let entry = computer.pageTable.entry(of: address, level: 3)
    else { return nil }
    let entries = pointer.assumingMemoryBound(to: UInt64.self)
    for index in 0..<Self.pageCount {
      entries[index] = UInt64(index) * Self.largePage | Self.large | Self.presentWritableUser
    }
    root.pointee |= Self.presentWritableUser
    entry.pointee = directory.rawValue | Self.presentWritableUser
    computer.pageTable.activate()
  }

  /// Where a program at privilege level 3 finds a byte of the image or the heap.
  func address(of pointer: UnsafeRawPointer) -> UInt64 { UInt64(UInt(bitPattern: pointer)) + Self.base }
}
