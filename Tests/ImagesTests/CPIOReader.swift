/// Reads archives the way Linux does (`init/initramfs.c`), to check what was written.
struct CPIOReader {
  struct Entry: Equatable {
    var name: String
    var inode: Int
    var mode: Int
    var user: Int
    var links: Int
    var time: Int
    var device: [Int]
    var data: [UInt8]

    var text: String { String(decoding: data, as: UTF8.self) }
  }

  /// Entries in order, the trailer not among them.
  private(set) var entries: [Entry] = []
  /// Bytes after the trailer.
  private(set) var rest: ArraySlice<UInt8> = []

  var names: [String] { entries.map(\.name) }

  /// Nil when the archive breaks the format.
  init?(_ bytes: [UInt8]) {
    var offset = 0
    func field(_ index: Int) -> Int? {
      let start = offset + 6 + index * 8
      guard start + 8 <= bytes.count else { return nil }
      return Int(String(decoding: bytes[start..<(start + 8)], as: UTF8.self), radix: 16)
    }
    while true {
      guard bytes.dropFirst(offset).starts(with: "070701".utf8),
        let inode = field(0), let mode = field(1), let user = field(2), let links = field(4),
        let time = field(5),
        let size = field(6), let major = field(9), let minor = field(10), let nameSize = field(11),
        nameSize > 0
      else { return nil }
      let nameStart = offset + 110
      let dataStart = (nameStart + nameSize + 3) & ~3
      let end = (dataStart + size + 3) & ~3
      guard end <= bytes.count, bytes[nameStart + nameSize - 1] == 0 else { return nil }
      let name = String(decoding: bytes[nameStart..<(nameStart + nameSize - 1)], as: UTF8.self)
      if name == "TRAILER!!!" {
        rest = bytes[end...]
        return
      }
      entries.append(
        Entry(
          name: name, inode: inode, mode: mode, user: user, links: links, time: time, device: [major, minor],
          data: Array(bytes[dataStart..<(dataStart + size)])))
      offset = end
    }
  }

  subscript(name: String) -> Entry? { entries.first { $0.name == name } }
}
