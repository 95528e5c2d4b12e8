import X86

/// A view of one processor's state: a pointer with the operations of a processor.
///
/// It is passed by value in one host register. Nothing in it counts references.
struct Core {
  private let pointer: UnsafeMutablePointer<CoreState>

  @inline(__always)
  init(_ pointer: UnsafeMutablePointer<CoreState>) { self.pointer = pointer }

  /// The view that a handler makes of its first argument.
  @inline(__always)
  init(_ raw: UnsafeMutableRawPointer) { pointer = raw.assumingMemoryBound(to: CoreState.self) }

  /// The first byte of the state, from which registers are addressed.
  @inline(__always)
  var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pointer) }

  /// The state itself.
  @inline(__always)
  var state: CoreState {
    unsafeAddress { UnsafePointer(pointer) }
    nonmutating unsafeMutableAddress { pointer }
  }

  /// Reads a register by its byte offset.
  @inline(__always)
  func register<Value: FixedWidthInteger>(_ offset: UInt8, as type: Value.Type = Value.self) -> Value {
    raw.load(fromByteOffset: Int(offset), as: Value.self)
  }

  /// Writes a register by its byte offset. A 32-bit value clears the upper half (APM volume 1, 3.1.2).
  @inline(__always)
  func setRegister<Value: FixedWidthInteger>(_ offset: UInt8, _ value: Value) {
    if Value.bitWidth == 32 {
      raw.storeBytes(of: UInt64(truncatingIfNeeded: value), toByteOffset: Int(offset), as: UInt64.self)
    } else {
      raw.storeBytes(of: value, toByteOffset: Int(offset), as: Value.self)
    }
  }

  /// General register `number` (0 RAX to 15 R15), all 64 bits.
  @inline(__always)
  func general(_ number: Int) -> UInt64 {
    raw.load(fromByteOffset: (number & 15) &* 8, as: UInt64.self)
  }

  /// Writes all 64 bits of general register `number`.
  @inline(__always)
  func setGeneral(_ number: Int, _ value: UInt64) {
    raw.storeBytes(of: value, toByteOffset: (number & 15) &* 8, as: UInt64.self)
  }

  /// RFLAGS as software sees it. Whoever sets it calls ``updateContext()`` if AC or VM changed.
  var rflags: RFLAGS {
    get { state.systemFlags.union(state.lazyFlags.statusBits) }
    nonmutating set {
      state.lazyFlags.statusBits = newValue
      state.systemFlags = newValue.subtracting(LazyFlags.statusMask).intersection(.implemented).union(
        .alwaysOne)
    }
  }

  var isLongModeActive: Bool { state.efer.contains(.lma) }
  var is64Bit: Bool { state.codeMode == .bits64 }
  var isProtected: Bool { state.cr0.contains(.protectionEnable) }
  var isVirtual8086: Bool { state.systemFlags.contains(.virtual8086) }
}

/// The numbers of the general registers that instructions use without naming them.
enum GeneralRegister {
  static let rax = 0
  static let rcx = 1
  static let rdx = 2
  static let rbx = 3
  static let rsp = 4
  static let rbp = 5
  static let rsi = 6
  static let rdi = 7
  static let r11 = 11
}

extension RFLAGS {
  /// The bits that are not reserved.
  static let implemented = RFLAGS(rawValue: 0x3F_7FD7)
}
