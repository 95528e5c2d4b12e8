/// The integer instructions of user programs in 64-bit mode, in the notation of the manuals (APM volume 3, 1.2).
///
/// A line is a mnemonic, the opcode in hexadecimal, `/r` or `/digit` for ModRM, `+r` for a register in the opcode,
/// the immediate, and words for what else the instruction admits: see ``HostComparisonForm``.
enum HostComparisonForms {
  /// Forms of which the whole table is made: a name for the test, and its lines.
  struct Family: CustomStringConvertible, Sendable {
    var name: String
    var lines: String

    var description: String { name }
    var forms: [HostComparisonForm] {
      lines.split(separator: "\n").compactMap { HostComparisonForm(String($0)) }
    }
  }

  static let families = [
    Family(name: "arithmetic and logic", lines: arithmetic),
    Family(name: "operations of one operand", lines: unary),
    Family(name: "shifts and rotations", lines: shifts),
    Family(name: "multiplication and division", lines: multiplication),
    Family(name: "bits", lines: bits),
    Family(name: "bit manipulation", lines: bitManipulation),
    Family(name: "exchanges", lines: exchanges),
    Family(name: "moves", lines: moves),
    Family(name: "conditions", lines: conditions),
    Family(name: "stack", lines: stack),
    Family(name: "flags", lines: flags),
    Family(name: "strings", lines: strings),
    Family(name: "branches", lines: branches),
    Family(name: "faults", lines: faults),
  ]

  /// The forms that random programs are made of.
  static var programForms: [HostComparisonForm] {
    [arithmetic, unary, shifts, bits, bitManipulation, exchanges, moves, conditions, flags, multiplication]
      .flatMap {
        Family(name: "", lines: $0).forms
      }
  }

  /// The eight operations of the rows 00 to 3F.
  private static let arithmetic: String = {
    var lines = ["test 84 /r b", "test 85 /r v", "test A8 ib b", "test A9 iz v"]
    for (row, name) in ["add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"].enumerated() {
      let opcode = { (column: Int) in hexadecimal(UInt8(row * 8 + column)) }
      let lock = name == "cmp" ? "" : " lock"
      lines += [
        "\(name) \(opcode(0)) /r b\(lock)", "\(name) \(opcode(1)) /r v\(lock)", "\(name) \(opcode(2)) /r b",
        "\(name) \(opcode(3)) /r v", "\(name) \(opcode(4)) ib b", "\(name) \(opcode(5)) iz v",
        "\(name) 80 /\(row) ib b\(lock)", "\(name) 81 /\(row) iz v\(lock)", "\(name) 83 /\(row) ib v\(lock)",
      ]
    }
    return lines.joined(separator: "\n")
  }()

  private static let unary = """
    inc FE /0 b lock
    inc FF /0 v lock
    dec FE /1 b lock
    dec FF /1 v lock
    not F6 /2 b lock
    not F7 /2 v lock
    neg F6 /3 b lock
    neg F7 /3 v lock
    test F6 /0 ib b
    test F6 /1 ib b
    test F7 /0 iz v
    test F7 /1 iz v
    bswap 0F C8 +r wide
    cbw 98 v
    cwd 99 v
    """

  private static let shifts: String = {
    var lines = ["shld 0F A4 /r ib v", "shld 0F A5 /r v", "shrd 0F AC /r ib v", "shrd 0F AD /r v"]
    for (digit, name) in ["rol", "ror", "rcl", "rcr", "shl", "shr", "shl", "sar"].enumerated() {
      lines += [
        "\(name) C0 /\(digit) ib b", "\(name) C1 /\(digit) ib v", "\(name) D0 /\(digit) b",
        "\(name) D1 /\(digit) v", "\(name) D2 /\(digit) b", "\(name) D3 /\(digit) v",
      ]
    }
    return lines.joined(separator: "\n")
  }()

  private static let multiplication = """
    mul F6 /4 b
    mul F7 /4 v
    imul F6 /5 b
    imul F7 /5 v
    imul 0F AF /r v
    imul 69 /r iz v
    imul 6B /r ib v
    div F6 /6 b
    div F7 /6 v
    idiv F6 /7 b
    idiv F7 /7 v
    """

  private static let bits = """
    bt 0F A3 /r v
    bts 0F AB /r v lock
    btr 0F B3 /r v lock
    btc 0F BB /r v lock
    bt 0F BA /4 ib v
    bts 0F BA /5 ib v lock
    btr 0F BA /6 ib v lock
    btc 0F BA /7 ib v lock
    bsf 0F BC /r v
    bsr 0F BD /r v
    popcnt F3 0F B8 /r v
    crc32 F2 0F 38 F0 /r wide narrow
    crc32 F2 0F 38 F1 /r v
    """

  /// BMI1, BMI2, LZCNT and ADX.
  private static let bitManipulation = """
    tzcnt F3 0F BC /r v
    lzcnt F3 0F BD /r v
    adcx 66 0F 38 F6 /r wide
    adox F3 0F 38 F6 /r wide
    andn VEX.NP.0F38 F2 /r wide vvvv
    blsr VEX.NP.0F38 F3 /1 wide vvvv
    blsmsk VEX.NP.0F38 F3 /2 wide vvvv
    blsi VEX.NP.0F38 F3 /3 wide vvvv
    bzhi VEX.NP.0F38 F5 /r wide vvvv
    pext VEX.F3.0F38 F5 /r wide vvvv
    pdep VEX.F2.0F38 F5 /r wide vvvv
    mulx VEX.F2.0F38 F6 /r wide vvvv
    bextr VEX.NP.0F38 F7 /r wide vvvv
    shlx VEX.66.0F38 F7 /r wide vvvv
    sarx VEX.F3.0F38 F7 /r wide vvvv
    shrx VEX.F2.0F38 F7 /r wide vvvv
    rorx VEX.F2.0F3A F0 /r ib wide
    """

