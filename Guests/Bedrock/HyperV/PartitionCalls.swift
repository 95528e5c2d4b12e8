import Interfaces

// The calls that a kernel needs, each under its own name. They are for the partition itself.

extension Partition {
  /// The 16 bytes of a virtual processor's register (HvCallGetVpRegisters).
  public func register(
    _ name: HyperV.RegisterName, of processor: UInt32 = HyperV.processorSelf,
    _ level: HyperV.InputLevel = .current
  ) throws(HypercallFailure) -> (low: UInt64, high: UInt64) {
    typealias Input = HyperV.RegisterInput
    return try call(HyperV.HypercallControl(.getRegisters, count: 1)) { input in
      input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
      input.storeBytes(of: processor, toByteOffset: Input.processor, as: UInt32.self)
      input.storeBytes(of: level.rawValue, toByteOffset: Input.level, as: UInt8.self)
      input.storeBytes(of: name.rawValue, toByteOffset: Input.size, as: UInt32.self)
    } read: {
      ($0.load(as: UInt64.self), $0.load(fromByteOffset: 8, as: UInt64.self))
    }
  }

  /// Sets a virtual processor's register (HvCallSetVpRegisters).
  public func setRegister(
    _ name: HyperV.RegisterName, to value: UInt64, high: UInt64 = 0,
    of processor: UInt32 = HyperV.processorSelf, _ level: HyperV.InputLevel = .current
  ) throws(HypercallFailure) {
    typealias Input = HyperV.RegisterInput
    typealias Assignment = HyperV.RegisterAssignment
    try call(HyperV.HypercallControl(.setRegisters, count: 1)) { input in
      input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
      input.storeBytes(of: processor, toByteOffset: Input.processor, as: UInt32.self)
      input.storeBytes(of: level.rawValue, toByteOffset: Input.level, as: UInt8.self)
      let element = input + Input.size
      element.storeBytes(of: name.rawValue, toByteOffset: Assignment.name, as: UInt32.self)
      element.storeBytes(of: value, toByteOffset: Assignment.value, as: UInt64.self)
      element.storeBytes(of: high, toByteOffset: Assignment.value + 8, as: UInt64.self)
    } read: { _ in
    }
  }

  /// The index of the virtual processor with a local APIC's identifier (HvCallGetVpIndexFromApicId).
  ///
  /// The index is a number without a sign, and an index is below the limit, which is a count: one that is not
  /// names no processor.
  public func processorIndex(ofAPIC identifier: UInt32) throws(HypercallFailure) -> UInt32 {
    typealias Input = HyperV.ProcessorIndexInput
    let index = try call(HyperV.HypercallControl(.getProcessorIndex, count: 1)) { input in
      input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
      input.storeBytes(of: identifier, toByteOffset: Input.size, as: UInt32.self)
    } read: {
      $0.load(as: UInt32.self)
    }
    guard index < processorLimit else {
      throw HypercallFailure(result: HyperV.HypercallResult(.invalidProcessorIndex))
    }
    return index
  }

  /// The identifiers, below the limit of virtual processors, of the local APICs that there are: a partition tells
  /// its processors even where no table does.
  public func apicIdentifiers() -> [UInt32] {
    (0..<processorLimit).filter { (try? processorIndex(ofAPIC: $0)) != nil }
  }

  /// Allows a level in the partition (HvCallEnablePartitionVtl).
  public func enable(
    _ level: HyperV.VirtualTrustLevel, with flags: HyperV.EnableLevelFlags = []
  ) throws(HypercallFailure) {
    typealias Input = HyperV.EnablePartitionLevelInput
    try call(HyperV.HypercallControl(.enablePartitionLevel)) { input in
      input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
      input.storeBytes(of: level.rawValue, toByteOffset: Input.level, as: UInt8.self)
      input.storeBytes(of: flags.rawValue, toByteOffset: Input.flags, as: UInt8.self)
    } read: { _ in
    }
  }

  /// Gives a virtual processor a level, which begins in a context when it is entered first
  /// (HvCallEnableVpVtl).
  public func enable(
    _ level: HyperV.VirtualTrustLevel, of processor: UInt32, in context: HyperV.InitialContext
  ) throws(HypercallFailure) {
    try call(.enableProcessorLevel, level, of: processor, in: context)
  }

  /// Starts a virtual processor in a level (HvCallStartVirtualProcessor).
  public func start(
    _ processor: UInt32, at level: HyperV.VirtualTrustLevel, in context: HyperV.InitialContext
  ) throws(HypercallFailure) {
    try call(.startProcessor, level, of: processor, in: context)
  }

  private func call(
    _ code: HyperV.HypercallCode, _ level: HyperV.VirtualTrustLevel, of processor: UInt32,
    in context: HyperV.InitialContext
  ) throws(HypercallFailure) {
    typealias Input = HyperV.ProcessorStartInput
    try call(HyperV.HypercallControl(code)) { input in
      input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
      input.storeBytes(of: processor, toByteOffset: Input.processor, as: UInt32.self)
      input.storeBytes(of: level.rawValue, toByteOffset: Input.level, as: UInt8.self)
      context.store(to: input + Input.context)
    } read: { _ in
    }
  }

  /// Says what lower levels may do with a page (HvCallModifyVtlProtectionMask).
  public func protect(
    _ page: PhysicalAddress, _ rights: HyperV.MapFlags, by level: HyperV.InputLevel = .current
  ) throws(HypercallFailure) {
    typealias Input = HyperV.ModifyProtectionInput
    try call(HyperV.HypercallControl(.modifyProtection, count: 1)) { input in
      input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
      input.storeBytes(of: rights.rawValue, toByteOffset: Input.flags, as: UInt32.self)
      input.storeBytes(of: level.rawValue, toByteOffset: Input.level, as: UInt8.self)
      input.storeBytes(
        of: page.rawValue / UInt64(HyperV.pageSize), toByteOffset: Input.size, as: UInt64.self)
    } read: { _ in
    }
  }
}
