import Bedrock
import Interfaces

// What CPUID tells of the extension (APM volume 3, E.4.9).

extension ProcessorFeature {
  private static func extended(_ name: StaticString, _ bit: UInt32) -> Self {
    Self(name, SVM.identificationLeaf, .edx, bit)
  }

  static var nestedPaging: Self { extended("npt", 0) }
  static var branchRecords: Self { extended("lbrv", 1) }
  static var nextInstructionPointer: Self { extended("nrip_save", 3) }
  static var timeStampCounterRatio: Self { extended("tsc_scale", 4) }
  static var flushByAddressSpace: Self { extended("flushbyasid", 6) }
  static var decodeAssists: Self { extended("decodeassists", 7) }
  static var virtualInterruptController: Self { extended("avic", 13) }
  static var extendedVirtualInterruptController: Self { extended("x2avic", 18) }
  static var addressCheck: Self { extended("svme_addr_chk", 28) }
}

/// The extension on the computer's processors.
struct VirtualizationExtension {
  let hasNestedPaging: Bool
  let hasBranchRecords: Bool
  let hasNextInstructionPointer: Bool
  let hasDecodeAssists: Bool
  let hasFlushByAddressSpace: Bool
  let hasTimeStampCounterRatio: Bool
  /// AVIC, with the nested paging that it needs.
  let hasInterruptController: Bool
  /// x2AVIC.
  let hasExtendedInterruptController: Bool
  /// How many address spaces there are, the host's among them.
  let addressSpaces: UInt32
  /// The bits of a physical address.
  let physicalAddressBits: UInt32

  /// Nil where it is not offered, or the firmware has switched it off for good.
  init?() {
    let identification = ProcessorIdentification()
    guard identification.has(.secureVirtualMachine),
      identification.highestExtendedLeaf >= SVM.identificationLeaf,
      !SVM.Control(rawValue: ModelSpecificRegister(index: SVM.Register.control).value).contains(.disable)
    else { return nil }
    hasNestedPaging = identification.has(.nestedPaging)
    hasBranchRecords = identification.has(.branchRecords)
    hasNextInstructionPointer = identification.has(.nextInstructionPointer)
    hasDecodeAssists = identification.has(.decodeAssists)
    hasFlushByAddressSpace = identification.has(.flushByAddressSpace)
    hasTimeStampCounterRatio = identification.has(.timeStampCounterRatio)
    hasInterruptController = hasNestedPaging && identification.has(.virtualInterruptController)
    hasExtendedInterruptController =
      hasInterruptController && identification.has(.extendedVirtualInterruptController)
    addressSpaces = IdentificationLeaf(SVM.identificationLeaf).ebx
    physicalAddressBits = identification.physicalAddressBits
  }

  /// The features' names, as Linux writes them.
  var names: String {
    let identification = ProcessorIdentification()
    let features: [ProcessorFeature] = [
      .nestedPaging, .branchRecords, .nextInstructionPointer, .timeStampCounterRatio, .flushByAddressSpace,
      .decodeAssists,
      .virtualInterruptController, .extendedVirtualInterruptController, .addressCheck,
    ]
    var text = ""
    for feature in features where identification.has(feature) { text += " \(feature.name)" }
    return text
  }

  /// Switches the extension on, on the processor that runs this. False if there is no memory.
  static func enable(_ frames: PageFrameAllocator) -> Bool {
    guard let page = frames.allocate() else { return false }
    ExtendedFeatures.current.insert(.virtualMachineEnable)
    ModelSpecificRegister(index: SVM.Register.hostSaveArea).write(page.rawValue)
    return true
  }
}
