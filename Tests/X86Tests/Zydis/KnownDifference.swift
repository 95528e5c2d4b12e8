import X86
import ZydisReference

/// A class of encodings that the two decoders take differently, and why ours is right.
///
/// AMD's manual is "AMD64 Architecture Programmer's Manual" (APM), Intel's "Software Developer's Manual" (SDM).
/// Where they leave a question open, a processor of AMD's was asked, by a program that executes it.
struct KnownDifference: Sendable {
  /// What differs.
  var name: String
  /// Why.
  var reason: String
  /// Whether a disagreement is of this class.
  var explains: @Sendable (_ twice: DecodedTwice, _ how: Disagreement, _ theirName: String) -> Bool

  /// The first that explains a disagreement counts.
  static let all = absentExtensions + knownOnlyHere + sameMeaning + ofVendors

  // MARK: Encodings that only Zydis defines

  /// Instructions that only Zydis has, told by their names.
  private static func absent(_ name: String, _ reason: String, _ mnemonics: String) -> KnownDifference {
    let mnemonics = Set(mnemonics.split(separator: " ").map(String.init))
    return KnownDifference(name: name, reason: reason) { _, how, theirName in
      how == .onlyTheirs && mnemonics.contains(theirName)
    }
  }

  /// Instructions that only Zydis has, told by how they are encoded.
  private static func absent(
    _ name: String, _ reason: String, _ encodings: Set<ZydisReferenceInstruction.Encoding>
  ) -> KnownDifference {
    KnownDifference(name: name, reason: reason) { twice, how, _ in
      how == .onlyTheirs
        && ZydisReferenceInstruction.Encoding(rawValue: twice.theirs.encoding).map(encodings.contains) == true
    }
  }

  private static let absentExtensions: [KnownDifference] = [
    absent(
      "EVEX and MVEX",
      "AVX-512 and its predecessor: no model offers it, so 62 is BOUND or #UD (SDM 2, 2.7)", [.evex, .mvex]),
    absent("XOP", "CPUID Fn8000_0001_ECX[XOP] is 0 (APM 3, E.4)", [.xop]),
    absent("3DNow!", "CPUID Fn8000_0001_EDX[3DNow] is 0 (APM 3, E.4)", [.amd3DNow]),
    absent("3DNow!: FEMMS", "as above", "femms"),
    absent(
      "FMA4 and VPERMIL2", "CPUID Fn8000_0001_ECX[FMA4] is 0 (APM 3, E.4)",
      """
      vfmaddpd vfmaddps vfmaddsd vfmaddss vfmaddsubpd vfmaddsubps vfmsubaddpd vfmsubaddps vfmsubpd vfmsubps \
      vfmsubsd vfmsubss vfnmaddpd vfnmaddps vfnmaddsd vfnmaddss vfnmsubpd vfnmsubps vfnmsubsd vfnmsubss \
      vpermil2pd vpermil2ps
      """),
    KnownDifference(
      name: "mask registers", reason: "the part of AVX-512 that is encoded with VEX (SDM 2, KMOVW)"
    ) { twice, how, theirName in
      how == .onlyTheirs && twice.theirs.encoding == ZydisReferenceInstruction.Encoding.vex.rawValue
        && (theirName.hasPrefix("k") || theirName.hasPrefix("jk"))
    },
    absent(
      "Knights Corner", "instructions of one coprocessor, with VEX (Xeon Phi manual, 327364)",
      """
      clevict0 clevict1 delay spflt lzcnt popcnt tzcnt tzcnti vprefetch0 vprefetch1 vprefetch2 vprefetchnta \
      vprefetche0 vprefetche1 vprefetche2 vprefetchenta
      """),
    absent(
      "AVX-VNNI with VEX", "no model offers it (SDM 2, VPDPBUSD)", "vpdpbusd vpdpbusds vpdpwssd vpdpwssds"),
    absent(
      "AMX", "no model offers it (SDM 2, TILELOADD)",
      """
      ldtilecfg sttilecfg tdpbf16ps tdpbssd tdpbsud tdpbusd tdpbuud tileloadd tileloaddt1 tilerelease \
      tilestored tilezero
      """),
    absent(
      "VMX",
      "Intel's virtualisation; VMCALL is known, for guests that look for a hypervisor (SDM 3, VMX instructions)",
      """
      invept invvpid vmclear vmfunc vmlaunch vmptrld vmptrst vmread vmresume vmwrite vmxoff vmxon seamcall \
      seamops seamret tdcall
      """),
    absent("SMX and SGX", "Intel only (SDM 2, GETSEC; SDM 3, ENCLS)", "getsec encls enclu enclv pconfig"),
    absent("TSX", "Intel only, and abandoned (SDM 1, 16)", "xabort xbegin xend xtest xresldtrk xsusldtrk"),
    absent(
      "Key Locker", "Intel only (SDM 2, AESDEC128KL)",
      """
      aesdec128kl aesdec256kl aesdecwide128kl aesdecwide256kl aesenc128kl aesenc256kl aesencwide128kl \
      aesencwide256kl encodekey128 encodekey256 loadiwkey
      """),
    absent(
      "user interrupts, direct stores, waiting, tracing", "no model offers them (SDM 1, 5)",
      """
      clui stui testui uiret senduipi movdiri movdir64b enqcmd enqcmds umonitor umwait tpause ptwrite \
      serialize hreset
      """),
    absent(
      "PadLock", "VIA only (VIA PadLock Programming Guide)",
      "montmul xcrypt_cbc xcrypt_cfb xcrypt_ctr xcrypt_ecb xcrypt_ofb xsha1 xsha256 xstore"),
  ]

