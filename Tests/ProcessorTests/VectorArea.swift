@testable import Processor

extension Core {
  /// Loads the vector and x87 state from an area in the form of XSAVE64.
  func loadVectors(_ area: InlineBytes) {
    var image = StateImage()
    area.bytes.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { image.copy(from: base, to: 0..<VectorScenario.areaSize) }
    }
    mxcsr = MXCSR(rawValue: area[at: 24])
    loadX87(from: image, hasWidePointers: true)
    loadXMM(from: image)
    loadUpperYMM(from: image)
  }

  /// The vector and x87 state in the form of XSAVE64.
  func storeVectors() -> InlineBytes {
    var image = StateImage()
    storeX87(to: &image, hasWidePointers: true)
    storeMXCSR(to: &image)
    storeXMM(to: &image)
    storeUpperYMM(to: &image)
    var area = InlineBytes(count: VectorScenario.areaSize)
    area.withUnsafeMutableBytes { bytes in
      if let base = bytes.baseAddress { image.copy(0..<VectorScenario.areaSize, to: base) }
    }
    return area
  }
}
