import Interfaces

extension ProcessorFeature {
  /// Where CPUID tells it.
  public var location: FeatureLocation {
    switch self {
    case .fpu: .standard1(.edx, 0)
    case .vme: .standard1(.edx, 1)
    case .de: .standard1(.edx, 2)
    case .pse: .standard1(.edx, 3)
    case .tsc: .standard1(.edx, 4)
    case .msr: .standard1(.edx, 5)
    case .pae: .standard1(.edx, 6)
    case .mce: .standard1(.edx, 7)
    case .cx8: .standard1(.edx, 8)
    case .apic: .standard1(.edx, 9)
    case .sep: .standard1(.edx, 11)
    case .mtrr: .standard1(.edx, 12)
    case .pge: .standard1(.edx, 13)
    case .mca: .standard1(.edx, 14)
    case .cmov: .standard1(.edx, 15)
    case .pat: .standard1(.edx, 16)
    case .pse36: .standard1(.edx, 17)
    case .clflush: .standard1(.edx, 19)
    case .mmx: .standard1(.edx, 23)
    case .fxsr: .standard1(.edx, 24)
    case .sse: .standard1(.edx, 25)
    case .sse2: .standard1(.edx, 26)
    case .ht: .standard1(.edx, 28)

    case .sse3: .standard1(.ecx, 0)
    case .pclmulqdq: .standard1(.ecx, 1)
    case .monitor: .standard1(.ecx, 3)
    case .ssse3: .standard1(.ecx, 9)
    case .fma: .standard1(.ecx, 12)
    case .cx16: .standard1(.ecx, 13)
    case .pcid: .standard1(.ecx, 17)
    case .sse4_1: .standard1(.ecx, 19)
    case .sse4_2: .standard1(.ecx, 20)
    case .x2apic: .standard1(.ecx, 21)
    case .movbe: .standard1(.ecx, 22)
    case .popcnt: .standard1(.ecx, 23)
    case .tscDeadlineTimer: .standard1(.ecx, 24)
    case .aes: .standard1(.ecx, 25)
    case .xsave: .standard1(.ecx, 26)
    case .avx: .standard1(.ecx, 28)
    case .f16c: .standard1(.ecx, 29)
    case .rdrand: .standard1(.ecx, 30)
    case .hypervisor: .standard1(.ecx, 31)

    case .arat: FeatureLocation(leaf: 6, subleaf: 0, register: .eax, bit: 2)

    case .fsgsbase: .standard7(.ebx, 0)
    case .tscAdjust: .standard7(.ebx, 1)
    case .bmi1: .standard7(.ebx, 3)
    case .avx2: .standard7(.ebx, 5)
    case .smep: .standard7(.ebx, 7)
    case .bmi2: .standard7(.ebx, 8)
    case .erms: .standard7(.ebx, 9)
    case .invpcid: .standard7(.ebx, 10)
    case .rdseed: .standard7(.ebx, 18)
    case .adx: .standard7(.ebx, 19)
    case .smap: .standard7(.ebx, 20)
    case .clflushopt: .standard7(.ebx, 23)
    case .clwb: .standard7(.ebx, 24)
    case .shaNI: .standard7(.ebx, 29)
    case .umip: .standard7(.ecx, 2)
    case .pku: .standard7(.ecx, 3)
    case .userShadowStack: .standard7(.ecx, 7)
    case .gfni: .standard7(.ecx, 8)
    case .vaes: .standard7(.ecx, 9)
    case .vpclmulqdq: .standard7(.ecx, 10)
    case .la57: .standard7(.ecx, 16)
    case .rdpid: .standard7(.ecx, 22)
    case .fsrm: .standard7(.edx, 4)

    case .xsaveopt: .extendedState1(0)
    case .xsavec: .extendedState1(1)
    case .xgetbv1: .extendedState1(2)
    case .xsaves: .extendedState1(3)

    case .syscall: .extended1(.edx, 11)
    case .nx: .extended1(.edx, 20)
    case .mmxext: .extended1(.edx, 22)
    case .pdpe1gb: .extended1(.edx, 26)
    case .rdtscp: .extended1(.edx, 27)
    case .lm: .extended1(.edx, 29)
    case .lahf: .extended1(.ecx, 0)
    case .cmpLegacy: .extended1(.ecx, 1)
    case .svm: .extended1(.ecx, 2)
    case .abm: .extended1(.ecx, 5)
    case .sse4a: .extended1(.ecx, 6)
    case .misalignsse: .extended1(.ecx, 7)
    case .prefetchw: .extended1(.ecx, 8)
    case .skinit: .extended1(.ecx, 12)
    case .topoext: .extended1(.ecx, 22)
    case .mwaitx: .extended1(.ecx, 29)

    case .invariantTSC: FeatureLocation(leaf: 0x8000_0007, subleaf: 0, register: .edx, bit: 8)

    case .clzero: .extended8(0)
    case .xsaveerptr: .extended8(2)
    case .invlpgb: .extended8(3)
    case .rdpru: .extended8(4)
    case .mcommit: .extended8(8)
    case .wbnoinvd: .extended8(9)
    case .ibpb: .extended8(12)
    case .ibrs: .extended8(14)
    case .stibp: .extended8(15)
    case .stibpAlwaysOn: .extended8(17)
    case .ssbNo: .extended8(26)
    case .cppc: .extended8(27)
    case .btcNo: .extended8(29)
    case .ibpbReturn: .extended8(30)

    case .npt: .virtualisation(0)
    case .lbrv: .virtualisation(1)
    case .svmLock: .virtualisation(2)
    case .nripSave: .virtualisation(3)
    case .tscRateMSR: .virtualisation(4)
    case .vmcbClean: .virtualisation(5)
    case .flushByASID: .virtualisation(6)
    case .decodeAssists: .virtualisation(7)
    case .avic: .virtualisation(13)
    case .x2avic: .virtualisation(18)
    case .svmeAddressCheck: .virtualisation(28)

    case .sev: FeatureLocation(leaf: 0x8000_001F, subleaf: 0, register: .eax, bit: 1)
    case .sevES: FeatureLocation(leaf: 0x8000_001F, subleaf: 0, register: .eax, bit: 3)
    case .sevSNP: FeatureLocation(leaf: 0x8000_001F, subleaf: 0, register: .eax, bit: 4)

    case .noNestedDataBreakpoints: .extended21(.eax, 0)
    case .lfenceSerializing: .extended21(.eax, 2)
    case .nullSelectorClearsBase: .extended21(.eax, 6)
    case .automaticIBRS: .extended21(.eax, 8)
    case .ibpbBranchType: .extended21(.eax, 28)
    case .srsoNo: .extended21(.eax, 29)
    case .tsaStoreQueueNo: .extended21(.ecx, 1)
    case .tsaL1No: .extended21(.ecx, 2)
    case .tsaOtherNo: .extended21(.ecx, 7)
    }
  }
}

