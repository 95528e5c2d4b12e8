/// Where an operand comes from: the upper-case letter of the manuals' notation (APM volume 3, appendix A).
enum OperandMethod: UInt8 {
  /// There is no operand.
  case none
  /// E: the general register or the memory that ModRM.rm names.
  case general
  /// G: the general register that ModRM.reg names.
  case generalInReg
  /// R: the general register that ModRM.rm names; the memory form is another instruction.
  case generalOnly
  /// M: the memory that ModRM.rm names; the register form is another instruction.
  case memoryOnly
  /// R of MOV with control and debug registers: a general register whatever ModRM.mod says.
  case generalAnyMod
  /// Z: the general register in the low three bits of the opcode.
  case generalInOpcode
  /// B: the general register that VEX.vvvv names.
  case generalInVEX
  /// AL, AX, EAX or RAX.
  case accumulator
  /// CL.
  case counter
  /// DX.
  case data
  /// I: an immediate that is extended with its sign.
  case signedImmediate
  /// I: an immediate that is extended with zeros: ports, vectors, shift counts, control bytes.
  case unsignedImmediate
  /// The constant one, of the shifts by one.
  case one
  /// The second immediate.
  case secondImmediate
  /// J: a displacement relative to the next instruction.
  case relative
  /// A: selector and offset.
  case farPointer
  /// O: memory at an offset that has the size of an address.
  case offset
  /// S: the segment register that ModRM.reg names.
  case segment
  /// The segment register in bits 3 to 5 of the opcode.
  case segmentInOpcode
  /// C: a control register.
  case control
  /// D: a debug register.
  case debug
  /// P: the MMX register that ModRM.reg names.
  case mmxInReg
  /// Q: the MMX register or the memory that ModRM.rm names.
  case mmx
  /// N: the MMX register that ModRM.rm names; the memory form is another instruction.
  case mmxOnly
  /// V: the vector register that ModRM.reg names.
  case vectorInReg
  /// W: the vector register or the memory that ModRM.rm names.
  case vector
  /// U: the vector register that ModRM.rm names; the memory form is another instruction.
  case vectorOnly
  /// H: the vector register that VEX.vvvv names.
  case vectorInVEX
  /// L: the vector register that the upper half of an immediate byte names.
  case vectorInImmediate
  /// M with VSIB: memory at a vector of indexes.
  case vectorMemory
  /// ST(0).
  case stackTop
  /// ST(i), with i in ModRM.rm.
  case stackRegister

  /// Whether the operand is in the ModRM byte or what follows it.
  var usesModRM: Bool {
    switch self {
    case .general, .generalInReg, .generalOnly, .memoryOnly, .generalAnyMod, .segment, .control, .debug,
      .mmxInReg, .mmx, .mmxOnly, .vectorInReg, .vector, .vectorOnly, .vectorMemory, .stackRegister:
      true
    default:
      false
    }
  }
}

/// How many bytes an operand has: the lower-case letters of the manuals' notation.
enum OperandSize: UInt8, CaseIterable {
  /// It has no meaning, or the operation knows.
  case unsized
  case b, w, d, q
  /// 10 bytes: an extended-precision number or packed decimal.
  case t
  /// 16 bytes.
  case dq
  /// 32 bytes.
  case qq
  /// 512 bytes, of FXSAVE.
  case fx
  /// The operand size: 2, 4 or 8.
  case v
  /// The operand size, but at most 4.
  case z
  /// 8 if the operand size is 8, otherwise 4.
  case y
  /// 8 in 64-bit mode, otherwise 4.
  case n
  /// A selector after an offset of the operand size.
  case p
  /// A pair of the operand size, for BOUND.
  case a
  /// A descriptor table's limit and base: 10 in 64-bit mode, otherwise 6.
  case s
  /// The vector length: 16 or 32.
  case x
  /// Half, a quarter and an eighth of the vector length.
  case x2, x4, x8
  /// The vector length, but 8 where it is 16: VMOVDDUP.
  case dup
  /// The x87 environment and the x87 state.
  case environment, state

