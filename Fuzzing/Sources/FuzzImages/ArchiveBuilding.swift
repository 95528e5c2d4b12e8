import FuzzSupport

@testable import Images

/// Puts entries with names of the input into a tree, writes it, and reads the archive back.
func buildArchive(_ input: inout FuzzInput) {
  var archive = CPIOArchive()
  while !input.isAtEnd {
    let kind = input.byte()
    let name = String(decoding: input.bytes(Int(input.byte() & 31)), as: UTF8.self)
    let content = input.bytes(Int(input.byte() & 31))
    let entry: CPIOArchive.Entry =
      switch kind % 5 {
      case 0: .directory(permissions: UInt16(kind) << 4)
      case 1: .file(.bytes(content), permissions: UInt16(kind) << 8)
      case 2: .symbolicLink(target: String(decoding: content, as: UTF8.self))
      case 3: .characterDevice(major: UInt32(kind) << 24, minor: .max, permissions: .max)
      default: .namedPipe(permissions: 0)
      }
    if let path = try? GuestPath(name) { try? archive.add(entry, at: path) }
  }
  guard let bytes = try? archive.serialized() else { return }
  precondition(CPIOArchive.isOwn(prefix: bytes))
  checkArchive(bytes)
}

/// Reads an archive as the kernel does (`buffer-format.rst`): headers with good magic, names that are relative
/// and lead nowhere else, a trailer, and zeros behind it.
private func checkArchive(_ bytes: [UInt8]) {
  var offset = 0
  var names: Set<String> = []
  while true {
    precondition(bytes[offset...].starts(with: "070701".utf8))
    func field(_ index: Int) -> Int {
      let start = offset + 6 + index * 8
      let digits = String(decoding: bytes[start..<start + 8], as: UTF8.self)
      guard let value = Int(digits, radix: 16) else { preconditionFailure("a field that is no number") }
      return value
    }
    let nameStart = offset + 110
    let name = String(decoding: bytes[nameStart..<nameStart + field(11) - 1], as: UTF8.self)
    precondition(bytes[nameStart + field(11) - 1] == 0)
    let contentStart = (nameStart + field(11) + 3) & ~3
    if name == "TRAILER!!!" && field(1) == 0 {
      precondition(bytes[contentStart...].allSatisfy { $0 == 0 } && bytes.count % 512 == 0)
      return
    }
    precondition(!name.hasPrefix("/") && !name.split(separator: "/").contains(".."))
    precondition(names.insert(name).inserted)
    offset = (contentStart + field(6) + 3) & ~3
  }
}
