/// The VEX-encoded instructions that are compared with the host's: AVX, AVX2, FMA, F16C, AES-NI and PCLMULQDQ.
enum VEXEncodings {
  typealias Encoding = VectorEncodings.Encoding
  typealias Family = VectorEncodings.Family

  /// VEX.pp.
  private enum Prefix: UInt8 {
    case none, p66, pF3, pF2
  }

  /// VEX.L.
  private enum Length: UInt8, CaseIterable {
    case xmm, ymm
  }

  /// The operands: registers 1, 3 and 2 (destination, VEX.vvvv, ModRM.rm), register 1 thrice, registers 9, 11 and
  /// 10, or memory instead of the last, at RSI and at RSI + 3.
  private enum Form: CaseIterable {
    case registers, sameRegister, highRegisters, memory, misaligned

    static let onlyRegisters: [Form] = [.registers, .sameRegister, .highRegisters]
    static let onlyMemory: [Form] = [.memory, .misaligned]
    /// For operands in general registers: scenarios have RAX, RCX and RDX.
    static let general: [Form] = [.registers, .sameRegister, .memory, .misaligned]

    /// ModRM and what follows it.
    var operand: [UInt8] {
      switch self {
      case .registers, .highRegisters: [0xCA]
      case .sameRegister: [0xC9]
      case .memory: [0x0E]
      case .misaligned: [0x4E, 3]
      }
    }

    /// The register of VEX.vvvv.
    var second: UInt8 {
      switch self {
      case .sameRegister: 1
      case .highRegisters: 11
      default: 3
      }
    }
  }

  /// How many sources an instruction has in registers or memory; with one, VEX.vvvv is 1111.
  private enum Sources {
    case one, two
  }

  private static func bytes(
    _ prefix: Prefix, map: UInt8, opcode: UInt8, wide: Bool, _ length: Length, second: UInt8, high: Bool
  ) -> [UInt8] {
    let last = (~second & 0xF) << 3 | length.rawValue << 2 | prefix.rawValue
    // The short form where it says as much, but not always.
    if map == 1, !wide, !high, opcode & 1 == 0 { return [0xC5, 0x80 | last, opcode] }
    return [0xC4, (high ? 0x40 : 0xE0) | map, (wide ? 0x80 : 0) | last, opcode]
  }

  /// All forms of the instructions of a table, with an immediate after each if there are any.
  private static func encodings(
    _ text: String, _ prefix: Prefix = .p66, _ sources: Sources = .two, wide: Bool = false,
    lengths: [Length] = Length.allCases, immediates: [UInt8] = [], forms: [Form] = Form.allCases
  ) -> [Encoding] {
    var result: [Encoding] = []
    for (name, opcode) in VectorEncodings.table(text) {
      let map: UInt8 = opcode.count == 1 ? 1 : opcode[0] == 0x38 ? 2 : 3
      for length in lengths {
        for form in forms {
          let start = bytes(
            prefix, map: map, opcode: opcode[opcode.count - 1], wide: wide, length,
            second: sources == .two ? form.second : 0, high: form == .highRegisters)
          let encoding = Encoding(name: "v\(name) \(length)", bytes: start + form.operand)
          if immediates.isEmpty { result.append(encoding) }
          for immediate in immediates {
            result.append(Encoding(name: encoding.name, bytes: encoding.bytes + [immediate]))
          }
        }
      }
    }
    return result
  }

  private static func all(_ groups: [Encoding]...) -> [Encoding] { groups.flatMap { $0 } }

