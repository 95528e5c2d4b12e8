import HostFloatingPoint
import X86

/// Loads, stores, exchanges and moves.
func x87TransferHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .fld:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87Load(instruction) } }
  case .fild:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87LoadInteger(instruction) } }
  case .fbld:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87LoadDecimal(instruction) } }
  case .fst:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87Store(instruction) } }
  case .fstp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.x87Store(instruction, popping: true) }
    }
  case .fstpnce:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.x87StoreUnchecked(instruction) }
    }
  case .fist:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87StoreInteger(instruction, .rounded, popping: false)
      }
    }
  case .fistp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87StoreInteger(instruction, .rounded, popping: true)
      }
    }
  case .fisttp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87StoreInteger(instruction, .truncated, popping: true)
      }
    }
  case .fbstp:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87StoreDecimal(instruction) } }
  case .fxch:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87Exchange(instruction) } }
  case .fcmovcc:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.x87ConditionalMove(instruction) }
    }
  default:
    return x87ConstantHandler(for: operation)
  }
}

private func x87ConstantHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .fld1:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.x87LoadConstant(instruction, host_fld1)
      }
    }
  case .fldl2t:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87LoadConstant(instruction, host_fldl2t)
      }
    }
  case .fldl2e:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87LoadConstant(instruction, host_fldl2e)
      }
    }
  case .fldpi:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.x87LoadConstant(instruction, host_fldpi)
      }
    }
  case .fldlg2:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87LoadConstant(instruction, host_fldlg2)
      }
    }
  case .fldln2:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87LoadConstant(instruction, host_fldln2)
      }
    }
  case .fldz:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.x87LoadConstant(instruction, host_fldz)
      }
    }
  default:
    return nil
  }
}

/// Instructions of the host that store ST(0) as an integer of 16, 32 and 64 bits.
struct HostX87IntegerStores {
  var words: HostX87UnaryFunction
  var doublewords: HostX87UnaryFunction
  var quadwords: HostX87UnaryFunction

  /// As the control word says.
  static var rounded: HostX87IntegerStores {
    HostX87IntegerStores(words: host_fistps, doublewords: host_fistpl, quadwords: host_fistpll)
  }

  /// Towards zero.
  static var truncated: HostX87IntegerStores {
    HostX87IntegerStores(words: host_fisttps, doublewords: host_fisttpl, quadwords: host_fisttpll)
  }
}

extension X87Status {
  /// Exceptions that, unmasked, keep a store in another format from happening.
  fileprivate static let preventingStore: X87Status = [.invalid, .overflow, .underflow]
}

/// An x87 instruction of the host that loads a constant.
typealias HostX87ConstantFunction = @convention(c) (UInt16, UnsafeMutableRawPointer) -> UInt16

extension Core {
  // MARK: Loads

  /// Pushes a value, or the indefinite value if there is no room.
  fileprivate func x87PushChecked(_ value: ExtendedReal) {
    guard !isX87Occupied(7) else {
      if x87StackOverflow() { pushX87(.indefinite) }
      return
    }
    setX87Conditions([], among: .c1)
    pushX87(value)
  }

  fileprivate func x87Load(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    let operand = instruction.pointee.operands.0
    guard operand.kind == .memory else {
      noteX87Instruction(instruction)
      guard isX87Occupied(operand.number) else {
        if x87StackUnderflow() { pushX87(.indefinite) }
        return
      }
      return x87PushChecked(x87Register(operand.number))
    }
    if operand.width == 10 {
      let value = try x87ReadExtended(instruction)
      noteX87Instruction(instruction)
      return x87PushChecked(value)
    }
    let source = try vectorSource(operand, of: instruction)
    noteX87Instruction(instruction)
    guard !isX87Occupied(7) else { return x87PushChecked(.zero) }
    var value = ExtendedReal.zero
    let convert = operand.width == 8 ? host_fldl : host_flds
    // Under masked exceptions, so that there is a value; an unmasked denormal operand is loaded all the same.
    let status = convert(state.x87.controlWord | X87Control.exceptionMasks, &value, source)
    mergeX87Status(status)
    if !isUnmasked(.invalid, in: status) { pushX87(value) }
  }

  /// Reads the 10 bytes of an instruction's memory operand.
  private func x87ReadExtended(_ instruction: UnsafePointer<Instruction>) throws(Fault) -> ExtendedReal {
    let address = try linearAddress(instruction, size: 10, .read)
    return ExtendedReal(at: try readable(address, size: 10, operandPrivilege))
  }

  fileprivate func x87LoadInteger(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    let value = try x87Integer(instruction)
    noteX87Instruction(instruction)
    x87PushChecked(value)
  }