  /// The number of bytes under the given circumstances.
  ///
  /// - Parameters:
  ///   - operandSize: 2, 4 or 8.
  ///   - is64: Whether the mode is 64-bit mode.
  ///   - vectorLength: 16 or 32.
  func bytes(operandSize: Int, is64: Bool, vectorLength: Int) -> Int {
    switch self {
    case .unsized: 0
    case .b: 1
    case .w: 2
    case .d: 4
    case .q: 8
    case .t: 10
    case .dq: 16
    case .qq: 32
    case .fx: 512
    case .v: operandSize
    case .z: min(operandSize, 4)
    case .y: max(operandSize, 4)
    case .n: is64 ? 8 : 4
    case .p: operandSize + 2
    case .a: operandSize * 2
    case .s: is64 ? 10 : 6
    case .x: vectorLength
    case .x2: vectorLength / 2
    case .x4: vectorLength / 4
    case .x8: vectorLength / 8
    case .dup: vectorLength == 32 ? 32 : 8
    case .environment: operandSize == 2 ? 14 : 28
    case .state: operandSize == 2 ? 94 : 108
    }
  }
}

/// One operand in an opcode table, as in the manuals: `ev` is Ev, `vps` is Vps.
struct OperandCode {
  var method: OperandMethod
  var size: OperandSize

  init(_ method: OperandMethod, _ size: OperandSize) {
    self.method = method
    self.size = size
  }

  static let none = OperandCode(.none, .unsized)
}

// MARK: General registers and memory
extension OperandCode {
  static let e = OperandCode(.general, .unsized)
  static let eb = OperandCode(.general, .b)
  static let ew = OperandCode(.general, .w)
  static let ed = OperandCode(.general, .d)
  static let ev = OperandCode(.general, .v)
  static let ey = OperandCode(.general, .y)
  static let ez = OperandCode(.general, .z)
  static let gb = OperandCode(.generalInReg, .b)
  static let gw = OperandCode(.generalInReg, .w)
  static let gd = OperandCode(.generalInReg, .d)
  static let gn = OperandCode(.generalInReg, .n)
  static let gv = OperandCode(.generalInReg, .v)
  static let gy = OperandCode(.generalInReg, .y)
  static let rd = OperandCode(.generalOnly, .d)
  static let rn = OperandCode(.generalOnly, .n)
  static let rv = OperandCode(.generalOnly, .v)
  static let ry = OperandCode(.generalOnly, .y)
  static let rnAnyMod = OperandCode(.generalAnyMod, .n)
  static let zb = OperandCode(.generalInOpcode, .b)
  static let zv = OperandCode(.generalInOpcode, .v)
  static let by = OperandCode(.generalInVEX, .y)
  static let al = OperandCode(.accumulator, .b)
  static let ax = OperandCode(.accumulator, .w)
  static let rax = OperandCode(.accumulator, .v)
  static let eax = OperandCode(.accumulator, .z)
  static let cl = OperandCode(.counter, .b)
  static let dx = OperandCode(.data, .w)
  static let m = OperandCode(.memoryOnly, .unsized)
  static let mb = OperandCode(.memoryOnly, .b)
  static let mw = OperandCode(.memoryOnly, .w)
  static let md = OperandCode(.memoryOnly, .d)
  static let mq = OperandCode(.memoryOnly, .q)
  static let mt = OperandCode(.memoryOnly, .t)
  static let mdq = OperandCode(.memoryOnly, .dq)
  static let mv = OperandCode(.memoryOnly, .v)
  static let my = OperandCode(.memoryOnly, .y)
  static let mp = OperandCode(.memoryOnly, .p)
  static let ma = OperandCode(.memoryOnly, .a)
  static let ms = OperandCode(.memoryOnly, .s)
  static let mx = OperandCode(.memoryOnly, .x)
  static let mfx = OperandCode(.memoryOnly, .fx)
  static let mEnvironment = OperandCode(.memoryOnly, .environment)
  static let mState = OperandCode(.memoryOnly, .state)
  static let ob = OperandCode(.offset, .b)
  static let ov = OperandCode(.offset, .v)
}