  static let families: [Family] = [
    Family(name: "VEX: packed integers", elements: .integers) {
      all(
        encodings(VectorEncodings.packedIntegers + " punpcklqdq:6C punpckhqdq:6D"),
        encodings(VectorEncodings.supplementalIntegers + " " + VectorEncodings.integersOfSSE4),
        encodings(VectorEncodings.magnitudes + " " + VectorEncodings.extensions, .p66, .one),
        encodings("phminposuw:3841", .p66, .one, lengths: [.xmm]),
        encodings("testps:380E testpd:380F", .p66, .one))
    },
    Family(name: "VEX: cryptography", elements: .integers) {
      all(
        encodings("aesenc:38DC aesenclast:38DD aesdec:38DE aesdeclast:38DF"),
        encodings("aesimc:38DB", .p66, .one, lengths: [.xmm]),
        encodings("aeskeygenassist:3ADF", .p66, .one, lengths: [.xmm], immediates: [0, 1, 0x1B, 0xFF]),
        encodings("pclmulqdq:3A44", immediates: [0, 1, 0x10, 0x11, 0xEE]))
    },
    Family(name: "VEX: shifts", elements: .integers) { shiftsByImmediates },
    Family(name: "VEX: shifts by vectors", elements: .integers) { shiftsByVectors },
    Family(name: "VEX: shifts by small counts", elements: .indexes32) { shiftsByVectors },
    Family(name: "VEX: shifts of quadwords by small counts", elements: .indexes64) { shiftsByVectors },
    Family(name: "VEX: shuffles and blends", elements: .integers) { shuffles },
    Family(name: "VEX: permutations and broadcasts", elements: .integers) { permutations },
    Family(name: "VEX: insertions and extractions", elements: .integers) { insertions },
    Family(name: "VEX: moves", elements: .integers) { moves },
    Family(name: "VEX: gathers by doublewords", elements: .indexes32) {
      all(gathers("pgatherdd:90 gatherdps:92", wide: false), gathers("pgatherdq:90 gatherdpd:92", wide: true))
    },
    Family(name: "VEX: gathers by quadwords", elements: .indexes64) {
      all(gathers("pgatherqd:91 gatherqps:93", wide: false), gathers("pgatherqq:91 gatherqpd:93", wide: true))
    },
    Family(name: "VEX: single precision", elements: .singles) { singlePrecision },
    Family(name: "VEX: double precision", elements: .doubles) { doublePrecision },
    Family(name: "VEX: conversions from single precision", elements: .singles) {
      all(
        encodings("cvtps2pd:5A", .none, .one), encodings("cvtps2dq:5B", .p66, .one),
        encodings("cvttps2dq:5B", .pF3, .one), encodings("cvtss2sd:5A", .pF3),
        encodings("cvtss2si:2D cvttss2si:2C", .pF3, .one, forms: Form.general),
        encodings("cvtss2si:2D cvttss2si:2C", .pF3, .one, wide: true, forms: Form.general))
    },
    Family(name: "VEX: conversions from double precision", elements: .doubles) {
      all(
        encodings("cvtpd2ps:5A cvttpd2dq:E6", .p66, .one),
        encodings("cvtpd2dq:E6", .pF2, .one), encodings("cvtsd2ss:5A", .pF2),
        encodings("cvtsd2si:2D cvttsd2si:2C", .pF2, .one, forms: Form.general),
        encodings("cvtsd2si:2D cvttsd2si:2C", .pF2, .one, wide: true, forms: Form.general))
    },
    Family(name: "VEX: conversions from integers", elements: .integers) {
      all(
        encodings("cvtdq2ps:5B", .none, .one), encodings("cvtdq2pd:E6", .pF3, .one),
        encodings("cvtsi2ss:2A", .pF3, forms: Form.general),
        encodings("cvtsi2sd:2A", .pF2, forms: Form.general),
        encodings("cvtsi2ss:2A", .pF3, wide: true, forms: Form.general),
        encodings("cvtsi2sd:2A", .pF2, wide: true, forms: Form.general))
    },
    Family(name: "VEX: control", elements: .controls) {
      [Encoding(name: "vldmxcsr", bytes: [0xC5, 0xF8, 0xAE, 0x16])]
    },
    Family(name: "VEX: half precision", elements: .halves) {
      all(
        encodings("cvtph2ps:3813", .p66, .one),
        encodings("cvtps2ph:3A1D", .p66, .one, immediates: [0, 1, 2, 3, 4, 7, 8, 0xFF]))
    },
    Family(name: "VEX: string comparisons", elements: .text) {
      encodings(
        "pcmpestrm:3A60 pcmpestri:3A61 pcmpistrm:3A62 pcmpistri:3A63", .p66, .one, lengths: [.xmm],
        immediates: Array(0...127))
    },
    Family(name: "FMA, single precision", elements: .singles) { multiplyAdd(wide: false) },
    Family(name: "FMA, double precision", elements: .doubles) { multiplyAdd(wide: true) },
  ]

