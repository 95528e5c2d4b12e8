/// The places and numbers of the Linux/x86 boot protocol (Documentation/arch/x86/boot.rst and zero-page.rst).
enum LinuxBootProtocol {
  /// Offsets of the setup header's fields, which are the same in the file and in the zero page.
  enum SetupHeader {
    static let start = 0x1F1
    static let setupSectors: UInt64 = 0x1F1
    static let systemSize: UInt64 = 0x1F4
    static let bootFlag: UInt64 = 0x1FE
    /// The second byte of a short jump over the header, which tells where it ends.
    static let jumpDistance: UInt64 = 0x201
    static let signature: UInt64 = 0x202
    static let version: UInt64 = 0x206
    static let loaderType = 0x210
    static let loadFlags: UInt64 = 0x211
    static let codeStart = 0x214
    static let ramdiskAddress = 0x218
    static let ramdiskSize = 0x21C
    static let commandLineAddress = 0x228
    static let ramdiskHighestAddress: UInt64 = 0x22C
    static let kernelAlignment: UInt64 = 0x230
    static let relocatable: UInt64 = 0x234
    static let extendedLoadFlags: UInt64 = 0x236
    static let commandLineSize: UInt64 = 0x238
    static let setupData = 0x250
    static let preferredAddress: UInt64 = 0x258
    static let initialSize: UInt64 = 0x260
    /// Where the fields end that every header of `minimumVersion` has.
    static let requiredEnd: UInt64 = 0x264
    /// Where the room for the header in the zero page ends.
    static let limit: UInt64 = 0x290
  }

  /// Offsets of the zero page's fields outside of the setup header.
  enum ZeroPage {
    static let size = 0x1000
    static let rsdpAddress = 0x070
    static let ramdiskAddressHigh = 0x0C0
    static let ramdiskSizeHigh = 0x0C4
    static let memoryMapCount = 0x1E8
    static let memoryMap = 0x2D0
    static let memoryMapLimit = 128
    static let memoryMapEntrySize = 20
  }

  static let bootFlagValue: UInt16 = 0xAA55
  static let signatureValue: StaticString = "HdrS"
  /// The same four characters as a number.
  static let signatureNumber: UInt32 = 0x5372_6448
  /// Version 2.15, which this loader speaks.
  static let version: UInt16 = 0x020F
  /// Version 2.12, the first with `xloadflags`.
  static let minimumVersion: UInt16 = 0x020C
  /// A loader without a number of its own.
  static let undefinedLoader: UInt8 = 0xFF
  /// What 0 setup sectors stand for.
  static let defaultSetupSectors: UInt64 = 4
  static let sectorSize: UInt64 = 512
  /// What `syssize` counts.
  static let paragraphSize: UInt64 = 16
  /// Where the 64-bit entry lies in the protected-mode kernel.
  static let longModeEntry: UInt64 = 0x200

  /// LOADED_HIGH of `loadflags`: the kernel belongs to 1 MiB and above; all bzImages have it.
  static let loadedHigh: UInt8 = 1 << 0
  /// XLF_KERNEL_64 of `xloadflags`: the kernel has the 64-bit entry.
  static let kernel64: UInt16 = 1 << 0
  /// XLF_CAN_BE_LOADED_ABOVE_4G of `xloadflags`: so may the RAM disk.
  static let canBeLoadedAbove4G: UInt16 = 1 << 1

  /// SETUP_DTB, the type of `setup_data` that holds a flattened device tree.
  static let setupDataDeviceTree: UInt32 = 2
  /// SETUP_RNG_SEED, the type of `setup_data` that holds random bytes.
  static let setupDataRandomSeed: UInt32 = 9
}