  fileprivate func x87LoadDecimal(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    var digits = try x87ReadExtended(instruction)
    noteX87Instruction(instruction)
    var value = ExtendedReal.zero
    _ = host_fbld(X87Control.initial, &value, &digits)
    x87PushChecked(value)
  }

  /// FLDPI and its kin, which round as the control word says.
  fileprivate func x87LoadConstant(
    _ instruction: UnsafePointer<Instruction>,
    _ load: HostX87ConstantFunction
  ) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    var value = ExtendedReal.zero
    _ = load(state.x87.controlWord, &value)
    x87PushChecked(value)
  }

  // MARK: Stores

  /// Copies ST(0) unless it is empty, and pops it (asked of a processor of AMD's).
  fileprivate func x87StoreUnchecked(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    setX87Conditions([], among: .c1)
    if isX87Occupied(0) { setX87Register(instruction.pointee.operands.0.number, x87Register(0)) }
    popX87()
  }

  fileprivate func x87Store(
    _ instruction: UnsafePointer<Instruction>, popping: Bool = false
  ) throws(Fault) {
    try requireX87()
    let operand = instruction.pointee.operands.0
    guard operand.kind == .memory else {
      noteX87Instruction(instruction)
      if isX87Occupied(0) {
        setX87Conditions([], among: .c1)
        setX87Register(operand.number, x87Register(0))
      } else {
        guard x87StackUnderflow() else { return }
        setX87Register(operand.number, .indefinite)
      }
      if popping { popX87() }
      return
    }
    switch operand.width {
    case 4:
      try x87StoreConverted(instruction, host_fstps, indefinite: Lane(0xFFC0_0000), popping: popping)
    case 8:
      try x87StoreConverted(instruction, host_fstpl, indefinite: Lane(0xFFF8 << 48), popping: popping)
    default:
      try x87StoreConverted(instruction, copyExtended, indefinite: Lane(3 << 62, 0xFFFF), popping: popping)
    }
  }

  fileprivate func x87StoreInteger(
    _ instruction: UnsafePointer<Instruction>, _ stores: HostX87IntegerStores, popping: Bool
  ) throws(Fault) {
    try requireX87()
    switch instruction.pointee.operands.0.width {
    case 2: try x87StoreConverted(instruction, stores.words, indefinite: Lane(1 << 15), popping: popping)
    case 4:
      try x87StoreConverted(instruction, stores.doublewords, indefinite: Lane(1 << 31), popping: popping)
    default: try x87StoreConverted(instruction, stores.quadwords, indefinite: Lane(1 << 63), popping: popping)
    }
  }

  fileprivate func x87StoreDecimal(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    try x87StoreConverted(instruction, host_fbstp, indefinite: Lane(3 << 62, 0xFFFF), popping: true)
  }

  /// Stores ST(0) in the format of a function of the host, or an indefinite value if ST(0) is empty.
  private func x87StoreConverted(
    _ instruction: UnsafePointer<Instruction>, _ convert: HostX87UnaryFunction, indefinite: Lane,
    popping: Bool
  ) throws(Fault) {
    let size = Int(instruction.pointee.operands.0.width)
    guard isX87Occupied(0) else {
      if state.x87.controlWord & X87Status.invalid.rawValue != 0 {
        try storeVector(indefinite, size: size, to: instruction)
      }
      noteX87Instruction(instruction)
      if x87StackUnderflow(), popping { popX87() }
      return
    }
    var value = x87Register(0)
    var result = Lane()
    let status = convert(state.x87.controlWord, &result, &value)
    let isPrevented = isUnmasked(.preventingStore, in: status)
    if !isPrevented { try storeVector(result, size: size, to: instruction) }
    noteX87Instruction(instruction)
    mergeX87Status(status)
    if !isPrevented, popping { popX87() }
  }

  // MARK: Between registers

  fileprivate func x87Exchange(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    let other = instruction.pointee.operands.0.number
    if isX87Occupied(0), isX87Occupied(other) {
      setX87Conditions([], among: .c1)
    } else {
      guard x87StackUnderflow() else { return }
    }
    let top = isX87Occupied(0) ? x87Register(0) : .indefinite
    let value = isX87Occupied(other) ? x87Register(other) : .indefinite
    setX87Register(0, value)
    setX87Register(other, top)
  }

  fileprivate func x87ConditionalMove(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    let source = instruction.pointee.operands.1.number
    guard isX87Occupied(0), isX87Occupied(source) else {
      if x87StackUnderflow() { setX87Register(0, .indefinite) }
      return
    }
    if state.lazyFlags.holds(instruction.pointee.condition) { setX87Register(0, x87Register(source)) }
  }
}

/// Stores a number as it is, which raises nothing.
private func copyExtended(_: UInt16, _ result: UnsafeMutableRawPointer, _ value: UnsafeRawPointer) -> UInt16 {
  ExtendedReal(at: value).store(at: result)
  return 0
}
