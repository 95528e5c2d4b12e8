import X86

extension Feature {
  /// Whether a processor with these features executes the encoding.
  func isOffered(by features: Set<ProcessorFeature>) -> Bool {
    if self == .base { return true }
    guard let processorFeature else { return false }
    return features.contains(processorFeature)
  }

  /// What CPUID calls it; `nil` for what it has no bit for.
  private var processorFeature: ProcessorFeature? {
    switch self {
    // AMD has SVM instead.
    case .base, .vmx: return nil
    case .x87: return .fpu
    case .cmov: return .cmov
    case .cmpxchg8b: return .cx8
    case .cmpxchg16b: return .cx16
    case .timeStampCounter: return .tsc
    case .rdtscp: return .rdtscp
    case .modelSpecificRegisters: return .msr
    case .rdpid: return .rdpid
    case .rdpru: return .rdpru
    case .syscall: return .syscall
    case .sysenter: return .sep
    case .lahf: return .lahf
    case .mmx: return .mmx
    case .fxsr: return .fxsr
    case .sse: return .sse
    case .sse2: return .sse2
    case .sse3: return .sse3
    case .ssse3: return .ssse3
    case .sse41: return .sse4_1
    case .sse42: return .sse4_2
    case .sse4a: return .sse4a
    case .popcnt: return .popcnt
    case .lzcnt: return .abm
    case .bmi1: return .bmi1
    case .bmi2: return .bmi2
    case .movbe: return .movbe
    case .adx: return .adx
    case .rdrand: return .rdrand
    case .rdseed: return .rdseed
    case .aes: return .aes
    case .pclmulqdq: return .pclmulqdq
    case .sha: return .shaNI
    case .gfni: return .gfni
    case .avx: return .avx
    case .avx2: return .avx2
    case .f16c: return .f16c
    case .fma: return .fma
    case .vaes: return .vaes
    case .vpclmulqdq: return .vpclmulqdq
    case .xsave: return .xsave
    case .xsaveopt: return .xsaveopt
    case .xsavec: return .xsavec
    case .xsaves: return .xsaves
    case .prefetchw: return .prefetchw
    case .clflush: return .clflush
    case .clflushopt: return .clflushopt
    case .clwb: return .clwb
    case .clzero: return .clzero
    case .wbnoinvd: return .wbnoinvd
    case .monitor: return .monitor
    case .monitorx: return .mwaitx
    case .mcommit: return .mcommit
    case .fsgsbase: return .fsgsbase
    case .smap: return .smap
    case .invpcid: return .invpcid
    case .invlpgb: return .invlpgb
    case .protectionKeys: return .pku
    case .cet: return .userShadowStack
    case .svm: return .svm
    case .skinit: return .skinit
    case .sevES: return .sevES
    case .sevSNP: return .sevSNP
    }
  }
}
