import Interfaces
import Processor

/// The leaves of CPUID (TLFS 2.4).
extension HyperVHypervisor {
  private static let lastLeaf = HyperV.IdentificationLeaf.nested
  /// The version of the hypervisor: major, minor and build number of a Windows Server that has all of this.
  private static let version: (major: UInt32, minor: UInt32, build: UInt32) = (10, 0, 20348)
  /// As many logical processors as a machine can have.
  private static let logicalProcessorLimit: UInt32 = 64

  /// See ``ProcessorHypervisor``.
  public func identification(
    leaf: UInt32, subleaf: UInt32, values: CPUIDValues, of processor: VirtualProcessor
  ) -> CPUIDValues {
    typealias Leaf = HyperV.IdentificationLeaf
    switch leaf {
    case Leaf.vendor:
      let signature = HyperV.vendorSignature
      return CPUIDValues(eax: Self.lastLeaf, ebx: signature.ebx, ecx: signature.ecx, edx: signature.edx)
    case Leaf.interface: return CPUIDValues(eax: HyperV.interfaceSignature)
    case Leaf.version:
      return CPUIDValues(eax: Self.version.build, ebx: Self.version.major << 16 | Self.version.minor)
    case Leaf.features:
      return CPUIDValues(
        eax: configuration.privileges.low, ebx: configuration.privileges.high,
        edx: configuration.features.rawValue)
    case Leaf.recommendations:
      // EBX: how often to try a spin lock before telling the hypervisor.
      return CPUIDValues(
        eax: configuration.recommendations.rawValue, ebx: 0xFFFF_FFFF,
        ecx: UInt32(ProcessorModel.physicalAddressBits))
    case Leaf.limits:
      return CPUIDValues(
        eax: configuration.processorLimit ?? UInt32(processors.count), ebx: Self.logicalProcessorLimit)
    case Leaf.hardware:
      return CPUIDValues(eax: HyperV.HardwareFeatures.secondLevelTranslation.rawValue)
    case 0x4000_0000...0x4FFF_FFFF: return CPUIDValues()
    case Self.powerLeaf: return powerLeaf(values, of: processor)
    default: return values
    }
  }

  /// CPUID 8000_0007h.
  private static let powerLeaf: UInt32 = 0x8000_0007
  private static let invariantCounter: UInt32 = 1 << 8

  /// The TSC is invariant only for a partition that has asked for it.
  private func powerLeaf(_ values: CPUIDValues, of processor: VirtualProcessor) -> CPUIDValues {
    var values = values
    if !partition(partitionProcessor(processor).active).revealsInvariantCounter {
      values.edx &= ~Self.invariantCounter
    }
    return values
  }
}
