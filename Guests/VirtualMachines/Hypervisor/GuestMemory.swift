import Bedrock
import Interfaces

/// What a guest finds in its memory: page tables, descriptor tables, code, a stack, and a window of pages whose
/// entries in both kinds of page table can be changed.
///
/// The first GiB is the computer's own, one to one, so that the guest can run this image's routines.
final class GuestMemory: @unchecked Sendable {
  /// The guest-physical and linear address of the window.
  static let window: UInt64 = 1 << 30
  static let windowPages = 10
  /// The guest-physical and linear address of the local APIC's registers.
  static var apicBase: UInt64 { APICBase.defaultAddress }
  /// The address of one of them.
  static func address(of register: LocalAPICRegister) -> UInt64 { apicBase + UInt64(register.offset) }
  /// A selector of an available 32-bit task-state segment.
  static let otherTask: UInt16 = 0x38
  /// The size of an interrupt entry: see ``entry(of:)``.
  private static let entrySize: UInt64 = 8
  private static let vectors = 256

  /// The guest's own tables, from linear to guest-physical.
  let linear: PageTable
  /// The nested ones, from guest-physical to physical.
  let nested: PageTable
  let code: PhysicalAddress
  let descriptors: PhysicalAddress
  let interrupts: PhysicalAddress
  let taskState: PhysicalAddress
  let frames: PageFrameAllocator

  private let stack: PhysicalAddress
  private let entries: PhysicalAddress
  private let windowFrames: PhysicalAddress
  /// What is mapped where the APIC answers. No guest ever sees what is in it.
  private let apicFrame: PhysicalAddress

  static let stackSize: UInt64 = 4 * 4096
  static let taskStateSize = 104
  static let descriptorCount = 9

  /// Nil if there is no memory.
  init?(_ frames: PageFrameAllocator) {
    guard let linear = PageTable(empty: frames), let nested = PageTable(empty: frames),
      let code = frames.allocate(), let descriptors = frames.allocate(), let interrupts = frames.allocate(),
      let taskState = frames.allocate(), let entries = frames.allocate(),
      let stack = frames.allocate(count: Self.stackSize / PageFrameAllocator.frameSize),
      let windowFrames = frames.allocate(count: UInt64(Self.windowPages)), let apicFrame = frames.allocate()
    else { return nil }
    self.linear = linear
    self.nested = nested
    self.code = code
    self.descriptors = descriptors
    self.interrupts = interrupts
    self.taskState = taskState
    self.entries = entries
    self.stack = stack
    self.windowFrames = windowFrames
    self.apicFrame = apicFrame
    self.frames = frames
    guard mapAll() else { return nil }
    fillDescriptors()
    fillInterrupts()
  }

  /// The address above the stack, aligned as a call leaves it.
  var stackTop: UInt64 { (stack + Self.stackSize).rawValue - 64 }

  /// A page of the window: its address in the guest, linear and physical.
  static func windowPage(_ number: Int) -> UInt64 { window + UInt64(number) * PageFrameAllocator.frameSize }

  /// The memory behind a page of the window, where its entries were not changed.
  func windowFrame(_ number: Int) -> PhysicalAddress {
    windowFrames + UInt64(number) * PageFrameAllocator.frameSize
  }

  /// The nested entry of a page of the window.
  func nestedEntry(ofWindowPage number: Int) -> UnsafeMutablePointer<UInt64>? {
    nested.entry(of: VirtualAddress(Self.windowPage(number)), level: 1)
  }

  /// The guest's own entry of a page of the window.
  func linearEntry(ofWindowPage number: Int) -> UnsafeMutablePointer<UInt64>? {
    linear.entry(of: VirtualAddress(Self.windowPage(number)), level: 1)
  }

  /// Maps the page of the APIC's registers, or not: then accesses to it are nested page faults.
  func mapAPIC(_ isMapped: Bool) {
    nested.entry(of: VirtualAddress(Self.apicBase), level: 1)?.pointee =
      isMapped ? apicFrame.rawValue | Self.presentWritableUser : 0
  }

  /// Where the guest is when it has taken an interrupt or exception: at VMMCALL, and IRETQ behind it.
  func entry(of vector: UInt8) -> UInt64 { (entries + UInt64(vector) * Self.entrySize).rawValue }