  // MARK: Integers

  private static let counts: [UInt8] = [0, 1, 7, 8, 15, 16, 17, 31, 32, 63, 64, 255]

  private static var shiftsByImmediates: [Encoding] {
    var result: [Encoding] = []
    let groups: [(String, UInt8, [UInt8])] = [
      ("word", 0x71, [0xD1, 0xE1, 0xF1]), ("doubleword", 0x72, [0xD1, 0xE1, 0xF1]),
      ("quadword", 0x73, [0xD1, 0xF1, 0xD9, 0xF9]),
    ]
    for (name, opcode, forms) in groups {
      for form in forms {
        for length in Length.allCases {
          for second in [1, 3] as [UInt8] {
            let start = bytes(
              .p66, map: 1, opcode: opcode, wide: false, length, second: second, high: false)
            for count in counts {
              let encoding = Encoding(name: "\(name) shift \(form) \(length)", bytes: start + [form, count])
              result.append(encoding)
            }
          }
        }
      }
    }
    return result
  }

  private static var shiftsByVectors: [Encoding] {
    all(
      encodings("psllvd:3847 psrlvd:3845 psravd:3846"),
      encodings("psllvq:3847 psrlvq:3845", wide: true),
      encodings("psrlw:D1 psrld:D2 psrlq:D3 psraw:E1 psrad:E2 psllw:F1 pslld:F2 psllq:F3"))
  }

  private static let orders: [UInt8] = [0, 0x1B, 0x4E, 0xE4, 0x93, 0xFF, 0x5A, 0x31]

  private static var shuffles: [Encoding] {
    all(
      encodings("pshufd:70", .p66, .one, immediates: orders),
      encodings("pshuflw:70", .pF2, .one, immediates: orders),
      encodings("pshufhw:70", .pF3, .one, immediates: orders),
      encodings("shufpd:C6", immediates: orders), encodings("shufps:C6", .none, immediates: orders),
      encodings("unpcklps:14 unpckhps:15 andps:54 andnps:55 orps:56 xorps:57", .none),
      encodings("unpcklpd:14 unpckhpd:15 andpd:54 andnpd:55 orpd:56 xorpd:57"),
      encodings("blendps:3A0C blendpd:3A0D pblendw:3A0E pblendd:3A02", immediates: orders),
      // The register of the mask is in the immediate, whose lower half means nothing.
      encodings("blendvps:3A4A blendvpd:3A4B pblendvb:3A4C", immediates: [0x10, 0x20, 0x4F, 0xD3]),
      encodings("palignr:3A0F", immediates: [0, 1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 255]),
      encodings("mpsadbw:3A42", immediates: [0, 1, 2, 3, 4, 5, 6, 7, 0xFF, 0x28, 0x3B]))
  }

  private static var permutations: [Encoding] {
    let nibbles: [UInt8] = [0, 0x01, 0x12, 0x23, 0x30, 0x31, 0x20, 0x13, 0x08, 0x80, 0x88, 0xFF]
    return all(
      encodings("permilps:380C permilpd:380D"),
      encodings("permilps:3A04 permilpd:3A05", .p66, .one, immediates: orders),
      encodings("permd:3836 permps:3816", lengths: [.ymm]),
      encodings("permq:3A00 permpd:3A01", .p66, .one, wide: true, lengths: [.ymm], immediates: orders),
      encodings("perm2f128:3A06 perm2i128:3A46", lengths: [.ymm], immediates: nibbles),
      encodings("broadcastss:3818", .p66, .one),
      encodings("broadcastsd:3819", .p66, .one, lengths: [.ymm]),
      encodings(
        "broadcastf128:381A broadcasti128:385A", .p66, .one, lengths: [.ymm], forms: Form.onlyMemory),
      encodings(
        "pbroadcastd:3858 pbroadcastq:3859 pbroadcastb:3878 pbroadcastw:3879", .p66, .one))
  }

