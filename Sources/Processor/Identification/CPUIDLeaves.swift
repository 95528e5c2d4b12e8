import Interfaces
import X86

/// What CPUID returns.
public struct CPUIDValues: Equatable, Sendable {
  /// EAX.
  public var eax: UInt32 = 0
  /// EBX.
  public var ebx: UInt32 = 0
  /// ECX.
  public var ecx: UInt32 = 0
  /// EDX.
  public var edx: UInt32 = 0

  /// Four registers of zero, or of these values.
  public init(eax: UInt32 = 0, ebx: UInt32 = 0, ecx: UInt32 = 0, edx: UInt32 = 0) {
    self.eax = eax
    self.ebx = ebx
    self.ecx = ecx
    self.edx = edx
  }
}

/// What CPUID returns that depends on the processor and on what it has switched on.
struct CPUIDContext {
  /// The processor's number, which is its APIC ID.
  var index: UInt32 = 0
  var cr4: CR4 = []
  var xcr0: XCR0 = .x87
  /// The local APIC is enabled; if not, its feature bit is clear.
  var isAPICEnabled = true
}

extension ProcessorModel {
  private static let lastStandardLeaf: UInt32 = 0x16
  private static let lastHypervisorLeaf: UInt32 = 0x4000_0010
  private static let lastExtendedLeaf: UInt32 = 0x8000_0021

  /// What CPUID returns on a processor in its current state.
  func identification(leaf: UInt32, subleaf: UInt32, of core: Core) -> CPUIDValues {
    let owner = core.state.owner
    var context = CPUIDContext(index: UInt32(truncatingIfNeeded: owner.index))
    context.cr4 = core.state.cr4
    context.xcr0 = core.state.xcr0
    if let base = owner.platform.readAPICRegister(MSR.apicBase, of: owner) {
      context.isAPICEnabled = base & 1 << 11 != 0
    }
    return identification(leaf: leaf, subleaf: subleaf, in: context)
  }

  /// What CPUID returns; leaves that do not exist are zero, as on AMD's processors.
  func identification(leaf: UInt32, subleaf: UInt32, in context: CPUIDContext) -> CPUIDValues {
    switch leaf >> 28 {
    case 0: standardLeaf(leaf, subleaf, context)
    case 4 where has(.hypervisor): hypervisorLeaf(leaf)
    case 8: extendedLeaf(leaf, subleaf, context)
    default: CPUIDValues()
    }
  }

  /// The feature bits of a leaf.
  func featureBits(leaf: UInt32, subleaf: UInt32 = 0) -> CPUIDValues {
    var values = CPUIDValues()
    for feature in ProcessorFeature.allCases where has(feature) {
      let location = feature.location
      guard location.leaf == leaf, location.subleaf == subleaf else { continue }
      let bit: UInt32 = 1 << UInt32(location.bit)
      switch location.register {
      case .eax: values.eax |= bit
      case .ebx: values.ebx |= bit
      case .ecx: values.ecx |= bit
      case .edx: values.edx |= bit
      }
    }
    return values
  }

  private func standardLeaf(_ leaf: UInt32, _ subleaf: UInt32, _ context: CPUIDContext) -> CPUIDValues {
    switch leaf {
    case 0: vendorLeaf(ProcessorIdentity.vendor, last: Self.lastStandardLeaf)
    case 1: versionLeaf(context)
    case 6: featureBits(leaf: 6)
    case 7: featureBits(leaf: 7, subleaf: subleaf)
    case 0xB: topologyLeaf(subleaf, context)
    case 0xD: has(.xsave) ? extendedStateLeaf(subleaf, context) : CPUIDValues()
    // The TSC's frequency is that of the crystal, in Hz, times EBX / EAX.
    case 0x15: CPUIDValues(eax: 1, ebx: 1, ecx: ProcessorIdentity.timeStampCounterFrequency * 1000)
    // Base, maximum and bus frequency, in MHz.
    case 0x16: CPUIDValues(eax: 1000, ebx: 1000, ecx: 100)
    default: CPUIDValues()
    }
  }

  /// The twelve letters of a vendor go to EBX, EDX and ECX, in this order.
  private func vendorLeaf(_ vendor: String, last: UInt32) -> CPUIDValues {
    CPUIDValues(
      eax: last, ebx: ProcessorIdentity.word(vendor, 0), ecx: ProcessorIdentity.word(vendor, 2),
      edx: ProcessorIdentity.word(vendor, 1))
  }