extension FeatureLocation {
  fileprivate static func standard1(_ register: CPUIDRegister, _ bit: UInt8) -> FeatureLocation {
    FeatureLocation(leaf: 1, subleaf: 0, register: register, bit: bit)
  }

  fileprivate static func standard7(_ register: CPUIDRegister, _ bit: UInt8) -> FeatureLocation {
    FeatureLocation(leaf: 7, subleaf: 0, register: register, bit: bit)
  }

  fileprivate static func extendedState1(_ bit: UInt8) -> FeatureLocation {
    FeatureLocation(leaf: 0xD, subleaf: 1, register: .eax, bit: bit)
  }

  fileprivate static func extended1(_ register: CPUIDRegister, _ bit: UInt8) -> FeatureLocation {
    FeatureLocation(leaf: 0x8000_0001, subleaf: 0, register: register, bit: bit)
  }

  fileprivate static func extended8(_ bit: UInt8) -> FeatureLocation {
    FeatureLocation(leaf: 0x8000_0008, subleaf: 0, register: .ebx, bit: bit)
  }

  fileprivate static func virtualisation(_ bit: UInt8) -> FeatureLocation {
    FeatureLocation(leaf: SVM.identificationLeaf, subleaf: 0, register: .edx, bit: bit)
  }

  fileprivate static func extended21(_ register: CPUIDRegister, _ bit: UInt8) -> FeatureLocation {
    FeatureLocation(leaf: 0x8000_0021, subleaf: 0, register: register, bit: bit)
  }
}
