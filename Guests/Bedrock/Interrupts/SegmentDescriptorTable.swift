import Interfaces

/// A selector of a segment that every processor's table has.
///
/// The order suits SYSCALL and SYSRET: kernel data follows kernel code, user code follows user data.
public enum SegmentSelector: UInt16, Sendable {
  case kernelCode = 0x08
  case kernelData = 0x10
  case userData = 0x1B
  case userCode = 0x23
  case taskState = 0x28
}

/// The stack that an exception switches to: an index into the interrupt stack table of the TSS.
enum InterruptStack: UInt16 {
  case current = 0
  case doubleFault = 1
  case nonMaskable = 2

  /// Exceptions that can find the current stack unusable get one of their own.
  init(for exception: ExceptionVector?) {
    switch exception {
    case .doubleFault: self = .doubleFault
    case .nonMaskableInterrupt, .machineCheck: self = .nonMaskable
    default: self = .current
    }
  }
}

/// One processor's global descriptor table, task-state segment and exception stacks.
final class SegmentDescriptorTable {
  private static let entries = 7
  private static let taskStateSize = 104
  private static let exceptionStackSize = 16384

  private let descriptors: UnsafeMutablePointer<UInt64>
  private let taskState: UnsafeMutableRawPointer
  private let exceptionStacks: [UnsafeMutableRawPointer]

  init() {
    taskState = .allocate(byteCount: Self.taskStateSize, alignment: 16)
    taskState.initializeMemory(as: UInt8.self, repeating: 0, count: Self.taskStateSize)
    exceptionStacks = [InterruptStack.doubleFault, .nonMaskable].map { _ in
      .allocate(byteCount: Self.exceptionStackSize, alignment: 16)
    }
    for (index, stack) in exceptionStacks.enumerated() {
      // IST1 is at offset 24h; the fields are not aligned to their size (APM volume 2, figure 12-8).
      let top = UInt64(UInt(bitPattern: stack + Self.exceptionStackSize))
      taskState.storeBytes(of: top, toByteOffset: 0x24 + index * 8, as: UInt64.self)
    }
    // No I/O permission bitmap: its offset is the segment's size.
    taskState.storeBytes(of: UInt16(Self.taskStateSize), toByteOffset: 0x66, as: UInt16.self)

    descriptors = .allocate(capacity: Self.entries)
    let base = UInt64(UInt(bitPattern: taskState))
    let table: [UInt64] = [
      0,
      0x00AF_9B00_0000_FFFF,  // kernel code, 64-bit
      0x00CF_9300_0000_FFFF,  // kernel data
      0x00CF_F300_0000_FFFF,  // user data
      0x00AF_FB00_0000_FFFF,  // user code, 64-bit
      0x0000_8900_0000_0000 | UInt64(Self.taskStateSize - 1) | (base & 0xFF_FFFF) << 16
        | (base >> 24 & 0xFF) << 56,
      base >> 32,
    ]
    descriptors.initialize(from: table, count: Self.entries)
  }

  deinit {
    descriptors.deallocate()
    taskState.deallocate()
    for stack in exceptionStacks { stack.deallocate() }
  }

  /// Sets the stack for interrupts that arrive in user mode (RSP0).
  func setKernelStack(top: UInt64) {
    taskState.storeBytes(of: top, toByteOffset: 4, as: UInt64.self)
  }

  /// GDTR of the processor whose segments these are.
  var tableRegister: HyperV.TableRegister {
    let limit = UInt16(Self.entries * MemoryLayout<UInt64>.stride - 1)
    return HyperV.TableRegister(base: UInt64(UInt(bitPattern: descriptors)), limit: limit)
  }

  /// What a segment register holds when the selector has been loaded.
  func register(_ selector: SegmentSelector) -> HyperV.SegmentRegister {
    HyperV.SegmentRegister(
      selector: selector.rawValue, descriptor: descriptors + Int(selector.rawValue / 8))
  }

  /// Makes these the current processor's segments. The bases of FS and GS become 0.
  func load() {
    DescriptorTablePointer.with(tableRegister) {
      loadSegments(
        $0, SegmentSelector.kernelCode.rawValue, SegmentSelector.kernelData.rawValue,
        SegmentSelector.taskState.rawValue)
    }
  }
}

/// The operand of LGDT and LIDT: a 16-bit limit and a 64-bit base without padding between.
enum DescriptorTablePointer {
  static func with(_ table: HyperV.TableRegister, _ body: (UnsafeRawPointer) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 10, alignment: 8) { buffer in
      guard let pointer = buffer.baseAddress else { return }
      pointer.storeBytes(of: table.limit, as: UInt16.self)
      pointer.storeBytes(of: table.base, toByteOffset: 2, as: UInt64.self)
      body(UnsafeRawPointer(pointer))
    }
  }
}