  // MARK: Encodings that Zydis does not know

  private static let knownOnlyHere: [KnownDifference] = [
    KnownDifference(
      name: "LOCK MOV CR0 is MOV CR8", reason: "AMD's way to CR8 outside of 64-bit mode (APM 3, MOV CRn)"
    ) { twice, how, _ in
      how == .onlyOurs && twice.ours.operation == .movControl && twice.ours.prefixes.contains(.lock)
    },
    KnownDifference(
      name: "VMGEXIT, RMPQUERY, RMPREAD", reason: "later than this Zydis: SEV-ES and SEV-SNP (APM 3, VMGEXIT)"
    ) { twice, how, theirName in
      switch twice.ours.operation {
      case .vmgexit: how == .operation && theirName == "vmmcall"
      case .rmpquery, .rmpread: how == .operation && theirName == "rdpru"
      default: false
      }
    },
    KnownDifference(name: "WBNOINVD", reason: "F3 0F 09 (APM 3, WBNOINVD); this Zydis says WBINVD") {
      twice, how, theirName in
      how == .operation && twice.ours.operation == .wbnoinvd && theirName == "wbinvd"
    },
    KnownDifference(
      name: "RDPRU with F2 or F3", reason: "RMPREAD and RMPQUERY, of 64-bit mode only (APM 3, RMPQUERY)"
    ) { _, how, theirName in how == .onlyTheirs && theirName == "rdpru" },
  ]

  // MARK: Different words for one meaning

  private static func operands(
    _ name: String, _ reason: String, but leniency: OperandComparison.Leniency, _ operations: Set<Operation>?
  ) -> KnownDifference {
    KnownDifference(name: name, reason: reason) { twice, how, _ in
      guard how == .operands, operations?.contains(twice.ours.operation) != false else { return false }
      // An instruction can be of this class and have an address without base.
      return OperandComparison(twice, but: leniency).agrees
        || OperandComparison(twice, but: leniency.union(.absentBase)).agrees
    }
  }

  private static let sameMeaning: [KnownDifference] = [
    operands(
      "operands of NOP, UD0 and UD1", "they are only decoded, never used (APM 3, NOP; SDM 2, UD)",
      but: .everything, [.nop, .ud0, .ud1]),
    KnownDifference(
      name: "hints",
      reason: "prefetches of reserved kinds: no effect that a program could see (APM 3, PREFETCH)"
    ) { twice, how, theirName in
      how == .operation && [.nop, .prefetch, .prefetchw].contains(twice.ours.operation)
        && theirName.hasPrefix("prefetch")
    },
    operands(
      "CLFLUSH, CLFLUSHOPT, CLWB: a byte or its line", "the manuals name the byte (SDM 2, CLFLUSH m8)",
      but: .memoryWidth, [.clflush, .clflushopt, .clwb]),
    operands(
      "LAR, LSL: width of the source", "only 16 bits of it are used (APM 3, LAR)", but: .registerWidth,
      [.lar, .lsl]),
    operands(
      "MOVSXD with 66: width of a source register", "only 16 bits of it matter (SDM 2, MOVSXD)",
      but: .registerWidth, [.movsxd]),
    operands(
      "MOVMSKPS, MOVMSKPD: width of the result", "the bits above are zero both ways (APM 4, MOVMSKPS)",
      but: .registerWidth, [.movmskps, .movmskpd]),
  ]

  // MARK: Where processors of the vendors differ, or Zydis is wrong

  private static let ofVendors: [KnownDifference] = [
    KnownDifference(
      name: "F3 REX.B 90", reason: "XCHG with R8 on AMD's processors, asked; Zydis says PAUSE as Intel's do"
    ) { twice, how, theirName in
      how == .operation && twice.ours.operation == .xchg && theirName == "pause"
    },
    operands(
      "near branches by register or memory with 66", "16 bits on AMD's processors, asked; Zydis: 64 bits",
      but: [.memoryWidth, .registerWidth], [.call, .jmp]),
    KnownDifference(
      name: "near branches and returns with 66", reason: "16 bits on AMD's processors, as above"
    ) { twice, how, _ in
      how == .operandSize && twice.mode == .bits64 && twice.ours.operandSize == 2
        && twice.theirs.operandSize == 8
        && [.call, .jmp, .jcc, .ret, .loop, .loope, .loopne, .jrcxz].contains(twice.ours.operation)
    },
    operands(
      "3E before near branches by register or memory",
      "DS: AMD's processors know no NOTRACK (APM 2, 18)", but: .segment, [.call, .jmp]),
    operands(
      "far pointers in memory with REX.W",
      "a 32-bit offset on AMD's processors, asked (APM 3, LFS); Zydis: 64",
      but: [.memoryWidth, .registerWidth], [.lss, .lfs, .lgs, .callFar, .jmpFar]),
    operands(
      "SIB without base, with 67 and REX.B",
      "no base whatever REX.B (APM 3, 1.4.2), asked; Zydis says R13D", but: .absentBase, nil),
  ]
}
