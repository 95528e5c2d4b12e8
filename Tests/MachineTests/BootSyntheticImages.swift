import Bus

@testable import Machine

/// Bytes that grow as numbers are put into them, for files that are made up.
struct SyntheticBytes {
  private(set) var bytes: [UInt8] = []

  mutating func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
    grow(to: offset + MemoryLayout<Number>.size)
    for index in 0..<MemoryLayout<Number>.size {
      bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * index))
    }
  }

  mutating func put(_ content: [UInt8], at offset: Int) {
    grow(to: offset + content.count)
    bytes.replaceSubrange(offset..<offset + content.count, with: content)
  }

  mutating func grow(to count: Int) {
    if bytes.count < count { bytes += [UInt8](repeating: 0, count: count - bytes.count) }
  }
}

/// A bzImage with a setup header like those of Linux 6, and no kernel worth the name.
struct SyntheticBzImage {
  var setupSectors: UInt8 = 1
  var version: UInt16 = 0x020F
  var loadFlags: UInt8 = 1
  var ramdiskHighestAddress: UInt32 = 0x7FFF_FFFF
  var alignment: UInt32 = 0x20_0000
  var relocatable: UInt8 = 1
  var extendedLoadFlags: UInt16 = 3
  var commandLineSize: UInt32 = 2047
  var preferredAddress: UInt64 = 0x100_0000
  var initialSize: UInt32 = 0x10_0000
  var headerEnd = 0x26C
  var kernel: [UInt8] = (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  var bytes: [UInt8] {
    var file = SyntheticBytes()
    let sectors = setupSectors == 0 ? 4 : Int(setupSectors)
    file.put(setupSectors, at: 0x1F1)
    file.put(UInt32(kernel.count / 16), at: 0x1F4)
    file.put(UInt16(0xAA55), at: 0x1FE)
    file.put([0xEB, UInt8(truncatingIfNeeded: headerEnd - 0x202)], at: 0x200)
    file.put([UInt8]("HdrS".utf8), at: 0x202)
    file.put(version, at: 0x206)
    file.put(loadFlags, at: 0x211)
    file.put(ramdiskHighestAddress, at: 0x22C)
    file.put(alignment, at: 0x230)
    file.put(relocatable, at: 0x234)
    file.put(extendedLoadFlags, at: 0x236)
    file.put(commandLineSize, at: 0x238)
    file.put(preferredAddress, at: 0x258)
    file.put(initialSize, at: 0x260)
    file.put(kernel, at: (sectors + 1) * 512)
    return file.bytes
  }
}

/// An ELF file with segments of a page each in the file, one after the other.
struct SyntheticELF {
  struct Segment {
    var type: UInt32 = 1
    var content: [UInt8] = []
    var virtualAddress: UInt64 = 0
    var physicalAddress: UInt64 = 0
    /// Where they differ from the content's.
    var offset: UInt64?
    var fileSize: UInt64?
    var memorySize: UInt64?
  }

  enum Class: UInt8 {
    case elf32 = 1
    case elf64 = 2
  }

  var fileClass = Class.elf64
  var dataEncoding: UInt8 = 1
  var type: UInt16 = 2
  var machine: UInt16 = 62
  var entry: UInt64 = 0x20_0000
  var programHeadersOffset: UInt64?
  var programHeaderSize: UInt16?
  var segments = [
    Segment(
      content: [0xF4, 0xEB, 0xFD], virtualAddress: 0x20_0000, physicalAddress: 0x20_0000, memorySize: 0x3000)
  ]

  private static let firstContent = 0x1000

  /// A note as a file has it, with 4-byte padding.
  static func note(_ owner: String, type: UInt32, _ content: [UInt8]) -> Segment {
    var note = SyntheticBytes()
    let name = [UInt8](owner.utf8) + [0]
    note.put(UInt32(name.count), at: 0)
    note.put(UInt32(content.count), at: 4)
    note.put(type, at: 8)
    note.put(name, at: 12)
    let contentOffset = (12 + name.count + 3) & ~3
    note.put(content, at: contentOffset)
    note.grow(to: (contentOffset + content.count + 3) & ~3)
    return Segment(type: 4, content: note.bytes)
  }

