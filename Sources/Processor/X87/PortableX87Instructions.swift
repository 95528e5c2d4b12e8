// swift-format-ignore-file: AlwaysUseLowerCamelCase
#if !arch(x86_64)
  import SoftwareFloatingPoint

  // What HostFloatingPoint has of the x87 unit on x86-64 hosts, under the same names: here integers compute it, with
  // the same results and exceptions. For transcendental functions see PortableX87Transcendental.swift.

  // MARK: Adapters

  private func arithmetic(
    _ arithmetic: SoftwareX87.Arithmetic, _ control: UInt16, _ result: UnsafeMutableRawPointer,
    _ left: UnsafeRawPointer, _ right: X87Operand
  ) -> UInt16 {
    var unit = SoftwareX87(control: control)
    unit.compute(arithmetic, ExtendedEncoding(at: left), right).store(at: result)
    return unit.status
  }

  private func compare(
    _ control: UInt16, _ left: UnsafeRawPointer, _ right: X87Operand, isQuiet: Bool
  ) -> UInt16 {
    var unit = SoftwareX87(control: control)
    unit.compare(ExtendedEncoding(at: left), right, isQuiet: isQuiet)
    return unit.status
  }

  private func load(
    _ control: UInt16, _ result: UnsafeMutableRawPointer, _ operand: X87Operand
  ) -> UInt16 {
    var unit = SoftwareX87(control: control)
    unit.load(operand).store(at: result)
    return unit.status
  }

  private func storeInteger(
    _ control: UInt16, _ result: UnsafeMutableRawPointer, _ operand: UnsafeRawPointer, width: UInt64,
    truncating: Bool
  ) -> UInt16 {
    var unit = SoftwareX87(control: control)
    let number = ExtendedEncoding(at: operand)
    let integer =
      truncating
      ? unit.storeTruncated(number, width: width) : unit.storeInteger(number, width: width)
    switch width {
    case 16: result.storeBytes(of: Int16(truncatingIfNeeded: integer), as: Int16.self)
    case 32: result.storeBytes(of: Int32(truncatingIfNeeded: integer), as: Int32.self)
    default: result.storeBytes(of: integer, as: Int64.self)
    }
    return unit.status
  }

  private func extended(_ operand: UnsafeRawPointer) -> X87Operand {
    .extended(ExtendedEncoding(at: operand))
  }
  private func single(_ operand: UnsafeRawPointer) -> X87Operand {
    .single(operand.loadUnaligned(as: UInt32.self))
  }
  private func double(_ operand: UnsafeRawPointer) -> X87Operand {
    .double(operand.loadUnaligned(as: UInt64.self))
  }

  extension ExtendedEncoding {
    /// Loads 10 bytes, which need no alignment.
    init(at address: UnsafeRawPointer) {
      self.init(
        significand: address.loadUnaligned(as: UInt64.self),
        signAndExponent: address.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
    }

    /// Stores 10 bytes, which need no alignment.
    func store(at address: UnsafeMutableRawPointer) {
      address.storeBytes(of: significand, as: UInt64.self)
      address.storeBytes(of: signAndExponent, toByteOffset: 8, as: UInt16.self)
    }
  }

  // MARK: Arithmetic

  var host_fadd: HostX87BinaryFunction { { arithmetic(.add, $0, $1, $2, extended($3)) } }
  var host_fadds: HostX87BinaryFunction { { arithmetic(.add, $0, $1, $2, single($3)) } }
  var host_faddl: HostX87BinaryFunction { { arithmetic(.add, $0, $1, $2, double($3)) } }
  var host_fsub: HostX87BinaryFunction { { arithmetic(.subtract, $0, $1, $2, extended($3)) } }
  var host_fsubs: HostX87BinaryFunction { { arithmetic(.subtract, $0, $1, $2, single($3)) } }
  var host_fsubl: HostX87BinaryFunction { { arithmetic(.subtract, $0, $1, $2, double($3)) } }
  var host_fsubr: HostX87BinaryFunction { { arithmetic(.subtractReversed, $0, $1, $2, extended($3)) } }
  var host_fsubrs: HostX87BinaryFunction { { arithmetic(.subtractReversed, $0, $1, $2, single($3)) } }
  var host_fsubrl: HostX87BinaryFunction { { arithmetic(.subtractReversed, $0, $1, $2, double($3)) } }
  var host_fmul: HostX87BinaryFunction { { arithmetic(.multiply, $0, $1, $2, extended($3)) } }
  var host_fmuls: HostX87BinaryFunction { { arithmetic(.multiply, $0, $1, $2, single($3)) } }
  var host_fmull: HostX87BinaryFunction { { arithmetic(.multiply, $0, $1, $2, double($3)) } }
  var host_fdiv: HostX87BinaryFunction { { arithmetic(.divide, $0, $1, $2, extended($3)) } }
  var host_fdivs: HostX87BinaryFunction { { arithmetic(.divide, $0, $1, $2, single($3)) } }
  var host_fdivl: HostX87BinaryFunction { { arithmetic(.divide, $0, $1, $2, double($3)) } }
  var host_fdivr: HostX87BinaryFunction { { arithmetic(.divideReversed, $0, $1, $2, extended($3)) } }
  var host_fdivrs: HostX87BinaryFunction { { arithmetic(.divideReversed, $0, $1, $2, single($3)) } }
  var host_fdivrl: HostX87BinaryFunction { { arithmetic(.divideReversed, $0, $1, $2, double($3)) } }
  var host_fsqrt: HostX87UnaryFunction {
    {
      var unit = SoftwareX87(control: $0)
      unit.squareRoot(ExtendedEncoding(at: $2)).store(at: $1)
      return unit.status
    }
  }
  var host_frndint: HostX87UnaryFunction {
    {
      var unit = SoftwareX87(control: $0)
      unit.roundToIntegral(ExtendedEncoding(at: $2)).store(at: $1)
      return unit.status
    }
  }

  // MARK: Comparison

  var host_fcom: HostX87CompareFunction { { compare($0, $1, extended($2), isQuiet: false) } }
  var host_fucom: HostX87CompareFunction { { compare($0, $1, extended($2), isQuiet: true) } }
  var host_fcoms: HostX87CompareFunction { { compare($0, $1, single($2), isQuiet: false) } }
  var host_fcoml: HostX87CompareFunction { { compare($0, $1, double($2), isQuiet: false) } }

  // MARK: Loads

  var host_flds: HostX87UnaryFunction { { load($0, $1, single($2)) } }
  var host_fldl: HostX87UnaryFunction { { load($0, $1, double($2)) } }
  var host_fildll: HostX87UnaryFunction {
    {
      SoftwareX87(control: $0).load($2.loadUnaligned(as: Int64.self)).store(at: $1)
      return 0
    }
  }
  var host_fbld: HostX87UnaryFunction {
    {
      let digits = $2.loadUnaligned(as: UInt64.self)
      let upper = $2.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
      SoftwareX87(control: $0).loadDecimal(digits: digits, upper: upper).store(at: $1)
      return 0
    }
  }

  // MARK: Stores

  var host_fstps: HostX87UnaryFunction {
    {
      var unit = SoftwareX87(control: $0)
      $1.storeBytes(of: unit.storeSingle(ExtendedEncoding(at: $2)), as: UInt32.self)
      return unit.status
    }
  }
  var host_fstpl: HostX87UnaryFunction {
    {
      var unit = SoftwareX87(control: $0)
      $1.storeBytes(of: unit.storeDouble(ExtendedEncoding(at: $2)), as: UInt64.self)
      return unit.status
    }
  }
  var host_fistps: HostX87UnaryFunction { { storeInteger($0, $1, $2, width: 16, truncating: false) } }
  var host_fistpl: HostX87UnaryFunction { { storeInteger($0, $1, $2, width: 32, truncating: false) } }
  var host_fistpll: HostX87UnaryFunction { { storeInteger($0, $1, $2, width: 64, truncating: false) } }
  var host_fisttps: HostX87UnaryFunction { { storeInteger($0, $1, $2, width: 16, truncating: true) } }
  var host_fisttpl: HostX87UnaryFunction { { storeInteger($0, $1, $2, width: 32, truncating: true) } }
  var host_fisttpll: HostX87UnaryFunction { { storeInteger($0, $1, $2, width: 64, truncating: true) } }
  var host_fbstp: HostX87UnaryFunction {
    {
      var unit = SoftwareX87(control: $0)
      let decimal = unit.storeDecimal(ExtendedEncoding(at: $2))
      $1.storeBytes(of: decimal.digits, as: UInt64.self)
      $1.storeBytes(of: decimal.upper, toByteOffset: 8, as: UInt16.self)
      return unit.status
    }
  }
#endif
