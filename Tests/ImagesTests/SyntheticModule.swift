/// Makes ELF files with a `.modinfo` section, as small as they can be.
enum SyntheticModule {
  /// - Parameter information: texts `key=value`.
  static func file(_ information: [String], sectionName: String = ".modinfo") -> [UInt8] {
    let contents = information.flatMap { Array(($0 + "\0").utf8) }
    let names = Array("\0.shstrtab\0\(sectionName)\0".utf8)
    let contentsOffset = 64
    let namesOffset = contentsOffset + contents.count
    let tableOffset = namesOffset + names.count
    // e_ident, e_type .. e_phoff, e_shoff, e_flags .. e_phnum, e_shentsize, e_shnum, e_shstrndx
    var file: [UInt8] = [0x7f] + Array("ELF".utf8) + [2, 1, 1] + [UInt8](repeating: 0, count: 9)
    file += [UInt8](repeating: 0, count: 24) + bytes(UInt64(tableOffset)) + [UInt8](repeating: 0, count: 10)
    file += bytes(UInt16(64)) + bytes(UInt16(3)) + bytes(UInt16(1))
    file += contents + names
    file += [UInt8](repeating: 0, count: 64)
    file += header(name: 1, offset: namesOffset, size: names.count)
    file += header(name: 11, offset: contentsOffset, size: contents.count)
    return file
  }

  private static func header(name: UInt32, offset: Int, size: Int) -> [UInt8] {
    bytes(name) + [UInt8](repeating: 0, count: 20) + bytes(UInt64(offset)) + bytes(UInt64(size))
      + [UInt8](repeating: 0, count: 24)
  }

  private static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }
}
