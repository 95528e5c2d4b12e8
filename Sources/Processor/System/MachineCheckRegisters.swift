import X86

/// The machine check architecture with banks that never report anything (APM volume 2, 9.3).
enum MachineCheck {
  static let bankCount = 8
  /// Control, status, address and miscellaneous.
  static let registersPerBank = 4
  /// MCG_CAP: the number of banks, and that MCG_CTL exists.
  static let capabilities = UInt64(bankCount) | 1 << 8
  /// HWCR: MCi_STATUS can be written with something other than zero.
  static let statusWriteEnable: UInt64 = 1 << 18

  enum Register: Int {
    case control
    case status
    case address
    case miscellaneous
  }

  /// The place of a bank's register among all; `nil` if the bank does not exist.
  static func position(_ index: UInt32) -> (position: Int, register: Register)? {
    guard (MSR.machineCheckBankFirst...MSR.machineCheckBankLast).contains(index) else { return nil }
    let position = Int(index - MSR.machineCheckBankFirst)
    guard position < bankCount * registersPerBank,
      let register = Register(rawValue: position % registersPerBank)
    else { return nil }
    return (position, register)
  }
}

extension Core {
  func machineCheckRegister(_ index: UInt32) -> UInt64? {
    switch index {
    case MSR.machineCheckCapabilities: return MachineCheck.capabilities
    case MSR.machineCheckStatus: return state.modelSpecific.machineCheckStatus
    case MSR.machineCheckControl: return state.modelSpecific.machineCheckControl
    case MSR.machineCheckMaskFirst...MSR.machineCheckMaskLast: return 0
    default:
      guard let (position, _) = MachineCheck.position(index) else { return nil }
      return state.modelSpecific.machineCheckBanks[position]
    }
  }

  func setMachineCheckRegister(_ index: UInt32, _ value: UInt64) -> RegisterWrite {
    switch index {
    case MSR.machineCheckCapabilities: return .refused
    case MSR.machineCheckStatus: state.modelSpecific.machineCheckStatus = value
    case MSR.machineCheckControl: state.modelSpecific.machineCheckControl = value
    case MSR.machineCheckMaskFirst...MSR.machineCheckMaskLast: break
    default:
      guard let (position, register) = MachineCheck.position(index) else { return .unknown }
      switch register {
      case .control: state.modelSpecific.machineCheckBanks[position] = value
      case .status:
        let isWritable = state.modelSpecific.hwcr & MachineCheck.statusWriteEnable != 0
        guard value == 0 || isWritable else { return .refused }
        state.modelSpecific.machineCheckBanks[position] = value
      case .address: state.modelSpecific.machineCheckBanks[position] = value
      // Thresholds are not counted: the register says so by reading as zero.
      case .miscellaneous: break
      }
    }
    return .accepted
  }
}
