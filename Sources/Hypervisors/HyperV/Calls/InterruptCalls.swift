import Interfaces

/// The calls that reach several processors at once.
extension HyperVHypervisor {
  /// HvCallSendSyntheticClusterIpi and its variant for sets: a fixed interrupt for processors.
  func sendInterrupt(_ call: Hypercall) throws(HyperV.HypercallStatus) {
    typealias Input = HyperV.SendInterruptInput
    let vector: UInt32 = call.load(Input.vector)
    let level = try call.inputLevel(at: Input.level)
    try call.requireZero(Input.zero..<Input.processors)
    guard let vector = UInt8(exactly: vector), vector >= 16, level <= call.level else {
      throw .invalidParameter
    }
    let targets = try processors(of: call, at: Input.processors)
    for target in targets where target[level].isEnabled {
      machine.raiseInterrupt(vector, level, of: target.number)
    }
  }

  /// HvCallFlushVirtualAddressSpace, HvCallFlushVirtualAddressList and their variants for sets. All translations go,
  /// which is more than those in a list.
  func flush(_ call: Hypercall) throws(HyperV.HypercallStatus) {
    typealias Input = HyperV.FlushInput
    let flags = HyperV.FlushFlags(rawValue: call.load(Input.flags))
    guard flags.isSubset(of: .defined) else { throw .invalidParameter }
    let targets =
      flags.contains(.allProcessors) ? processors : try processors(of: call, at: Input.processors)
    for target in targets { target.processor.flushTranslations() }
  }

  /// The processors that a mask of 64 bits names, or a set, depending on the call.
  private func processors(
    of call: Hypercall, at offset: Int
  ) throws(HyperV.HypercallStatus) -> [PartitionProcessor] {
    guard call.shape.hasVariableHeader else {
      let mask: UInt64 = call.load(offset)
      return try processors(inBank: 0, mask)
    }
    typealias Layout = HyperV.ProcessorSet
    guard let format = Layout.Format(rawValue: call.load(offset + Layout.format)) else {
      throw .invalidParameter
    }
    if format == .all { return processors }
    let banks: UInt64 = call.load(offset + Layout.bankMask)
    guard banks.nonzeroBitCount == call.control.headerSize else { throw .invalidInput }
    var found: [PartitionProcessor] = []
    var next = 0
    for bank in 0..<UInt64.bitWidth where banks & 1 << UInt64(bank) != 0 {
      found += try processors(inBank: bank, call.headerNumber(next))
      next += 1
    }
    return found
  }

  private func processors(
    inBank bank: Int, _ mask: UInt64
  ) throws(HyperV.HypercallStatus) -> [PartitionProcessor] {
    var found: [PartitionProcessor] = []
    for bit in 0..<UInt64.bitWidth where mask & 1 << UInt64(bit) != 0 {
      guard let processor = processor(withIndex: UInt32(bank * UInt64.bitWidth + bit)) else {
        throw .invalidParameter
      }
      found.append(processor)
    }
    return found
  }
}
