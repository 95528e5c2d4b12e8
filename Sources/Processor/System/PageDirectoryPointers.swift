import X86

/// The four entries at the root of PAE paging, which are looked at when CR3 is written or this paging begins
/// (APM volume 2, 5.2.3 and 15.25.10).
extension Core {
  private static let pointerCount: UInt64 = 4
  private static let pointerRootMask: UInt64 = 0xFFFF_FFE0
  /// Bits 1, 2 and 5 to 8, and what is above the physical address.
  static let reservedPointerBits: UInt64 = 0x1E6 | ~((1 << PageTableEntry.physicalAddressBits) - 1)

  /// Refuses pointers that are present and have reserved bits set. Under nested paging only a walk looks at them.
  func checkPageDirectoryPointers(at root: UInt64) throws(Fault) {
    guard !state.isNested else { return }
    for index in 0..<Self.pointerCount {
      let place = root & Self.pointerRootMask + index * 8
      try requirePermission(.read, physical: place, linear: place, isFinal: false)
      // What is not in RAM reads as all ones.
      let pointer = hostAddress(place)?.load(as: UInt64.self) ?? ~0
      if pointer & PageTableEntry.present != 0, pointer & Self.reservedPointerBits != 0 {
        throw .generalProtection
      }
    }
  }
}
