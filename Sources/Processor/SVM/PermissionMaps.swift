import Interfaces
import X86

/// The maps that tell which ports and model-specific registers a hypervisor keeps for itself (APM volume 2, 15.10
/// and 15.11).
extension Core {
  /// A bit of a map; what is not in RAM reads as set.
  private func bit(_ number: Int, ofMapAt address: UInt64) -> Bool {
    guard let byte = hostAddress(address &+ UInt64(number >> 3)) else { return true }
    return byte.load(as: UInt8.self) >> UInt8(number & 7) & 1 != 0
  }

  fileprivate func registerExit(isWrite: Bool) -> GuestExit? {
    guard state.privilegeLevel == 0, intercepts(.modelSpecificRegister), let machine = state.virtualMachine
    else { return nil }
    let index = UInt32(truncatingIfNeeded: general(GeneralRegister.rcx))
    if let number = SVM.RegisterPermissionMap.bit(of: index),
      !bit(number + (isWrite ? 1 : 0), ofMapAt: machine.pointee.registerMap)
    {
      return nil
    }
    return GuestExit(.modelSpecificRegister, isWrite ? 1 : 0)
  }

  fileprivate func portExit(_ instruction: UnsafePointer<Instruction>) throws(Fault) -> GuestExit? {
    guard intercepts(.port), let machine = state.virtualMachine else { return nil }
    let operation = instruction.pointee.operation
    let isString = operation == .ins || operation == .outs
    let isInput = operation == .in || operation == .ins
    let (first, second, _, _) = instruction.pointee.operands
    let port: UInt16
    let width: UInt16
    switch operation {
    case .in: (port, width) = (try self.port(second, instruction), first.width)
    case .out: (port, width) = (try self.port(first, instruction), second.width)
    default:
      port = UInt16(truncatingIfNeeded: general(GeneralRegister.rdx))
      width = UInt16(instruction.pointee.operandSize)
    }
    try requirePortAccess(port, width: width)
    guard (0..<Int(width)).contains(where: { bit(Int(port) + $0, ofMapAt: machine.pointee.portMap) }) else {
      return nil
    }
    let segment: SegmentRegister = operation == .ins ? .es : instruction.pointee.memory.segment
    let access = SVM.PortAccess(
      port: port, width: UInt8(truncatingIfNeeded: width), isInput: isInput, isString: isString,
      isRepeated: isString && !instruction.pointee.prefixes.isDisjoint(with: [.rep, .repne]),
      addressSize: instruction.pointee.addressSize, segment: isString ? segment.rawValue : 0)
    return GuestExit(.port, access.rawValue, state.nextInstruction)
  }
}

/// RDMSR.
func checkRegisterRead(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, _ in core.registerExit(isWrite: false) }
}

/// WRMSR.
func checkRegisterWrite(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, _ in core.registerExit(isWrite: true) }
}

/// IN, OUT, INS and OUTS.
func checkPort(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, record throws(Fault) in try core.portExit(record.instruction) }
}