  /// The note with a PVH entry, in 8 bytes.
  static func pvhNote(entry: UInt64) -> Segment {
    note("Xen", type: 18, (0..<8).map { UInt8(truncatingIfNeeded: entry >> (8 * $0)) })
  }

  var bytes: [UInt8] {
    var file = SyntheticBytes()
    let wide = fileClass == .elf64
    let headerSize = wide ? 64 : 52
    let entrySize = wide ? 56 : 32
    file.put([0x7F, 0x45, 0x4C, 0x46, fileClass.rawValue, dataEncoding, 1], at: 0)
    file.put(type, at: 16)
    file.put(machine, at: 18)
    func putAddress(_ number: UInt64, at offset: Int) {
      if wide {
        file.put(number, at: offset)
      } else {
        file.put(UInt32(truncatingIfNeeded: number), at: offset)
      }
    }
    putAddress(entry, at: 24)
    putAddress(programHeadersOffset ?? UInt64(headerSize), at: wide ? 32 : 28)
    file.put(programHeaderSize ?? UInt16(entrySize), at: wide ? 54 : 42)
    file.put(UInt16(segments.count), at: wide ? 56 : 44)
    file.grow(to: headerSize)
    for (index, segment) in segments.enumerated() {
      let header = headerSize + index * entrySize
      let place = Self.firstContent * (index + 1)
      let fields: [UInt64] = [
        segment.offset ?? UInt64(place), segment.virtualAddress, segment.physicalAddress,
        segment.fileSize ?? UInt64(segment.content.count),
        segment.memorySize ?? UInt64(segment.content.count),
      ]
      file.put(segment.type, at: header)
      for (number, field) in fields.enumerated() {
        putAddress(field, at: header + (wide ? 8 + 8 * number : 4 + 4 * number))
      }
      file.grow(to: header + entrySize)
      if !segment.content.isEmpty { file.put(segment.content, at: place) }
    }
    return file.bytes
  }
}

/// A Multiboot 1 header.
struct SyntheticMultibootHeader {
  var flags: UInt32 = 0
  /// header_addr, load_addr, load_end_addr, bss_end_addr and entry_addr.
  var addresses: [UInt32] = []

  var bytes: [UInt8] {
    var header = SyntheticBytes()
    header.put(UInt32(0x1BAD_B002), at: 0)
    header.put(flags, at: 4)
    header.put(0 &- 0x1BAD_B002 &- flags, at: 8)
    for (index, address) in addresses.enumerated() { header.put(address, at: 12 + 4 * index) }
    return header.bytes
  }
}

extension MemoryMap {
  /// The map of a PC.
  init(memorySize: UInt64) { self.init(memorySize: memorySize, description: .acpi(rsdpAddress: 0xE_1000)) }
}

extension GuestMemory {
  /// The bytes at a physical address; `nil` if a part is not RAM.
  func bytes(at address: UInt64, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return bytes.withUnsafeMutableBytes { read(address, into: $0) } ? bytes : nil
  }

  /// The text at a physical address, up to a NUL.
  func text(at address: UInt64) -> String? {
    guard let bytes = bytes(at: address, count: 256) else { return nil }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// What a loader throws for a file, or `nil` if it takes it.
func bootError(for bytes: [UInt8]) -> BootError? {
  do throws(BootError) {
    _ = try KernelImage.identify(bytes)
    return nil
  } catch {
    return error
  }
}

/// What a loader throws when it puts a file into memory, or `nil` if it fits.
func bootError(
  loading bytes: [UInt8], into memory: GuestMemory,
  _ configuration: BootConfiguration = BootConfiguration(description: .acpi(rsdpAddress: 0xE_1000))
) -> BootError? {
  do throws(BootError) {
    _ = try KernelImage.identify(bytes).load(into: memory, configuration)
    return nil
  } catch {
    return error
  }
}
