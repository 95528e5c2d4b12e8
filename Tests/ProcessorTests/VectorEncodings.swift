/// The instructions without VEX that are compared with the host's, all of them in x86-64-v2.
enum VectorEncodings {
  /// An instruction with its bytes.
  struct Encoding: CustomStringConvertible, Sendable {
    var name: String
    var bytes: [UInt8]

    var description: String {
      let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      return "\(name) (\(digits.joined(separator: " ")))"
    }
  }

  /// Instructions that take the same kind of operands, by name.
  struct Family: CustomStringConvertible, Sendable {
    var name: String
    var elements: VectorOperandGenerator.Elements
    var make: @Sendable () -> [Encoding]

    var description: String { name }
    var encodings: [Encoding] { make() }
  }

  /// The forms of ModRM that an instruction is tried with: registers 1 and 2, twice register 1, and memory at RSI.
  private enum Form: UInt8, CaseIterable {
    case registers = 0xCA
    case sameRegister = 0xC9
    case memory = 0x0E
  }

  /// Parses `name:opcode` pairs, where an opcode is one or more bytes in hexadecimal.
  static func table(_ text: String) -> [(name: String, opcode: [UInt8])] {
    text.split(whereSeparator: \.isWhitespace).compactMap { entry in
      let parts = entry.split(separator: ":")
      guard parts.count == 2 else { return nil }
      let digits = Array(parts[1])
      let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(digits[$0...($0 + 1)]), radix: 16)
      }
      return (String(parts[0]), bytes)
    }
  }

  /// All forms of the instructions of a table, with an immediate after each if there are any.
  private static func encodings(
    _ text: String, prefix: [UInt8] = [], immediates: [UInt8] = [], forms: [Form] = Form.allCases
  ) -> [Encoding] {
    var result: [Encoding] = []
    for (name, opcode) in table(text) {
      for form in forms {
        let bytes = prefix + [0x0F] + opcode + [form.rawValue]
        if immediates.isEmpty { result.append(Encoding(name: name, bytes: bytes)) }
        for immediate in immediates { result.append(Encoding(name: name, bytes: bytes + [immediate])) }
      }
    }
    return result
  }

  static func all(_ groups: [Encoding]...) -> [Encoding] { groups.flatMap { $0 } }

  static let families: [Family] = [
    Family(name: "packed integers", elements: .integers) {
      all(
        encodings(packedIntegers, prefix: [0x66]),
        encodings(packedIntegers),
        encodings("punpcklqdq:6C punpckhqdq:6D", prefix: [0x66]),
        // With REX: XMM9 and XMM10.
        encodings("paddb:FC pxor:EF", prefix: [0x66, 0x45], forms: [.registers]))
    },
    Family(name: "SSSE3 and SSE4", elements: .integers) {
      all(
        encodings(supplementalIntegers + " " + magnitudes, prefix: [0x66]),
        encodings(supplementalIntegers + " " + magnitudes),
        encodings(integersOfSSE4, prefix: [0x66]),
        encodings(extensions + " " + blends + " phminposuw:3841", prefix: [0x66]),
        encodings("palignr:3A0F", prefix: [0x66], immediates: [0, 1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 255]),
        encodings("palignr:3A0F", immediates: [0, 1, 7, 8, 9, 15, 16, 255]),
        encodings("mpsadbw:3A42", prefix: [0x66], immediates: [0, 1, 2, 3, 4, 5, 6, 7, 0xFF]))
    },
    Family(name: "shifts by immediates", elements: .integers) {
      all(
        shiftsByImmediates(prefix: [0x66]),
        shiftsByImmediates(prefix: []))
    },
    Family(name: "shuffles, blends, insertions and extractions", elements: .integers) {
      shuffles
    },
    Family(name: "cryptography", elements: .integers) {
      all(
        encodings("aesimc:38DB aesenc:38DC aesenclast:38DD aesdec:38DE aesdeclast:38DF", prefix: [0x66]),
        encodings("aeskeygenassist:3ADF", prefix: [0x66], immediates: [0, 1, 0x1B, 0x36, 0xFF]),
        encodings("pclmulqdq:3A44", prefix: [0x66], immediates: [0, 1, 0x10, 0x11, 0xEE, 0xFF]),
        encodings("sha1nexte:38C8 sha1msg1:38C9 sha1msg2:38CA"),
        encodings("sha256rnds2:38CB sha256msg1:38CC sha256msg2:38CD"),
        encodings("sha1rnds4:3ACC", immediates: [0, 1, 2, 3, 0xFC]))
    },
    Family(name: "moves", elements: .integers) { moves },
    Family(name: "SSE4A", elements: .integers) { fields },
    Family(name: "control", elements: .controls) {
      [
        Encoding(name: "ldmxcsr", bytes: [0x0F, 0xAE, 0x16]),
        Encoding(name: "stmxcsr", bytes: [0x0F, 0xAE, 0x1E]),
      ]
    },
    Family(name: "single precision", elements: .singles) {
      all(
        encodings(arithmetic),
        encodings(arithmetic + " rsqrtss:52 rcpss:53", prefix: [0xF3]),
        encodings("rsqrtps:52 rcpps:53 ucomiss:2E comiss:2F"),
        encodings("addsubps:D0 haddps:7C hsubps:7D", prefix: [0xF2]),
        encodings("cmpps:C2", immediates: Array(0...7)),
        encodings("cmpss:C2", prefix: [0xF3], immediates: Array(0...7)),
        encodings("roundps:3A08 roundss:3A0A", prefix: [0x66], immediates: [0, 1, 2, 3, 4, 8, 9, 12]),
        encodings("dpps:3A40", prefix: [0x66], immediates: [0xFF, 0x71, 0x3C, 0x8F, 0x0F]))
    },
    Family(name: "double precision", elements: .doubles) {
      all(
        encodings(arithmetic, prefix: [0x66]),
        encodings(arithmetic, prefix: [0xF2]),
        encodings("ucomisd:2E comisd:2F addsubpd:D0 haddpd:7C hsubpd:7D", prefix: [0x66]),
        encodings("cmppd:C2", prefix: [0x66], immediates: Array(0...7)),
        encodings("cmpsd:C2", prefix: [0xF2], immediates: Array(0...7)),
        encodings("roundpd:3A09 roundsd:3A0B", prefix: [0x66], immediates: [0, 1, 2, 3, 4, 8, 9, 12]),
        encodings("dppd:3A41", prefix: [0x66], immediates: [0xFF, 0x31, 0x12, 0x23]))
    },
    Family(name: "conversions from single precision", elements: .singles) { singleConversions },
    Family(name: "conversions from double precision", elements: .doubles) { doubleConversions },
    Family(name: "conversions from integers", elements: .integers) { integerConversions },
    Family(name: "string comparisons", elements: .text) {
      all(
        encodings(
          "pcmpestrm:3A60 pcmpestri:3A61 pcmpistrm:3A62 pcmpistri:3A63", prefix: [0x66],
          immediates: Array(0...127)),
        encodings("pcmpestrm:3A60 pcmpestri:3A61", prefix: [0x66, 0x48], immediates: [0, 0x0C, 0x44]))
    },
    Family(name: "x87 between registers", elements: .doubles) { x87Registers },
    Family(name: "x87 with single precision and integers", elements: .singles) { x87Memory },
    Family(name: "x87 with double precision and integers", elements: .doubles) { x87Memory },
    Family(name: "x87 with small integers", elements: .integers) { x87Memory },
    Family(name: "x87 with decimals", elements: .decimals) {
      [
        Encoding(name: "fbld", bytes: [0xDF, 0x26]), Encoding(name: "fbstp", bytes: [0xDF, 0x36]),
      ]
    },
    Family(name: "x87 control", elements: .integers) { x87Control },
  ]

  // MARK: Tables

  static let packedIntegers = """
    punpcklbw:60 punpcklwd:61 punpckldq:62 packsswb:63 pcmpgtb:64 pcmpgtw:65 pcmpgtd:66 packuswb:67
    punpckhbw:68 punpckhwd:69 punpckhdq:6A packssdw:6B pcmpeqb:74 pcmpeqw:75 pcmpeqd:76
    psrlw:D1 psrld:D2 psrlq:D3 paddq:D4 pmullw:D5 psubusb:D8 psubusw:D9 pminub:DA pand:DB
    paddusb:DC paddusw:DD pmaxub:DE pandn:DF pavgb:E0 psraw:E1 psrad:E2 pavgw:E3 pmulhuw:E4 pmulhw:E5
    psubsb:E8 psubsw:E9 pminsw:EA por:EB paddsb:EC paddsw:ED pmaxsw:EE pxor:EF
    psllw:F1 pslld:F2 psllq:F3 pmuludq:F4 pmaddwd:F5 psadbw:F6
    psubb:F8 psubw:F9 psubd:FA psubq:FB paddb:FC paddw:FD paddd:FE
    """

  static let supplementalIntegers = """
    pshufb:3800 phaddw:3801 phaddd:3802 phaddsw:3803 pmaddubsw:3804 phsubw:3805 phsubd:3806 phsubsw:3807
    psignb:3808 psignw:3809 psignd:380A pmulhrsw:380B
    """
  static let magnitudes = "pabsb:381C pabsw:381D pabsd:381E"

  static let integersOfSSE4 = """
    pmuldq:3828 pcmpeqq:3829 packusdw:382B pcmpgtq:3837
    pminsb:3838 pminsd:3839 pminuw:383A pminud:383B pmaxsb:383C pmaxsd:383D pmaxuw:383E pmaxud:383F
    pmulld:3840
    """
  /// With one source, and with XMM0 as a third.
  static let extensions = """
    pmovsxbw:3820 pmovsxbd:3821 pmovsxbq:3822 pmovsxwd:3823 pmovsxwq:3824 pmovsxdq:3825
    pmovzxbw:3830 pmovzxbd:3831 pmovzxbq:3832 pmovzxwd:3833 pmovzxwq:3834 pmovzxdq:3835 ptest:3817
    """
  private static let blends = "pblendvb:3810 blendvps:3814 blendvpd:3815"

  private static let arithmetic = "add:58 mul:59 sub:5C min:5D div:5E max:5F sqrt:51"

  private static func shiftsByImmediates(prefix: [UInt8]) -> [Encoding] {
    var result: [Encoding] = []
    let groups: [(String, UInt8, [UInt8])] = [
      ("word", 0x71, [0xD1, 0xE1, 0xF1]), ("doubleword", 0x72, [0xD1, 0xE1, 0xF1]),
      ("quadword", 0x73, prefix.isEmpty ? [0xD1, 0xF1] : [0xD1, 0xF1, 0xD9, 0xF9]),
    ]
    for (name, opcode, forms) in groups {
      for form in forms {
        for count in [0, 1, 7, 8, 15, 16, 17, 31, 32, 63, 64, 255] as [UInt8] {
          result.append(Encoding(name: "\(name) shift", bytes: prefix + [0x0F, opcode, form, count]))
        }
      }
    }
    return result
  }

  private static var shuffles: [Encoding] {
    let orders: [UInt8] = [0, 0x1B, 0x4E, 0xE4, 0x93, 0xFF]
    let wide: [UInt8] = [0x66, 0x48]
    return all(
      encodings("pshufd:70 shufpd:C6", prefix: [0x66], immediates: orders),
      encodings("pshuflw:70", prefix: [0xF2], immediates: orders),
      encodings("pshufhw:70", prefix: [0xF3], immediates: orders),
      encodings("pshufw:70 shufps:C6", immediates: orders),
      encodings("unpcklps:14 unpckhps:15 andps:54 andnps:55 orps:56 xorps:57"),
      encodings("unpcklpd:14 unpckhpd:15 andpd:54 andnpd:55 orpd:56 xorpd:57", prefix: [0x66]),
      encodings(
        "blendps:3A0C blendpd:3A0D pblendw:3A0E insertps:3A21", prefix: [0x66], immediates: orders + [0x5A]),
      encodings("pextrb:3A14 pextrw:3A15 pextrd:3A16 extractps:3A17", prefix: [0x66], immediates: orders),
      encodings("pinsrb:3A20 pinsrd:3A22 pinsrw:C4", prefix: [0x66], immediates: orders),
      encodings("pextrq:3A16 pinsrq:3A22", prefix: wide, immediates: [0, 1, 2, 255]),
      encodings("pinsrw:C4", immediates: orders),
      encodings("pextrw:C5", immediates: orders, forms: [.registers]),
      encodings("pextrw:C5", prefix: [0x66], immediates: orders, forms: [.registers]))
  }

  private static var moves: [Encoding] {
    let wide: [UInt8] = [0x66, 0x48]
    return all(
      encodings("movups:10 movups:11 movaps:28 movaps:29 movlhps:16 movhlps:12"),
      encodings(
        "movupd:10 movupd:11 movapd:28 movapd:29 movdqa:6F movdqa:7F movd:6E movd:7E movq:D6", prefix: [0x66]),
      encodings("movss:10 movss:11 movdqu:6F movdqu:7F movq:7E movshdup:16 movsldup:12", prefix: [0xF3]),
      encodings("movsd:10 movsd:11 movddup:12", prefix: [0xF2]),
      encodings("movd:6E movd:7E movq:6F movq:7F"),
      encodings("movq:6E movq:7E", prefix: wide),
      encodings("movq:6E movq:7E", prefix: [0x48]),
      encodings(
        "movlpd:12 movlpd:13 movhpd:16 movhpd:17 movntpd:2B movntdq:E7 movntdqa:382A", prefix: [0x66],
        forms: [.memory]),
      encodings("movlps:13 movhps:17 movntps:2B movntq:E7 movnti:C3", forms: [.memory]),
      encodings("movnti:C3", prefix: [0x48], forms: [.memory]),
      encodings("lddqu:F0", prefix: [0xF2], forms: [.memory]),
      encodings("movmskps:50 pmovmskb:D7 maskmovq:F7", forms: [.registers]),
      encodings("movmskpd:50 pmovmskb:D7 maskmovdqu:F7", prefix: [0x66], forms: [.registers]),
      encodings("movq2dq:D6", prefix: [0xF3], forms: [.registers]),
      encodings("movdq2q:D6", prefix: [0xF2], forms: [.registers]))
  }

  /// SSE4A: with the lengths and places of bit fields in immediates, and in the other register.
  private static var fields: [Encoding] {
    let places: [(length: UInt8, index: UInt8)] = [(1, 0), (8, 8), (17, 40), (32, 32), (0, 0), (63, 1)]
    let fields = places.flatMap { length, index in
      [
        Encoding(name: "extrq", bytes: [0x66, 0x0F, 0x78, 0xC1, length, index]),
        Encoding(name: "insertq", bytes: [0xF2, 0x0F, 0x78, 0xCA, length, index]),
      ]
    }
    return all(
      fields,
      encodings("extrq:79", prefix: [0x66], forms: [.registers, .sameRegister]),
      encodings("insertq:79", prefix: [0xF2], forms: [.registers, .sameRegister]),
      encodings("movntss:2B", prefix: [0xF3], forms: [.memory]),
      encodings("movntsd:2B", prefix: [0xF2], forms: [.memory]))
  }

  private static var singleConversions: [Encoding] {
    all(
      encodings("cvtps2pi:2D cvttps2pi:2C cvtps2pd:5A"),
      encodings("cvtps2dq:5B", prefix: [0x66]),
      encodings("cvttps2dq:5B cvtss2sd:5A cvtss2si:2D cvttss2si:2C", prefix: [0xF3]),
      encodings("cvtss2si:2D cvttss2si:2C", prefix: [0xF3, 0x48]))
  }

  private static var doubleConversions: [Encoding] {
    all(
      encodings("cvtpd2pi:2D cvttpd2pi:2C cvtpd2ps:5A cvttpd2dq:E6", prefix: [0x66]),
      encodings("cvtpd2dq:E6 cvtsd2ss:5A cvtsd2si:2D cvttsd2si:2C", prefix: [0xF2]),
      encodings("cvtsd2si:2D cvttsd2si:2C", prefix: [0xF2, 0x48]))
  }

  private static var integerConversions: [Encoding] {
    all(
      encodings("cvtpi2ps:2A cvtdq2ps:5B"),
      encodings("cvtpi2pd:2A", prefix: [0x66]),
      encodings("cvtsi2ss:2A cvtdq2pd:E6", prefix: [0xF3]),
      encodings("cvtsi2ss:2A", prefix: [0xF3, 0x48]),
      encodings("cvtsi2sd:2A", prefix: [0xF2]),
      encodings("cvtsi2sd:2A", prefix: [0xF2, 0x48]))
  }

  // MARK: x87

  /// D8 to DF with every register form that is an instruction, aliases that no manual has but all processors
  /// among them.
  private static var x87Registers: [Encoding] {
    var result: [Encoding] = []
    func add(_ opcode: UInt8, _ range: ClosedRange<UInt8>) {
      // ST(0), ST(1), ST(3) and ST(7) stand for all.
      for form in range where range.count < 8 || [0, 1, 3, 7].contains(form & 7) {
        result.append(Encoding(name: "x87", bytes: [opcode, form]))
      }
    }
    for operation in 0..<8 as Range<UInt8> {
      let forms = (0xC0 + operation * 8)...(0xC7 + operation * 8)
      add(0xD8, forms)
      add(0xDC, forms)
      if operation != 3 { add(0xDE, forms) }
    }
    add(0xD9, 0xC0...0xC7)
    add(0xD9, 0xC8...0xCF)
    add(0xD9, 0xD0...0xD0)
    add(0xD9, 0xD8...0xDF)
    add(0xD9, 0xE0...0xE1)
    add(0xD9, 0xE4...0xE5)
    for form in 0xE8...0xEE as ClosedRange<UInt8> { add(0xD9, form...form) }
    for form in 0xF0...0xFF as ClosedRange<UInt8> { add(0xD9, form...form) }
    for base in [0xC0, 0xC8, 0xD0, 0xD8] as [UInt8] {
      add(0xDA, base...(base + 7))
      add(0xDB, base...(base + 7))
    }
    add(0xDA, 0xE9...0xE9)
    for form in [0xE0, 0xE1, 0xE2, 0xE3, 0xE4] as [UInt8] { add(0xDB, form...form) }
    add(0xDB, 0xE8...0xEF)
    add(0xDB, 0xF0...0xF7)
    add(0xDD, 0xC0...0xC7)
    for base in [0xC8, 0xD0, 0xD8, 0xE0, 0xE8] as [UInt8] { add(0xDD, base...(base + 7)) }
    add(0xDE, 0xD9...0xD9)
    for base in [0xC0, 0xC8, 0xD0, 0xD8] as [UInt8] { add(0xDF, base...(base + 7)) }
    add(0xDF, 0xE0...0xE0)
    add(0xDF, 0xE8...0xEF)
    add(0xDF, 0xF0...0xF7)
    return result
  }

  /// D8 to DF with memory at RSI, but for control instructions and FBLD, whose digits must be digits.
  private static var x87Memory: [Encoding] {
    var result: [Encoding] = []
    for opcode in 0xD8...0xDF as ClosedRange<UInt8> {
      for operation in 0..<8 as Range<UInt8> {
        switch (opcode, operation) {
        case (0xD9, 1), (0xD9, 4...7), (0xDB, 4), (0xDB, 6), (0xDD, 4...7), (0xDF, 4): break
        default: result.append(Encoding(name: "x87", bytes: [opcode, 0x06 | operation << 3]))
        }
      }
    }
    return result
  }

  private static var x87Control: [Encoding] {
    [
      Encoding(name: "fldcw", bytes: [0xD9, 0x2E]), Encoding(name: "fnstcw", bytes: [0xD9, 0x3E]),
      Encoding(name: "fnstsw", bytes: [0xDD, 0x3E]), Encoding(name: "emms", bytes: [0x0F, 0x77]),
      Encoding(name: "fnclex", bytes: [0xDB, 0xE2]), Encoding(name: "fninit", bytes: [0xDB, 0xE3]),
      Encoding(name: "wait", bytes: [0x9B]), Encoding(name: "fnstenv", bytes: [0x66, 0xD9, 0x76, 0x20]),
    ]
  }
}