  private func versionLeaf(_ context: CPUIDContext) -> CPUIDValues {
    var values = featureBits(leaf: 1)
    values.eax = ProcessorIdentity.signature
    let lineSizeInQuadwords = ProcessorIdentity.cacheLineSize / 8
    let count = UInt32(truncatingIfNeeded: min(processorCount, 255))
    values.ebx = (context.index & 0xFF) << 24 | count << 16 | lineSizeInQuadwords << 8
    if processorCount > 1 { values.edx |= 1 << UInt32(ProcessorFeature.ht.location.bit) }
    if !context.isAPICEnabled { values.edx &= ~(1 << UInt32(ProcessorFeature.apic.location.bit)) }
    // OSXSAVE mirrors CR4.
    if context.cr4.contains(.osxsave) { values.ecx |= 1 << 27 }
    return values
  }

  private func hypervisorLeaf(_ leaf: UInt32) -> CPUIDValues {
    let vendor = ProcessorIdentity.hypervisorVendor
    switch leaf {
    case 0x4000_0000:
      return CPUIDValues(
        eax: Self.lastHypervisorLeaf, ebx: ProcessorIdentity.word(vendor, 0),
        ecx: ProcessorIdentity.word(vendor, 1), edx: ProcessorIdentity.word(vendor, 2))
    // Timing, in kHz, where several hypervisors tell it.
    case 0x4000_0010:
      return CPUIDValues(
        eax: ProcessorIdentity.timeStampCounterFrequency, ebx: ProcessorIdentity.localAPICFrequency)
    default: return CPUIDValues()
    }
  }

  private func extendedLeaf(_ leaf: UInt32, _ subleaf: UInt32, _ context: CPUIDContext) -> CPUIDValues {
    switch leaf {
    case 0x8000_0000: vendorLeaf(ProcessorIdentity.vendor, last: Self.lastExtendedLeaf)
    case 0x8000_0001: extendedVersionLeaf(context)
    case 0x8000_0002...0x8000_0004: brandLeaf(Int(leaf - 0x8000_0002))
    case 0x8000_0005: firstLevelCacheLeaf
    case 0x8000_0006: secondLevelCacheLeaf
    case 0x8000_0007: featureBits(leaf: leaf)
    case 0x8000_0008: capacityLeaf
    case SVM.identificationLeaf: has(.svm) ? virtualisationLeaf : CPUIDValues()
    // TLB entries for 1 GiB pages: fully associative, 64.
    case 0x8000_0019: CPUIDValues(eax: 0xF040_F040, ebx: 0xF040_0000)
    case 0x8000_001D: has(.topoext) ? cacheLeaf(subleaf) : CPUIDValues()
    case 0x8000_001E: has(.topoext) ? coreLeaf(context) : CPUIDValues()
    case 0x8000_0021: featureBits(leaf: leaf)
    default: CPUIDValues()
    }
  }

  private func extendedVersionLeaf(_ context: CPUIDContext) -> CPUIDValues {
    var values = featureBits(leaf: 0x8000_0001)
    values.eax = ProcessorIdentity.signature
    if processorCount > 1 { values.ecx |= 1 << UInt32(ProcessorFeature.cmpLegacy.location.bit) }
    // AMD repeats these bits of Fn0000_0001.
    let repeated: UInt32 = 0x0183_F3FF
    values.edx |= featureBits(leaf: 1).edx & repeated
    if !context.isAPICEnabled { values.edx &= ~(1 << UInt32(ProcessorFeature.apic.location.bit)) }
    return values
  }

  private func brandLeaf(_ index: Int) -> CPUIDValues {
    let brand = ProcessorIdentity.brand
    return CPUIDValues(
      eax: ProcessorIdentity.word(brand, index * 4), ebx: ProcessorIdentity.word(brand, index * 4 + 1),
      ecx: ProcessorIdentity.word(brand, index * 4 + 2), edx: ProcessorIdentity.word(brand, index * 4 + 3))
  }

  /// Revision and number of ASIDs, that of the host included (APM volume 3, E.4.9).
  private var virtualisationLeaf: CPUIDValues {
    var values = featureBits(leaf: SVM.identificationLeaf)
    values.eax = SVM.revision
    values.ebx = 0x8000
    return values
  }

  private var capacityLeaf: CPUIDValues {
    var values = featureBits(leaf: 0x8000_0008)
    let linearAddressBits: UInt32 = 48
    values.eax = linearAddressBits << 8 | UInt32(PageTableEntry.physicalAddressBits)
    values.ecx = coreIdentifierBits << 12 | UInt32(truncatingIfNeeded: min(processorCount, 256) - 1)
    return values
  }
}
