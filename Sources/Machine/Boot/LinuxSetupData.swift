import Bus

/// The list of `setup_data`: what Linux is told besides the zero page (Documentation/arch/x86/boot.rst,
/// "setup_data").
struct LinuxSetupData {
  private struct Record {
    let type: UInt32
    let content: [UInt8]
  }

  /// The last of the list first, because each record holds the address of the next.
  private var records: [Record]

  init(_ configuration: BootConfiguration) {
    records = [
      Record(
        type: LinuxBootProtocol.setupDataRandomSeed, content: Self.randomBytes(seed: configuration.seed))
    ]
    if case .deviceTree(let tree) = configuration.description {
      records.append(Record(type: LinuxBootProtocol.setupDataDeviceTree, content: tree))
    }
  }

  /// Writes the list; returns the address of its first record.
  ///
  /// - Throws: `BootError.tablesTooLarge` if there is no room.
  func write(to memory: GuestMemory) throws(BootError) -> UInt64 {
    var area = BootArea(BootLayout.information)
    var next: UInt64 = 0
    for record in records {
      var bytes: [UInt8] = []
      bytes.append(littleEndian: next)
      bytes.append(littleEndian: record.type)
      bytes.append(littleEndian: UInt32(truncatingIfNeeded: record.content.count))
      next = try area.place(bytes + record.content, in: memory)
    }
    return next
  }

  /// 32 random bytes, from which the kernel seeds its generator at once.
  private static func randomBytes(seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    var bytes: [UInt8] = []
    for _ in 0..<4 { bytes.append(littleEndian: generator.next()) }
    return bytes
  }
}