  private static let exchanges = """
    xchg 86 /r b lock
    xchg 87 /r v lock
    xchg 90 +r v
    xchg 90 +r8 v
    xadd 0F C0 /r b lock
    xadd 0F C1 /r v lock
    cmpxchg 0F B0 /r b lock
    cmpxchg 0F B1 /r v lock
    cmpxchg8b 0F C7 /1 wide mem lock
    """

  private static let moves = """
    mov 88 /r b
    mov 89 /r v
    mov 8A /r b
    mov 8B /r v
    mov C6 /0 ib b
    mov C7 /0 iz v
    mov B0 +r ib b
    mov B8 +r iv v
    mov A0 moffs b
    mov A1 moffs v
    mov A2 moffs b
    mov A3 moffs v
    movzx 0F B6 /r v narrow
    movzx 0F B7 /r v
    movsx 0F BE /r v narrow
    movsx 0F BF /r v
    movsxd 63 /r v
    movbe 0F 38 F0 /r v mem
    movbe 0F 38 F1 /r v mem
    movnti 0F C3 /r wide mem
    lea 8D /r v mem noaccess
    xlat D7 b
    nop 0F 1F /0 v noaccess
    prefetch 0F 18 /1 wide mem noaccess
    nop 90 b
    pause F3 90 b
    mfence 0F AE F0 b
    """

  private static let conditions: String = {
    (UInt8(0)..<16).map {
      "cmov 0F \(hexadecimal(0x40 + $0)) /r v\nset 0F \(hexadecimal(0x90 + $0)) /0 b"
    }.joined(separator: "\n")
  }()

  private static let stack = """
    push 50 +r stack
    push 68 iz stack
    push 6A ib stack
    push FF /6 stack
    pop 58 +r stack
    pop 8F /0 stack
    enter C8 iwib stack
    leave C9 stack
    pushf 9C stack
    popf 9D stack
    """

  private static let flags = """
    lahf 9F b
    sahf 9E b
    clc F8 b
    stc F9 b
    cmc F5 b
    cld FC b
    std FD b
    """

  private static let strings = """
    movs A4 b string
    movs A5 v string
    cmps A6 b string
    cmps A7 v string
    stos AA b string
    stos AB v string
    lods AC b string
    lods AD v string
    scas AE b string
    scas AF v string
    """

  private static let branches: String = {
    var lines = [
      "jmp EB rel8 branch", "jmp E9 rel32 branch", "call E8 rel32 branch", "loopne E0 rel8 branch",
      "loope E1 rel8 branch", "loop E2 rel8 branch", "jrcxz E3 rel8 branch", "jmp FF /4 branch",
      "call FF /2 branch", "ret C3 branch", "ret C2 iw branch",
    ]
    for condition in UInt8(0)..<16 {
      lines += [
        "j \(hexadecimal(0x70 + condition)) rel8 branch",
        "j 0F \(hexadecimal(0x80 + condition)) rel32 branch",
      ]
    }
    return lines.joined(separator: "\n")
  }()

  /// What user programs may not do, or what does not exist in 64-bit mode.
  private static let faults = """
    ud2 0F 0B b
    ud0 0F FF /r v
    int3 CC b
    int CD ib b
    hlt F4 b
    cli FA b
    sti FB b
    clts 0F 06 b
    invd 0F 08 b
    wbinvd 0F 09 b
    rdmsr 0F 32 b
    wrmsr 0F 30 b
    swapgs 0F 01 F8 b
    in E4 ib b
    in E5 ib b
    in EC b
    in ED b
    out E6 ib b
    out E7 ib b
    out EE b
    out EF b
    ins 6C b
    ins 6D b
    outs 6E b
    outs 6F b
    wbnoinvd F3 0F 09 b
    sysret 0F 07 b
    xsetbv 0F 01 D1 wide
    lldt 0F 00 /2 wide
    ltr 0F 00 /3 wide
    lidt 0F 01 /3 wide mem
    lmsw 0F 01 /6 wide
    clac 0F 01 CA wide
    stac 0F 01 CB wide
    movdr 0F 21 F8 b
    movcr 0F 20 C0 b
    movcr 0F 22 D8 b
    movdr 0F 23 F8 b
    lgdt 0F 01 /2 wide mem
    invlpg 0F 01 /7 wide mem noaccess
    none 06 b
    none 0E b
    none 27 b
    none 2F b
    none 37 b
    none 3F b
    none 60 b
    none 61 b
    none 82 C0 01 b
    none 9A b
    none D4 0A b
    none D5 0A b
    none D6 b
    none EA b
    none CE b
    none FE F8 b
    none FF F8 b
    none 0F 04 b
    none 0F 0A b
    none 0F 24 C0 b
    none 0F B9 C0 b
    none 0F BA C0 01 b
    none 8D C0 b
    none 0F C7 C8 b
    none 0F 20 C8 b
    none F0 90 b
    none F0 01 C0 b
    none F0 39 00 b
    none F0 8B 00 b
    """
}

/// A byte in two digits.
func hexadecimal(_ byte: UInt8) -> String {
  (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
}
