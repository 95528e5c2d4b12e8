/// A note of an ELF file.
struct ELFNote {
  /// What tells what a note means.
  struct Kind: Equatable {
    let owner: String
    let type: UInt32
  }

  let kind: Kind
  /// The note's content, a small copy.
  let description: [UInt8]

  private static let headerSize: UInt64 = 12
  /// No note that a loader needs is longer; of longer ones only the kind is kept.
  private static let longestDescription: UInt64 = 64

  /// The notes of a segment, up to the first that is cut off.
  ///
  /// - Parameters:
  ///   - segment: The segment's bytes.
  ///   - alignment: The segment's alignment. Names and contents are padded to 4 bytes unless it is 8.
  static func parse(_ segment: ArraySlice<UInt8>, alignment: UInt64) -> [ELFNote] {
    let bytes = [UInt8](segment)
    let padding: UInt64 = alignment == 8 ? 8 : 4
    var notes: [ELFNote] = []
    var offset: UInt64 = 0
    while let nameSize = bytes.number(at: offset, as: UInt32.self).map(UInt64.init),
      let size = bytes.number(at: offset + 4, as: UInt32.self).map(UInt64.init),
      let type = bytes.number(at: offset + 8, as: UInt32.self),
      let name = bytes.slice(at: offset + headerSize, length: nameSize),
      let contentOffset = (offset + headerSize + nameSize).roundedUp(toMultipleOf: padding),
      let content = bytes.slice(at: contentOffset, length: size),
      let next = (contentOffset + size).roundedUp(toMultipleOf: padding)
    {
      let owner = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
      let kept = size <= longestDescription ? [UInt8](content) : []
      notes.append(ELFNote(kind: Kind(owner: owner, type: type), description: kept))
      offset = next
    }
    return notes
  }
}
