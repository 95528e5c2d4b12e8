import X86

/// What a processor is: its name, and the features that CPUID tells and that its instructions and registers obey.
public struct ProcessorModel: Sendable {
  /// The name that the command line knows.
  public let name: String
  /// One line about the model, for people.
  public let summary: String
  /// What it has.
  public let features: Set<ProcessorFeature>
  /// How many processors its package has, 1 or more; they are cores without threads, numbered from 0.
  public var processorCount = 1

  /// The width of physical addresses, which CPUID tells; beyond it bits are reserved.
  public static var physicalAddressBits: Int { Int(PageTableEntry.physicalAddressBits) }

  /// By the raw value of ``X86/Feature``.
  private let offered: [Bool]
  /// The bits of CR4 that can be set.
  let controlRegister4: CR4
  /// The bits of EFER that can be set.
  let extendedFeatureEnable: EFER

  init(name: String, summary: String, features: Set<ProcessorFeature>) {
    self.name = name
    self.summary = summary
    self.features = features
    offered = Feature.allCases.map { $0.isOffered(by: features) }
    controlRegister4 = Self.controlRegister4(of: features)
    extendedFeatureEnable = Self.extendedFeatureEnable(of: features)
  }

  /// Whether the model has a feature.
  public func has(_ feature: ProcessorFeature) -> Bool { features.contains(feature) }

  // MARK: Instructions

  /// Whether encodings of a feature are executed; if not, they are #UD or, where the manuals say so, an older
  /// instruction.
  public func offers(_ feature: Feature) -> Bool {
    let index = Int(feature.rawValue)
    return index < offered.count && offered[index]
  }

  /// Whether a decoded instruction is executed as something other than #UD.
  ///
  /// TZCNT and LZCNT are BSF and BSR where ``offers(_:)`` denies them; ENDBR and RDSSP do nothing; a hypervisor decides
  /// about VMMCALL.
  public func isOffered(_ instruction: Instruction) -> Bool {
    if offers(instruction.feature) { return true }
    switch instruction.operation {
    case .tzcnt, .lzcnt, .endbr32, .endbr64, .rdssp, .vmmcall: return true
    default: return false
    }
  }

  // MARK: Control registers

  private static func controlRegister4(of features: Set<ProcessorFeature>) -> CR4 {
    var bits: CR4 = [.pce]
    let owners: [(ProcessorFeature, CR4)] = [
      (.vme, [.vme, .pvi]), (.tsc, .tsd), (.de, .de), (.pse, .pse), (.pae, .pae), (.mce, .mce), (.pge, .pge),
      (.fxsr, .osfxsr), (.sse, .osxmmexcpt), (.umip, .umip), (.la57, .la57), (.fsgsbase, .fsgsbase),
      (.pcid, .pcide), (.xsave, .osxsave), (.smep, .smep), (.smap, .smap), (.pku, .pke),
      (.userShadowStack, .cet),
    ]
    for (feature, owned) in owners where features.contains(feature) { bits.formUnion(owned) }
    return bits
  }

  private static func extendedFeatureEnable(of features: Set<ProcessorFeature>) -> EFER {
    var bits: EFER = []
    let owners: [(ProcessorFeature, EFER)] = [
      (.syscall, .sce), (.lm, .lme), (.nx, .nxe), (.svm, .svme), (.automaticIBRS, .automaticIBRS),
    ]
    for (feature, owned) in owners where features.contains(feature) { bits.formUnion(owned) }
    return bits
  }
}

extension ProcessorModel {
  /// The model for a guest that is not told otherwise.
  public static let `default` = ProcessorModel(
    name: "default", summary: "x86-64-v2, AVX2, FMA, F16C, and what current kernels make use of",
    features: Set(ProcessorFeature.common + ProcessorFeature.level2 + ProcessorFeature.modern))

  /// The first level of the x86-64 psABI.
  public static let level1 = ProcessorModel(
    name: "x86-64-v1", summary: "the first x86-64 level: SSE2", features: Set(ProcessorFeature.common))

  /// The second level of the x86-64 psABI.
  public static let level2 = ProcessorModel(
    name: "x86-64-v2", summary: "the second x86-64 level: up to SSE4.2, POPCNT and CMPXCHG16B",
    features: Set(ProcessorFeature.common + ProcessorFeature.level2))

  /// The models that the command line knows.
  public static let all = [`default`, level1, level2]
}