  private static var insertions: [Encoding] {
    all(
      encodings("insertf128:3A18 inserti128:3A38", lengths: [.ymm], immediates: [0, 1, 2, 0xFF]),
      encodings(
        "extractf128:3A19 extracti128:3A39", .p66, .one, lengths: [.ymm], immediates: [0, 1, 2, 0xFF]),
      encodings("insertps:3A21", lengths: [.xmm], immediates: orders),
      encodings(
        "pextrb:3A14 pextrw:3A15 pextrd:3A16 extractps:3A17", .p66, .one, lengths: [.xmm],
        immediates: orders, forms: Form.general),
      encodings(
        "pextrq:3A16", .p66, .one, wide: true, lengths: [.xmm], immediates: [0, 1, 2, 255],
        forms: Form.general),
      encodings(
        "pextrw:C5", .p66, .one, lengths: [.xmm], immediates: orders, forms: [.registers]),
      encodings(
        "pinsrb:3A20 pinsrd:3A22 pinsrw:C4", lengths: [.xmm], immediates: orders, forms: Form.general),
      encodings(
        "pinsrq:3A22", wide: true, lengths: [.xmm], immediates: [0, 1, 2, 255], forms: Form.general))
  }

  // MARK: Moves

  private static var moves: [Encoding] {
    let aligned: [Form] = Form.onlyRegisters + [.memory]
    return all(
      encodings("movups:10 movups:11", .none, .one),
      encodings("movaps:28 movaps:29", .none, .one, forms: aligned),
      encodings("movupd:10 movupd:11", .p66, .one),
      encodings("movapd:28 movapd:29 movdqa:6F movdqa:7F", .p66, .one, forms: aligned),
      encodings("movdqu:6F movdqu:7F movshdup:16 movsldup:12", .pF3, .one),
      encodings("movddup:12", .pF2, .one), encodings("lddqu:F0", .pF2, .one, forms: Form.onlyMemory),
      encodings("movss:10 movss:11", .pF3, forms: Form.onlyRegisters),
      encodings("movss:10 movss:11", .pF3, .one, forms: Form.onlyMemory),
      encodings("movsd:10 movsd:11", .pF2, forms: Form.onlyRegisters),
      encodings("movsd:10 movsd:11", .pF2, .one, forms: Form.onlyMemory),
      encodings("movlhps:16 movhlps:12", .none, lengths: [.xmm], forms: Form.onlyRegisters),
      encodings("movlps:12 movhps:16", .none, lengths: [.xmm], forms: Form.onlyMemory),
      encodings("movlpd:12 movhpd:16", lengths: [.xmm], forms: Form.onlyMemory),
      encodings("movlps:13 movhps:17", .none, .one, lengths: [.xmm], forms: Form.onlyMemory),
      encodings("movlpd:13 movhpd:17", .p66, .one, lengths: [.xmm], forms: Form.onlyMemory),
      encodings("movd:6E movd:7E", .p66, .one, lengths: [.xmm], forms: Form.general),
      encodings("movq:6E movq:7E", .p66, .one, wide: true, lengths: [.xmm], forms: Form.general),
      encodings("movq:7E", .pF3, .one, lengths: [.xmm]), encodings("movq:D6", .p66, .one, lengths: [.xmm]),
      encodings("movntps:2B", .none, .one, forms: [.memory]),
      encodings("movntpd:2B movntdq:E7 movntdqa:382A", .p66, .one, forms: [.memory]),
      encodings("movmskps:50", .none, .one, forms: [.registers]),
      encodings("movmskpd:50 pmovmskb:D7", .p66, .one, forms: [.registers]),
      encodings("maskmovdqu:F7", .p66, .one, lengths: [.xmm], forms: [.registers]),
      encodings(
        "maskmovps:382C maskmovpd:382D maskmovps:382E maskmovpd:382F pmaskmovd:388C pmaskmovd:388E",
        forms: Form.onlyMemory),
      encodings("pmaskmovq:388C pmaskmovq:388E", wide: true, forms: Form.onlyMemory),
      [
        Encoding(name: "vzeroupper", bytes: [0xC5, 0xF8, 0x77]),
        Encoding(name: "vzeroall", bytes: [0xC5, 0xFC, 0x77]),
        Encoding(name: "vstmxcsr", bytes: [0xC5, 0xF8, 0xAE, 0x1E]),
      ])
  }

