import Bedrock

/// What the loader's memory map says.
enum MemoryFindings {
  static func print(_ computer: Computer) {
    let console = computer.console
    let map = computer.startInformation.memoryMap
    console.print("memory")
    for region in map.regions {
      let first = hexadecimal(region.start.rawValue, digits: 12)
      let last = hexadecimal(region.end.rawValue - 1, digits: 12)
      console.print("  \(first)-\(last)  \(region.kind.name)")
    }
    console.print("  \(map.usableSize >> 20) MiB usable")
  }
}
