import X86

/// Fn0000_000D: what XSAVE saves, and where (APM volume 3, E.3.8).
extension ProcessorModel {
  /// A component of the extended state behind the header.
  private struct StateComponent {
    var state: XCR0
    var feature: ProcessorFeature
    var offset: UInt32
    var size: UInt32
  }

  private static let components = [
    StateComponent(state: .avx, feature: .avx, offset: 576, size: 256),
    StateComponent(state: .pkru, feature: .pku, offset: 2688, size: 8),
  ]

  /// The FXSAVE area and the XSAVE header, which are always there.
  private static let legacySize: UInt32 = 512 + 64

  /// The bits of XCR0 that can be set.
  var extendedState: XCR0 {
    var state: XCR0 = [.x87, .sse]
    for component in Self.components where has(component.feature) { state.formUnion(component.state) }
    return state
  }

  func extendedStateLeaf(_ subleaf: UInt32, _ context: CPUIDContext) -> CPUIDValues {
    switch subleaf {
    case 0:
      return CPUIDValues(
        eax: UInt32(truncatingIfNeeded: extendedState.rawValue), ebx: standardSize(of: context.xcr0),
        ecx: standardSize(of: extendedState))
    case 1:
      var values = featureBits(leaf: 0xD, subleaf: 1)
      if has(.xsavec) || has(.xsaves) { values.ebx = compactedSize(of: context.xcr0) }
      return values
    default:
      let found = Self.components.first { $0.state.rawValue == 1 << UInt64(subleaf & 63) && has($0.feature) }
      guard subleaf < 64, let component = found else { return CPUIDValues() }
      return CPUIDValues(eax: component.size, ebx: component.offset)
    }
  }

  /// The size of the area of XSAVE for these components.
  private func standardSize(of state: XCR0) -> UInt32 {
    let ends = Self.components.filter { state.contains($0.state) }.map { $0.offset + $0.size }
    return max(Self.legacySize, ends.max() ?? 0)
  }

  /// The size of the area of XSAVEC.
  private func compactedSize(of state: XCR0) -> UInt32 {
    Self.components.filter { state.contains($0.state) }.reduce(Self.legacySize) { $0 + $1.size }
  }
}
