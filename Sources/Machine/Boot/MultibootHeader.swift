/// The header of a Multiboot 1 image (Multiboot Specification 0.6.96, 3.1).
struct MultibootHeader: Equatable {
  /// Where the header is in the file.
  let offset: UInt64
  /// What the image asks for.
  let flags: Flags

  /// What an image asks for.
  struct Flags: OptionSet, Equatable {
    let rawValue: UInt32

    /// Modules begin on page boundaries.
    static let alignModules = Flags(rawValue: 1 << 0)
    /// The image wants the sizes of memory.
    static let memoryInformation = Flags(rawValue: 1 << 1)
    /// The image prefers a video mode.
    static let videoMode = Flags(rawValue: 1 << 2)
    /// The header has addresses that are used in place of those of the file's format.
    static let addresses = Flags(rawValue: 1 << 16)

    /// The half of the flags that a loader must refuse if it does not know them.
    static let requirements = Flags(rawValue: 0xFFFF)
    /// The requirements that are met here. A video mode is only preferred: there is none, and the information
    /// structure says so.
    static let known: Flags = [.alignModules, .memoryInformation, .videoMode]
  }

  static let magic: UInt32 = 0x1BAD_B002
  /// How much of a file may be searched for the header.
  static let searchLength: UInt64 = 8192
  private static let alignment: UInt64 = 4
  private static let size: UInt64 = 12

  /// Offsets of the address fields, from the header on.
  enum Field {
    static let headerAddress: UInt64 = 12
    static let loadAddress: UInt64 = 16
    static let loadEnd: UInt64 = 20
    static let bssEnd: UInt64 = 24
    static let entry: UInt64 = 28
  }

  /// The first header in the part of a file where one may be; `nil` if there is none.
  init?(findIn bytes: [UInt8]) {
    let end = min(UInt64(bytes.count), Self.searchLength)
    guard end >= Self.size else { return nil }
    for offset in stride(from: 0, through: end - Self.size, by: UInt64.Stride(Self.alignment)) {
      guard bytes.number(at: offset) == Self.magic,
        let flags = bytes.number(at: offset + 4, as: UInt32.self),
        let checksum = bytes.number(at: offset + 8, as: UInt32.self),
        Self.magic &+ flags &+ checksum == 0
      else { continue }
      self.offset = offset
      self.flags = Flags(rawValue: flags)
      return
    }
    return nil
  }
}
