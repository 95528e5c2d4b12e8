import Interfaces
import SystemPackage
import TestSupport
import Testing

@testable import Tracing

/// Files of version 7 that are compressed: those of trace-cmd, and those of nobody who means well.
@Suite("Compressed trace.dat")
struct CompressedFileTests {
  private static let event = TraceEvent(
    "test", "number", [TraceField("value", .uint64)], format: "value=%llu", [.field(0)])

  /// Three processors, of which one has nothing to tell and one so much that it fills several blocks.
  private static let contents: TraceContents = {
    let tracer = Tracer([event], processorCount: 3)
    tracer.setEnabled(0, true)
    for number in 0..<8_000 as Range<UInt64> {
      tracer.point(for: 0).record(processor: number % 100 == 0 ? 2 : 0, time: 1000 + number * 7) {
        $0.put(number &* 0x9E37_79B9_7F4A_7C15)
      }
    }
    return tracer.contents
  }()

  private static let parts = TraceFileParts(contents, TraceFileDescription())
  private static let uncompressed = TraceFileVersion7.bytes(of: contents, TraceFileDescription())

  private static func bytes(_ file: TraceFile, as format: TraceFileFormat) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try file.write(format) { bytes += $0 }
    return bytes
  }

  private static func build(
    _ compression: TraceCompression, _ change: (inout CompressedFileBuilder) -> Void = { _ in }
  ) throws -> [UInt8] {
    var builder = try CompressedFileBuilder(parts, compression)
    change(&builder)
    return try builder.bytes()
  }

  // MARK: Files that mean well

  @Test("What trace-cmd compressed says what it said before, and is written as it was")
  func traceCommand() throws {
    let folder = try TemporaryFolder()
    let ours = try folder.write("ours.dat", Self.uncompressed)
    let theirs = folder / "theirs.dat"
    _ = try HostTool.run(
      "trace-cmd", ["convert", "--compression", "zstd", "-i", ours.string, "-o", theirs])
    #expect(try HostFileStorage(FilePath(theirs)).size < Self.uncompressed.count)
    let file = try TraceFile(HostFileStorage(FilePath(theirs)))
    let text = try Self.bytes(file, as: .text(TraceTextStyle(.traceCommand)))
    #expect(try HostTool.run("trace-cmd", ["report", "-i", theirs]) == String(decoding: text, as: UTF8.self))
    // trace-cmd says of the clock what the file said, and adds options of its own.
    for format in [TraceFileFormat.version6, .version7] {
      let again = try folder.write("again.dat", try Self.bytes(file, as: format))
      #expect(try HostTool.run("trace-cmd", ["report", "-i", again.string]).utf8.elementsEqual(text))
    }
  }

  @Test("Both compressions are undone, to the bit", arguments: TraceCompression.allCases, [1, 10, 16])
  func roundTrip(compression: TraceCompression, pagesOfBlock: Int) throws {
    let bytes = try Self.build(compression) { $0.pagesOfBlock = pagesOfBlock }
    let file = try TraceFile(bytes)
    #expect(file.processorCount == 3)
    #expect(
      try Self.bytes(file, as: .version6)
        == TraceFileVersion6.bytes(of: Self.contents, TraceFileDescription()))
    #expect(try Self.bytes(file, as: .version7) == Self.uncompressed)
  }

  @Test("What cannot be undone is told with what helps")
  func missing() throws {
    let unknown = try Self.build(.zstd) { $0.algorithm = "lzo" }
    #expect(throws: TraceFileError.compressed("lzo")) { _ = try TraceFile(unknown) }
    #expect(TraceFileError.compressed("lzo").description.contains("--compression none"))
    #expect(throws: TraceFileError.libraryMissing(.zlib)) {
      _ = try Decompressor(.zlib, libraries: ["libnobody-has-this.so.0"])
    }
    #expect(TraceFileError.libraryMissing(.zlib).description.contains("apt-get install zlib1g"))
    #expect(TraceFileError.libraryMissing(.zstd).description.contains("apt-get install libzstd1"))
  }

  @Test("A file that says it is not compressed has no compressed sections")
  func contradiction() throws {
    let bytes = try Self.build(.zstd) { $0.algorithm = TraceFileVersion7.uncompressed }
    #expect(throws: TraceFileError.truncated) { _ = try TraceFile(bytes) }
  }

  // MARK: Files that do not

  @Test("Sizes that are not those of the pages are refused", arguments: TraceCompression.allCases)
  func sizes(compression: TraceCompression) throws {
    let lies: [(Int, Int) -> (UInt32, UInt32)] = [
      { (UInt32($0), UInt32($1) + 4096) }, { (UInt32($0), UInt32($1) - 4096) },
      { (UInt32($0), UInt32($1) - 1) },
      { (UInt32($0), UInt32($1) << 4) }, { compressed, _ in (UInt32(compressed), .max) },
      { compressed, _ in (UInt32(compressed), 0) }, { _, size in (.max, UInt32(size)) },
      { _, size in (0, UInt32(size)) }, { (UInt32($0) - 1, UInt32($1)) }, { (UInt32($0) + 1, UInt32($1)) },
    ]
    for (number, lie) in lies.enumerated() {
      let bytes = try Self.build(compression) { $0.statedSize = lie }
      #expect(throws: TraceFileError.self, "lie \(number)") {
        _ = try Self.bytes(try TraceFile(bytes), as: .version6)
      }
    }
  }

  @Test("A block of few bytes that becomes many has no room")
  func bomb() throws {
    // 2 MiB of zeros: a frame with a window of its own, each block of it one byte that is repeated (RFC 8878, 3.1.1).
    var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58]
    for number in 0..<16 {
      let header = UInt32(number == 15 ? 1 : 0) | 1 << 1 | 1 << 20
      frame += [
        UInt8(truncatingIfNeeded: header), UInt8(truncatingIfNeeded: header >> 8),
        UInt8(truncatingIfNeeded: header >> 16), 0,
      ]
    }
    #expect(try Decompressor(.zstd).decompress(frame, size: 2 << 20).allSatisfy { $0 == 0 })
    #expect(throws: TraceFileError.truncated) { _ = try Decompressor(.zstd).decompress(frame, size: 4096) }
    // Whether the size is told or not.
    for stated in [4096, 2 << 20] as [UInt32] {
      let pages = try Self.build(.zstd) {
        $0.compressPages = { _ in frame }
        $0.statedSize = { compressed, _ in (UInt32(compressed), stated) }
      }
      #expect(throws: TraceFileError.truncated) { _ = try Self.bytes(try TraceFile(pages), as: .version6) }
      let sections = try Self.build(.zstd) { $0.compress = { _ in frame } }
      #expect(throws: TraceFileError.truncated) { _ = try TraceFile(sections) }
    }
  }

  @Test("Parts that are named again and again are read once")
  func repetition() throws {
    let file = try TraceFile(try Self.build(.zlib) { $0.repetitions = 2000 })
    #expect(try Self.bytes(file, as: .version7) == Self.uncompressed)
    let copies = try Self.build(.zlib) { $0.copies = 4000 }
    #expect(throws: TraceFileError.truncated) { _ = try TraceFile(copies) }
  }

  @Test(
    "Truncated and damaged files are refused or read as far as they go", arguments: TraceCompression.allCases)
  func damage(compression: TraceCompression) throws {
    let whole = try Self.build(compression)
    for size in stride(from: 11, to: whole.count, by: whole.count / 100) {
      #expect(throws: TraceFileError.self) { _ = try TraceFile(Array(whole[..<size])) }
    }
    for bytes in DamagedCopies(of: whole, count: 40, changes: 4) {
      guard let file = try? TraceFile(bytes) else { continue }
      _ = try? Self.bytes(file, as: .text(TraceTextStyle(.traceCommand)))
    }
  }
}
