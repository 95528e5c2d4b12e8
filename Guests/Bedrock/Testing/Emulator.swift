/// What emulates the computer, as far as it says so.
enum Emulator {
  private static let signatureLeaf: UInt32 = 0x4000_0000

  /// Whether this is QEMU's translator TCG, which leaves some of the processor's checks out.
  static var isQEMUWithoutAccelerator: Bool {
    guard ProcessorIdentification().has(.hypervisor) else { return false }
    let leaf = IdentificationLeaf(signatureLeaf)
    // "TCGTCGTCGTCG"
    return leaf.ebx == 0x5447_4354 && leaf.ecx == 0x4354_4743 && leaf.edx == 0x4743_5447
  }
}
