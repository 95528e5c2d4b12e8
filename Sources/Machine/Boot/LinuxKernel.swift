/// A Linux bzImage with a 64-bit entry, whose setup header has been checked.
public struct LinuxKernel: Sendable {
  private typealias Field = LinuxBootProtocol.SetupHeader

  let bytes: [UInt8]
  /// The setup header's bytes, from `LinuxBootProtocol.SetupHeader.start` on.
  let setupHeader: ArraySlice<UInt8>
  /// The part that runs in protected or long mode.
  let protectedModeKernel: ArraySlice<UInt8>
  /// The kernel's lowest and best address: its preferred one, aligned as it asks.
  let loadAddress: UInt64
  /// How many bytes from `loadAddress` on the kernel uses before it has looked at the memory map.
  let initialSize: UInt64
  /// The most bytes of command line, without the NUL.
  let commandLineLimit: Int
  /// Where the RAM disk must end.
  let ramdiskLimit: UInt64
  /// Whether the RAM disk may lie above 4 GiB.
  let takesRamdiskAbove4G: Bool

  /// Whether the bytes have the signature of a kernel with a setup header.
  static func matches(_ bytes: [UInt8]) -> Bool {
    bytes.number(at: Field.bootFlag) == LinuxBootProtocol.bootFlagValue
      && bytes.has(LinuxBootProtocol.signatureValue, at: Field.signature)
  }

  /// Checks the setup header of a file for which `matches` holds.
  ///
  /// - Throws: `BootError` if the kernel is older than version 2.12 of the protocol, is not a 64-bit bzImage,
  ///   is truncated, or if its header contradicts itself.
  init(_ bytes: [UInt8]) throws(BootError) {
    guard let version = bytes.number(at: Field.version, as: UInt16.self) else {
      throw .truncatedKernel(format: "setup", needed: Field.requiredEnd, actual: UInt64(bytes.count))
    }
    guard version >= LinuxBootProtocol.minimumVersion else {
      throw .unsuitableKernel(
        reason: "it speaks version \(version >> 8).\(version & 0xFF) of the boot protocol,"
          + " and 2.12 is needed; give Linux 3.8 or newer")
    }
    guard let setupSectors = bytes.number(at: Field.setupSectors, as: UInt8.self),
      let systemSize = bytes.number(at: Field.systemSize, as: UInt32.self),
      let jumpDistance = bytes.number(at: Field.jumpDistance, as: UInt8.self),
      let loadFlags = bytes.number(at: Field.loadFlags, as: UInt8.self),
      let ramdiskHighestAddress = bytes.number(at: Field.ramdiskHighestAddress, as: UInt32.self),
      let alignment = bytes.number(at: Field.kernelAlignment, as: UInt32.self).map(UInt64.init),
      let relocatable = bytes.number(at: Field.relocatable, as: UInt8.self),
      let extendedLoadFlags = bytes.number(at: Field.extendedLoadFlags, as: UInt16.self),
      let commandLineSize = bytes.number(at: Field.commandLineSize, as: UInt32.self),
      let preferredAddress = bytes.number(at: Field.preferredAddress, as: UInt64.self),
      let initialSize = bytes.number(at: Field.initialSize, as: UInt32.self)
    else {
      throw .truncatedKernel(format: "setup", needed: Field.requiredEnd, actual: UInt64(bytes.count))
    }

    guard extendedLoadFlags & LinuxBootProtocol.kernel64 != 0 else {
      throw .unsuitableKernel(reason: "it has no 64-bit entry; give a kernel built for x86-64")
    }
    guard loadFlags & LinuxBootProtocol.loadedHigh != 0 else {
      throw .unsuitableKernel(reason: "it is a zImage for the first 640 KiB; give a bzImage")
    }

    let sectors = setupSectors == 0 ? LinuxBootProtocol.defaultSetupSectors : UInt64(setupSectors)
    let setupSize = (sectors + 1) * LinuxBootProtocol.sectorSize
    let systemBytes = UInt64(systemSize) * LinuxBootProtocol.paragraphSize
    let count = UInt64(bytes.count)
    guard count >= setupSize + max(systemBytes, LinuxBootProtocol.longModeEntry + 1) else {
      throw .truncatedKernel(format: "setup", needed: setupSize + systemBytes, actual: count)
    }

    let headerEnd = Field.signature + UInt64(jumpDistance)
    guard headerEnd >= Field.requiredEnd, headerEnd <= Field.limit else {
      throw .malformedKernel(format: "setup", reason: "it claims to end at offset \(headerEnd)")
    }
    guard relocatable == 0 || (alignment > 0 && alignment & (alignment - 1) == 0) else {
      throw .malformedKernel(format: "setup", reason: "the alignment \(alignment) is not a power of two")
    }
    guard
      let address = relocatable == 0 ? preferredAddress : preferredAddress.roundedUp(toMultipleOf: alignment),
      address >= AddressMap.extendedMemoryStart, address <= UInt64(UInt32.max)
    else {
      throw .malformedKernel(
        format: "setup",
        reason: "the preferred address 0x\(String(preferredAddress, radix: 16)) is impossible")
    }

    self.bytes = bytes
    setupHeader = bytes[Field.start..<Int(headerEnd)]
    protectedModeKernel = bytes[Int(setupSize)...]
    loadAddress = address
    self.initialSize = max(UInt64(initialSize), count - setupSize)
    commandLineLimit = Int(commandLineSize)
    takesRamdiskAbove4G = extendedLoadFlags & LinuxBootProtocol.canBeLoadedAbove4G != 0
    // The limit is of the 32-bit entry's time; a kernel that takes RAM disks anywhere has none.
    ramdiskLimit = takesRamdiskAbove4G ? .max : UInt64(ramdiskHighestAddress) + 1
  }
}
