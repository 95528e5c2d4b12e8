extension ProcessorFeature {
  /// Whether Strata has it; only such features can be switched on.
  public var isImplemented: Bool { !Self.missing.contains(self) }

  /// Known to CPUID and to the decoder, but not there yet.
  private static let missing: Set<ProcessorFeature> = [
    .monitor, .pku, .gfni, .la57, .userShadowStack, .xsaves, .skinit, .mwaitx, .invlpgb, .rdpru,
    .mcommit, .sev, .sevES, .sevSNP,
  ]

  /// What a feature cannot be without.
  var prerequisites: [ProcessorFeature] {
    switch self {
    case .mmx, .sse: [.fxsr]
    case .sse2: [.sse]
    case .sse3, .aes, .pclmulqdq, .shaNI: [.sse2]
    case .ssse3, .sse4a, .misalignsse: [.sse3]
    case .sse4_1: [.ssse3]
    case .sse4_2: [.sse4_1]
    case .mmxext: [.mmx]
    case .avx, .xsaveopt, .xsavec, .xgetbv1, .xsaves, .pku: [.xsave]
    case .avx2, .fma, .f16c, .vaes, .vpclmulqdq: [.avx]
    case .x2apic, .tscDeadlineTimer, .arat: [.apic]
    case .invpcid: [.pcid]
    case .rdtscp, .rdpid, .tscAdjust, .invariantTSC: [.tsc]
    case .pdpe1gb, .pge, .nx: [.pae]
    case .npt, .lbrv, .svmLock, .nripSave, .tscRateMSR, .vmcbClean, .flushByASID, .decodeAssists,
      .svmeAddressCheck:
      [.svm]
    case .avic: [.npt]
    case .x2avic: [.avic, .x2apic]
    case .sevES: [.sev]
    case .sevSNP: [.sevES]
    default: []
    }
  }

  /// What cannot be without this feature, directly or because of another.
  var dependents: Set<ProcessorFeature> {
    var found: Set<ProcessorFeature> = []
    var pending = [self]
    while let needed = pending.popLast() {
      for feature in Self.allCases where feature.prerequisites.contains(needed) {
        if found.insert(feature).inserted { pending.append(feature) }
      }
    }
    return found
  }

  /// What `+svm` brings besides: what every processor with AVIC has.
  static let virtualisation: [ProcessorFeature] = [
    .npt, .lbrv, .svmLock, .nripSave, .tscRateMSR, .vmcbClean, .flushByASID, .decodeAssists,
    .svmeAddressCheck,
  ]

  /// What 64-bit software and the rest of the machine take for granted: it cannot be switched off.
  static let indispensable: Set<ProcessorFeature> = [
    .fpu, .pae, .msr, .cx8, .cmov, .fxsr, .sse, .sse2, .mmx, .lm, .syscall, .tsc, .apic,
  ]

  /// What every model has: the machine around the processor, the system's side of 64-bit mode, and the absence of
  /// what an interpreter does not suffer from.
  static let common: [ProcessorFeature] = [
    .fpu, .vme, .de, .pse, .tsc, .msr, .pae, .mce, .cx8, .apic, .sep, .mtrr, .pge, .mca, .cmov, .pat, .pse36,
    .clflush, .mmx, .fxsr, .sse, .sse2,
    .x2apic, .tscDeadlineTimer, .hypervisor, .arat, .tscAdjust,
    .syscall, .nx, .mmxext, .lm, .rdtscp, .prefetchw, .topoext, .invariantTSC, .cppc,
    .xsaveerptr, .ibpb, .ibrs, .stibp, .stibpAlwaysOn, .ssbNo, .btcNo, .ibpbReturn,
    .noNestedDataBreakpoints, .lfenceSerializing, .nullSelectorClearsBase, .automaticIBRS, .ibpbBranchType,
    .srsoNo,
    .tsaStoreQueueNo, .tsaL1No, .tsaOtherNo,
  ]

  /// What the x86-64 psABI's second level adds for programs.
  static let level2: [ProcessorFeature] = [.cx16, .lahf, .popcnt, .sse3, .sse4_1, .sse4_2, .ssse3]

  /// What the default model adds to that.
  static let modern: [ProcessorFeature] = [
    .pcid, .movbe, .xsave, .rdrand, .fsgsbase, .smep, .erms, .invpcid, .rdseed, .smap, .clflushopt, .clwb,
    .umip, .rdpid, .fsrm, .xsaveopt, .xsavec, .xgetbv1, .pdpe1gb, .sse4a, .clzero, .wbnoinvd,
    .avx, .avx2, .f16c, .fma, .bmi1, .bmi2, .abm, .adx, .aes, .pclmulqdq, .shaNI, .misalignsse,
  ]
}