  /// Leads a vector to a routine of the image.
  func setGate(_ vector: UInt8, _ target: UInt64) { Self.setGate(vector, target, in: interrupts) }

  /// Leads a vector of a table to a routine at privilege level 0.
  static func setGate(_ vector: UInt8, _ target: UInt64, in table: PhysicalAddress) {
    let low =
      target & 0xFFFF | UInt64(SegmentSelector.kernelCode.rawValue) << 16 | 0x8E00 << 32
      | (target >> 16 & 0xFFFF) << 48
    let offset = Int(vector) * 16
    table.pointer?.storeBytes(of: low, toByteOffset: offset, as: UInt64.self)
    table.pointer?.storeBytes(of: target >> 32, toByteOffset: offset + 8, as: UInt64.self)
  }

  /// Leads a vector to its interrupt entry again.
  func resetGate(_ vector: UInt8) { setGate(vector, entry(of: vector)) }

  /// Writes a program into the code page.
  func write(_ program: [UInt8]) {
    for (index, byte) in program.enumerated() {
      code.pointer?.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
    }
  }

  /// Makes every page of the window and its entries what they were in the beginning.
  func resetWindow() {
    for page in 0..<Self.windowPages {
      let frame = windowFrame(page)
      frame.pointer?.initializeMemory(as: UInt8.self, repeating: 0, count: SVM.pageSize)
      nestedEntry(ofWindowPage: page)?.pointee = frame.rawValue | Self.presentWritableUser
      linearEntry(ofWindowPage: page)?.pointee = Self.windowPage(page) | Self.presentWritableUser
    }
  }

  private static let presentWritableUser: UInt64 = 7
  private static let largePage: UInt64 = 2 << 20

  private func mapAll() -> Bool {
    do throws(PageTable.Failure) {
      for address in stride(from: 0, to: Self.window, by: Int(Self.largePage)) {
        try linear.mapLarge(VirtualAddress(address), to: PhysicalAddress(address), [.writable, .user])
        try nested.mapLarge(VirtualAddress(address), to: PhysicalAddress(address), [.writable, .user])
      }
      for page in 0..<Self.windowPages {
        let address = Self.windowPage(page)
        try linear.map(VirtualAddress(address), to: PhysicalAddress(address), [.writable, .user])
        try nested.map(VirtualAddress(address), to: windowFrame(page), [.writable, .user])
      }
      try linear.map(
        VirtualAddress(Self.apicBase), to: PhysicalAddress(Self.apicBase), [.writable, .user])
      try nested.map(VirtualAddress(Self.apicBase), to: apicFrame, [.writable, .user])
      return true
    } catch {
      return false
    }
  }

  private func fillDescriptors() {
    let base = taskState.rawValue
    let available: UInt64 = 0x8900_0000_0000
    let task = UInt64(Self.taskStateSize - 1) | (base & 0xFF_FFFF) << 16 | (base >> 24 & 0xFF) << 56
    let table: [UInt64] = [
      0, 0x00AF_9B00_0000_FFFF, 0x00CF_9300_0000_FFFF, 0x00CF_F300_0000_FFFF, 0x00AF_FB00_0000_FFFF,
      task | available, base >> 32, task | available, 0,
    ]
    for (index, descriptor) in table.enumerated() {
      descriptors.pointer?.storeBytes(of: descriptor, toByteOffset: index * 8, as: UInt64.self)
    }
    // RSP0, and no I/O permission bitmap.
    taskState.pointer?.storeBytes(of: stackTop, toByteOffset: 4, as: UInt64.self)
    taskState.pointer?.storeBytes(of: UInt16(Self.taskStateSize), toByteOffset: 0x66, as: UInt16.self)
  }

  private func fillInterrupts() {
    // VMMCALL, IRETQ
    let bytes: [UInt8] = [0x0F, 0x01, 0xD9, 0x48, 0xCF]
    for vector in 0..<Self.vectors {
      let vector = UInt8(vector)
      for (index, byte) in bytes.enumerated() {
        (entries + UInt64(vector) * Self.entrySize).pointer?.storeBytes(
          of: byte, toByteOffset: index, as: UInt8.self)
      }
      resetGate(vector)
    }
  }
}