  /// [rsi + index * scale + 32], where register 2 has the indexes and register 3 the mask.
  private static func gathers(_ text: String, wide: Bool) -> [Encoding] {
    var result: [Encoding] = []
    for (name, opcode) in VectorEncodings.table(text) {
      for length in Length.allCases {
        for scale in 0..<4 as Range<UInt8> {
          let start = bytes(
            .p66, map: 2, opcode: opcode[0], wide: wide, length, second: 3, high: false)
          result.append(
            Encoding(name: "v\(name) \(length)", bytes: start + [0x4C, scale << 6 | 2 << 3 | 6, 32]))
        }
      }
    }
    return result
  }

  // MARK: Numbers

  private static let arithmetic = "add:58 mul:59 sub:5C min:5D div:5E max:5F"
  private static let predicates: [UInt8] = Array(0...31) + [0x20, 0xFF]
  private static let roundings: [UInt8] = [0, 1, 2, 3, 4, 8, 9, 12]

  private static var singlePrecision: [Encoding] {
    all(
      encodings(arithmetic, .none), encodings(arithmetic + " sqrtss:51 rsqrtss:52 rcpss:53", .pF3),
      encodings("sqrtps:51 rsqrtps:52 rcpps:53 ucomiss:2E comiss:2F", .none, .one),
      encodings("addsubps:D0 haddps:7C hsubps:7D", .pF2),
      encodings("cmpps:C2", .none, immediates: predicates),
      encodings("cmpss:C2", .pF3, immediates: predicates),
      encodings("roundps:3A08", .p66, .one, immediates: roundings),
      encodings("roundss:3A0A", immediates: roundings),
      encodings("dpps:3A40", immediates: [0xFF, 0x71, 0x3C, 0x8F, 0x0F]))
  }

  private static var doublePrecision: [Encoding] {
    all(
      encodings(arithmetic, .p66), encodings(arithmetic + " sqrtsd:51", .pF2),
      encodings("sqrtpd:51 ucomisd:2E comisd:2F", .p66, .one),
      encodings("addsubpd:D0 haddpd:7C hsubpd:7D"),
      encodings("cmppd:C2", immediates: predicates), encodings("cmpsd:C2", .pF2, immediates: predicates),
      encodings("roundpd:3A09", .p66, .one, immediates: roundings),
      encodings("roundsd:3A0B", immediates: roundings),
      encodings("dppd:3A41", lengths: [.xmm], immediates: [0xFF, 0x31, 0x12, 0x23]))
  }

  private static func multiplyAdd(wide: Bool) -> [Encoding] {
    let names = [
      "maddsub", "msubadd", "madd", "madd scalar", "msub", "msub scalar", "nmadd", "nmadd scalar", "nmsub",
      "nmsub scalar",
    ]
    var result: [Encoding] = []
    for (order, base) in [("132", 0x96), ("213", 0xA6), ("231", 0xB6)] {
      for (index, name) in names.enumerated() {
        let opcode = String(base + index, radix: 16)
        for encoding in encodings("x:38\(opcode)", wide: wide) {
          let length = encoding.name.suffix(3)
          result.append(Encoding(name: "vf\(name) \(order) \(length)", bytes: encoding.bytes))
        }
      }
    }
    return result
  }
}