// MARK: Immediates and branch targets
extension OperandCode {
  static let ib = OperandCode(.signedImmediate, .b)
  static let iz = OperandCode(.signedImmediate, .z)
  static let iv = OperandCode(.signedImmediate, .v)
  static let ub = OperandCode(.unsignedImmediate, .b)
  static let uw = OperandCode(.unsignedImmediate, .w)
  static let ub2 = OperandCode(.secondImmediate, .b)
  static let one = OperandCode(.one, .b)
  static let jb = OperandCode(.relative, .b)
  static let jz = OperandCode(.relative, .z)
  static let ap = OperandCode(.farPointer, .p)
}

// MARK: System registers and the x87 stack
extension OperandCode {
  static let sw = OperandCode(.segment, .w)
  static let so = OperandCode(.segmentInOpcode, .w)
  static let cn = OperandCode(.control, .n)
  static let dn = OperandCode(.debug, .n)
  static let st = OperandCode(.stackTop, .t)
  static let sti = OperandCode(.stackRegister, .t)
}

// MARK: MMX registers
extension OperandCode {
  static let pd = OperandCode(.mmxInReg, .d)
  static let pq = OperandCode(.mmxInReg, .q)
  static let qd = OperandCode(.mmx, .d)
  static let qq = OperandCode(.mmx, .q)
  static let nq = OperandCode(.mmxOnly, .q)
}

// MARK: Vector registers of fixed size
extension OperandCode {
  static let vd = OperandCode(.vectorInReg, .d)
  static let vq = OperandCode(.vectorInReg, .q)
  static let vy = OperandCode(.vectorInReg, .y)
  static let vdq = OperandCode(.vectorInReg, .dq)
  static let vqq = OperandCode(.vectorInReg, .qq)
  static let vps = vdq
  static let vpd = vdq
  static let vss = vd
  static let vsd = vq
  static let wb = OperandCode(.vector, .b)
  static let ww = OperandCode(.vector, .w)
  static let wd = OperandCode(.vector, .d)
  static let wq = OperandCode(.vector, .q)
  static let wdq = OperandCode(.vector, .dq)
  static let wqq = OperandCode(.vector, .qq)
  static let wps = wdq
  static let wpd = wdq
  static let wss = wd
  static let wsd = wq
  static let ud = OperandCode(.vectorOnly, .d)
  static let uq = OperandCode(.vectorOnly, .q)
  static let udq = OperandCode(.vectorOnly, .dq)
  static let hd = OperandCode(.vectorInVEX, .d)
  static let hq = OperandCode(.vectorInVEX, .q)
  static let hdq = OperandCode(.vectorInVEX, .dq)
  static let hqq = OperandCode(.vectorInVEX, .qq)
  static let hss = hd
  static let hsd = hq
  static let ldq = OperandCode(.vectorInImmediate, .dq)
}

// MARK: Vector registers of the vector length
extension OperandCode {
  static let vx = OperandCode(.vectorInReg, .x)
  static let vx2 = OperandCode(.vectorInReg, .x2)
  static let wx = OperandCode(.vector, .x)
  static let wx2 = OperandCode(.vector, .x2)
  static let wx4 = OperandCode(.vector, .x4)
  static let wx8 = OperandCode(.vector, .x8)
  static let wdup = OperandCode(.vector, .dup)
  static let ux = OperandCode(.vectorOnly, .x)
  static let hx = OperandCode(.vectorInVEX, .x)
  static let hx2 = OperandCode(.vectorInVEX, .x2)
  static let lx = OperandCode(.vectorInImmediate, .x)
  static let vmd = OperandCode(.vectorMemory, .d)
  static let vmq = OperandCode(.vectorMemory, .q)
}
