/// The registers that CPUID fills.
public struct IdentificationLeaf: Sendable {
  /// EAX.
  public let eax: UInt32
  /// EBX.
  public let ebx: UInt32
  /// ECX.
  public let ecx: UInt32
  /// EDX.
  public let edx: UInt32

  /// Executes CPUID.
  public init(_ leaf: UInt32, subleaf: UInt32 = 0) {
    let registers = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4) { buffer in
      buffer.initialize(repeating: 0)
      if let base = buffer.baseAddress { cpuid(leaf, subleaf, base) }
      return (buffer[0], buffer[1], buffer[2], buffer[3])
    }
    (eax, ebx, ecx, edx) = registers
  }

  subscript(register: IdentificationRegister) -> UInt32 {
    switch register {
    case .eax: eax
    case .ebx: ebx
    case .ecx: ecx
    case .edx: edx
    }
  }
}

/// One of the registers that CPUID fills.
public enum IdentificationRegister: Sendable {
  /// The first to the fourth of the leaf's results.
  case eax, ebx, ecx, edx
}

/// Who made the current processor and what it is: AMD64 APM volume 3, appendix E.
public struct ProcessorIdentification: Sendable {
  /// The highest standard leaf.
  public let highestLeaf: UInt32
  /// The highest extended leaf, or a value below 8000_0000h if there are none.
  public let highestExtendedLeaf: UInt32
  /// Twelve characters, such as "AuthenticAMD".
  public let vendor: String
  /// The marketing name; empty if the processor does not tell.
  public let brand: String
  /// Base and extended family added.
  public let family: UInt32
  /// Base and extended model combined.
  public let model: UInt32
  /// The revision of the model.
  public let stepping: UInt32

  /// How many bits a physical address has.
  public let physicalAddressBits: UInt32

  /// Asks the current processor.
  public init() {
    let standard = IdentificationLeaf(0)
    highestLeaf = standard.eax
    highestExtendedLeaf = IdentificationLeaf(0x8000_0000).eax
    vendor = Self.text([standard.ebx, standard.edx, standard.ecx])

    if highestExtendedLeaf >= 0x8000_0004 {
      let leaves = (0x8000_0002...0x8000_0004 as ClosedRange<UInt32>).map { IdentificationLeaf($0) }
      brand = Self.text(leaves.flatMap { [$0.eax, $0.ebx, $0.ecx, $0.edx] })
    } else {
      brand = ""
    }

    physicalAddressBits = highestExtendedLeaf >= 0x8000_0008 ? IdentificationLeaf(0x8000_0008).eax & 0xFF : 36

    let signature = IdentificationLeaf(1).eax
    let baseFamily = signature >> 8 & 0xF
    family = baseFamily == 0xF ? baseFamily + (signature >> 20 & 0xFF) : baseFamily
    let hasExtendedModel = baseFamily == 0xF || baseFamily == 6
    model = (signature >> 4 & 0xF) | (hasExtendedModel ? signature >> 12 & 0xF0 : 0)
    stepping = signature & 0xF
  }

  /// Whether the current processor reports the feature.
  public func has(_ feature: ProcessorFeature) -> Bool {
    let highest = feature.leaf >= 0x8000_0000 ? highestExtendedLeaf : highestLeaf
    guard feature.leaf <= highest else { return false }
    return IdentificationLeaf(feature.leaf)[feature.register] >> feature.bit & 1 == 1
  }

  /// Characters packed into registers, up to the first NUL, without the spaces around them.
  private static func text(_ registers: [UInt32]) -> String {
    var characters: [UInt8] = []
    for register in registers {
      for shift in stride(from: 0, to: 32, by: 8) {
        characters.append(UInt8(truncatingIfNeeded: register >> UInt32(shift)))
      }
    }
    let space = UInt8(ascii: " ")
    var text = characters.prefix { $0 != 0 }.drop { $0 == space }
    while text.last == space { text.removeLast() }
    return String(decoding: text, as: UTF8.self)
  }
}
