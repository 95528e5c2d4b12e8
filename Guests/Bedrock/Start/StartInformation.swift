@_extern(c, "bedrock_boot_protocol") private func bootProtocolMagic() -> UInt32
@_extern(c, "bedrock_boot_information") private func bootInformationAddress() -> UInt32

/// What the loader told the guest, copied from wherever the loader left it.
public struct StartInformation: Sendable {
  /// How the guest was started.
  public enum BootProtocol: Sendable {
    /// By the Multiboot header.
    case multiboot
    /// By the PVH note.
    case pvh

    /// The name for a report.
    public var name: StaticString {
      switch self {
      case .multiboot: "Multiboot"
      case .pvh: "PVH"
      }
    }
  }

  /// How the guest was started.
  public let bootProtocol: BootProtocol
  /// The words of the command line. A Multiboot loader may put the image's name first.
  public let arguments: [String]
  /// The loader's view of physical memory.
  public let memoryMap: MemoryMap
  /// Where ACPI's root pointer is, if the loader tells.
  public let rootPointer: PhysicalAddress?

  /// Reads what the loader of this image left, or nil if it cannot be understood.
  public init?() {
    let address = PhysicalAddress(UInt64(bootInformationAddress()))
    let commandLine: String
    if bootProtocolMagic() == MultibootInformation.magic {
      guard let information = MultibootInformation(at: address) else { return nil }
      bootProtocol = .multiboot
      commandLine = information.commandLine
      memoryMap = information.memoryMap
      rootPointer = nil
    } else {
      guard let information = HVMStartInformation(at: address) else { return nil }
      bootProtocol = .pvh
      commandLine = information.commandLine
      memoryMap = information.memoryMap
      rootPointer = information.rootPointer
    }
    arguments = commandLine.utf8.split(separator: UInt8(ascii: " ")).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Whether a word is on the command line.
  public func hasArgument(_ word: StaticString) -> Bool {
    arguments.contains { $0.utf8.elementsEqual(word.bytes) }
  }
}

/// The zero-terminated text at the address that a field holds; at most a page of it.
func text<Address: FixedWidthInteger & BitwiseCopyable>(
  atAddressIn information: PhysicalBytes, _ field: UInt64, as type: Address.Type
) -> String {
  guard let address = information.load(field, as: type).map({ PhysicalAddress(UInt64($0)) }),
    let bytes = PhysicalBytes(address, count: 4096)
  else { return "" }
  var characters: [UInt8] = []
  for offset in 0..<bytes.count {
    guard let character = bytes.load(offset, as: UInt8.self), character != 0 else { break }
    characters.append(character)
  }
  return String(decoding: characters, as: UTF8.self)
}
