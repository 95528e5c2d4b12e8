import HostProcessor
import X86

@testable import Processor

extension Feature {
  /// Whether the host's processor has what an encoding needs, so that it can be compared.
  var isOnHost: Bool {
    switch self {
    case .popcnt, .sse42: host_has_integer_features_of_level_2()
    case .movbe: host_has_movbe()
    case .lzcnt: host_has_lzcnt()
    case .bmi1: host_has_bmi1()
    case .bmi2: host_has_bmi2()
    case .adx: host_has_adx()
    case .aes: host_has_aes()
    case .pclmulqdq: host_has_pclmulqdq()
    case .sha: host_has_sha()
    case .avx: host_has_avx()
    case .avx2: host_has_avx2()
    case .fma: host_has_fma()
    case .f16c: host_has_f16c()
    case .vaes: host_has_vaes()
    case .vpclmulqdq: host_has_vpclmulqdq()
    case .sse4a: host_has_sse4a()
    default: true
    }
  }
}

extension ProcessorModel {
  /// A processor with all that there is, more than any model has.
  static let complete = ProcessorModel(
    name: "complete", summary: "every feature that is implemented",
    features: Set(ProcessorFeature.allCases.filter(\.isImplemented)))
}

extension VectorEncodings.Encoding {
  /// Whether the host's processor has the instruction.
  var isOnHost: Bool {
    var instruction = Instruction()
    bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      _ = Decoder.decode(base, count: bytes.count, mode: .bits64, into: &instruction)
    }
    return instruction.feature.isOnHost && (!instruction.prefixes.contains(.vex) || host_has_avx())
  }
}
