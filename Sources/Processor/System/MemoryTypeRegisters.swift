import Bus
import X86

/// MTRRs, PAT, and where RAM ends (APM volume 2, 7.7 and 7.8). They are kept and checked, and have no effect: there
/// are no caches.
enum MemoryType {
  static let uncacheable: UInt64 = 0
  static let writeProtect: UInt64 = 5
  static let writeBack: UInt64 = 6

  /// Whether an MTRR can have the type.
  static func isValid(_ type: UInt64) -> Bool {
    switch type {
    case 0, 1, 4, 5, 6: true
    default: false
    }
  }

  /// Whether the page attribute table can have the type: it also knows UC-.
  static func isValidInPageAttributeTable(_ type: UInt64) -> Bool { type == 7 || isValid(type) }

  /// One type in all eight bytes of a register.
  static func inAllBytes(_ type: UInt64) -> UInt64 { type &* 0x0101_0101_0101_0101 }
}

/// The fields of the MTRRs.
enum MemoryTypeRange {
  /// MTRRcap: eight variable ranges, fixed ranges, write-combining.
  static let capabilities: UInt64 = 8 | 1 << 8 | 1 << 10
  /// MTRRdefType: fixed ranges are on.
  static let fixedEnable: UInt64 = 1 << 10
  /// MTRRdefType: all ranges are on.
  static let enable: UInt64 = 1 << 11
  /// In a variable range's mask: the range is on.
  static let valid: UInt64 = 1 << 11
  static let addressMask: UInt64 = PageTableEntry.addressMask
}

extension Core {
  /// What firmware leaves behind: RAM is write-back, the VGA window and the hole for devices are uncacheable.
  func setUsualMemoryTypes() {
    state.modelSpecific.mtrrDefaultType =
      MemoryTypeRange.enable | MemoryTypeRange.fixedEnable | MemoryType.writeBack
    let vgaWindow = 2
    for index in 0..<11 {
      let type: UInt64
      switch index {
      case vgaWindow: type = MemoryType.uncacheable
      case 3...: type = MemoryType.writeProtect
      default: type = MemoryType.writeBack
      }
      state.modelSpecific.mtrrFixed[index] = MemoryType.inAllBytes(type)
    }
    let hole = GuestMemory.holeEnd - GuestMemory.holeStart
    state.modelSpecific.mtrrVariable[0] = GuestMemory.holeStart | MemoryType.uncacheable
    state.modelSpecific.mtrrVariable[1] =
      ~(hole - 1) & MemoryTypeRange.addressMask | MemoryTypeRange.valid
  }

  func memoryTypeRegister(_ index: UInt32) -> UInt64? {
    switch index {
    case MSR.mtrrCapabilities: return MemoryTypeRange.capabilities
    case MSR.mtrrDefaultType: return state.modelSpecific.mtrrDefaultType
    case MSR.mtrrVariableFirst...MSR.mtrrVariableLast:
      return state.modelSpecific.mtrrVariable[Int(index - MSR.mtrrVariableFirst)]
    case MSR.pageAttributeTable: return state.modelSpecific.pageAttributeTable
    case MSR.systemConfiguration: return state.modelSpecific.syscfg
    case MSR.topOfMemory: return state.owner.memory.lowSize
    case MSR.topOfMemory2: return GuestMemory.holeEnd + state.owner.memory.highSize
    case MSR.ioRangeFirst...MSR.ioRangeLast: return 0
    default:
      guard let position = Self.fixedRange(index) else { return nil }
      return state.modelSpecific.mtrrFixed[position]
    }
  }

  func setMemoryTypeRegister(_ index: UInt32, _ value: UInt64) -> RegisterWrite {
    switch index {
    case MSR.mtrrCapabilities: return .refused
    case MSR.mtrrDefaultType:
      let known = 0xFF | MemoryTypeRange.enable | MemoryTypeRange.fixedEnable
      guard value & ~known == 0, MemoryType.isValid(value & 0xFF) else { return .refused }
      state.modelSpecific.mtrrDefaultType = value
    case MSR.mtrrVariableFirst...MSR.mtrrVariableLast:
      return setVariableRange(Int(index - MSR.mtrrVariableFirst), value)
    case MSR.pageAttributeTable:
      guard Self.allBytes(of: value, are: MemoryType.isValidInPageAttributeTable) else { return .refused }
      state.modelSpecific.pageAttributeTable = value
    case MSR.systemConfiguration: state.modelSpecific.syscfg = value
    // Where RAM ends is the board's to say.
    case MSR.topOfMemory, MSR.topOfMemory2, MSR.ioRangeFirst...MSR.ioRangeLast: break
    default:
      guard let position = Self.fixedRange(index) else { return .unknown }
      guard Self.allBytes(of: value, are: MemoryType.isValid) else { return .refused }
      state.modelSpecific.mtrrFixed[position] = value
    }
    return .accepted
  }

  /// Bases and masks alternate.
  private func setVariableRange(_ position: Int, _ value: UInt64) -> RegisterWrite {
    let isMask = position & 1 != 0
    let known = MemoryTypeRange.addressMask | (isMask ? MemoryTypeRange.valid : 0xFF)
    guard value & ~known == 0, isMask || MemoryType.isValid(value & 0xFF) else { return .refused }
    state.modelSpecific.mtrrVariable[position] = value
    return .accepted
  }

  /// The place of a fixed-range MTRR among the eleven.
  private static func fixedRange(_ index: UInt32) -> Int? {
    switch index {
    case MSR.mtrrFixed64K: 0
    case MSR.mtrrFixed16KLow: 1
    case MSR.mtrrFixed16KHigh: 2
    case MSR.mtrrFixed4KFirst...MSR.mtrrFixed4KLast: 3 + Int(index - MSR.mtrrFixed4KFirst)
    default: nil
    }
  }

  private static func allBytes(of value: UInt64, are isValid: (UInt64) -> Bool) -> Bool {
    for shift in stride(from: UInt64(0), to: 64, by: 8) where !isValid(value >> shift & 0xFF) { return false }
    return true
  }
}
