import FuzzSupport
import Interfaces

@testable import Tracing

/// A small trace as files of each kind, to be damaged.
struct SampleTrace {
  let bytes: [UInt8]

  static let declared = TraceEvent(
    "fuzz", "sample", [TraceField("name", .text), TraceField("ip", .pointer), TraceField("count", .uint32)],
    format: "%s ip=%pS count=%u", [.field(0), .field(1), .field(2)])
  static let event = EventDescription(declared, number: EventDescription.firstNumber)

  /// Of version 6, of version 7, and of version 7 with each compression.
  static let files: [SampleTrace] = {
    let version6 = (try? TraceFileVersion6.layout(of: parts).bytes()) ?? []
    let version7 = (try? TraceFileVersion7.layout(of: parts).bytes()) ?? []
    return [version6, version7, compressed(parts, .zstd), compressed(parts, .zlib)].map(SampleTrace.init)
  }()

  private static let parts = TraceFileParts(contents, TraceFileDescription())

  private static var contents: TraceContents {
    let tracer = Tracer([declared], processorCount: 2)
    tracer.setEnabled(0, true)
    for number in 0..<6 as Range<UInt64> {
      tracer.point(for: 0).record(processor: Int(number & 1), time: 1000 + number << 30) {
        $0.put("name")
        $0.put(0xFFFF_FFFF_8100_0000 + number)
        $0.put(UInt32(number))
      }
    }
    return tracer.contents
  }

  /// A file whose events are printed in another way.
  static func file(printing format: [UInt8]) -> [UInt8] {
    var parts = parts
    let text = String(decoding: parts.systems[0].formats[0], as: UTF8.self)
    let fields = text.split(separator: "\n", omittingEmptySubsequences: false).prefix {
      !$0.hasPrefix("print fmt")
    }
    parts.systems[0].formats[0] = Array((fields + ["print fmt: "]).joined(separator: "\n").utf8) + format
    return (try? TraceFileVersion6.layout(of: parts).bytes()) ?? []
  }

  /// The file with some of its bytes replaced, and some of its end taken away.
  func edited(by input: inout FuzzInput) -> [UInt8] {
    var bytes = bytes
    bytes.removeLast(min(bytes.count, Int(input.byte())))
    while !input.isAtEnd, !bytes.isEmpty {
      let offset = Int(input.number(UInt16.self)) % bytes.count
      for byte in input.bytes(Int(input.byte() % 8) + 1) where offset < bytes.count { bytes[offset] = byte }
    }
    return bytes
  }

  // MARK: Compression

  /// Sections, pages and options in blocks that hold their bytes as they are: what is changed there is seen.
  private static func compressed(_ parts: TraceFileParts, _ compression: TraceCompression) -> [UInt8] {
    var file = ByteWriter()
    parts.putHead(version: TraceFileVersion7.number, to: &file)
    file.put(terminated: compression.rawValue)
    file.put(terminated: "1")
    let firstOptions = file.bytes.count
    file.put(UInt64(0))
    var options: [TraceFileOption] = []
    for (section, body) in TraceFileVersion7.bodies(of: parts) {
      options.append(TraceFileOption(section, little(file.bytes.count)))
      put(section, to: &file)
      put(body, compression, to: &file)
    }
    var buffer = ByteWriter()
    buffer.put(UInt64(file.bytes.count))
    buffer.put(terminated: "")
    buffer.put(terminated: parts.clock)
    buffer.put(UInt32(parts.pageSize))
    buffer.put(UInt32(parts.processors.count))
    put(TraceFileVersion7.Section.buffer, to: &file)
    for (number, pages) in parts.processors.enumerated() {
      buffer.put(UInt32(number))
      buffer.put(UInt64(file.bytes.count))
      buffer.put(UInt64(pages.count * pages.pageSize))
      var reader = pages.makeReader()
      var page: [UInt8] = []
      file.put(UInt32(pages.count))
      while (try? reader.next(into: &page)) == true { put(page, compression, to: &file) }
    }
    options.append(TraceFileOption(TraceFileOption.Identifier.buffer, buffer.bytes))
    options.append(TraceFileOption(TraceFileOption.Identifier.done, little(0)))
    file.replace(UInt64(file.bytes.count), at: firstOptions)
    var body = ByteWriter()
    for option in options {
      body.put(option.identifier)
      body.put(sized32: option.data)
    }
    put(TraceFileVersion7.Section.options, to: &file)
    put(body.bytes, compression, to: &file)
    return file.bytes
  }

  private static func put(_ section: UInt16, to file: inout ByteWriter) {
    file.put(section)
    file.put(TraceFileVersion7.Section.isCompressed)
    file.put(UInt32(0))
    file.put(UInt64(0))
  }

  private static func put(_ body: [UInt8], _ compression: TraceCompression, to file: inout ByteWriter) {
    var block = ByteWriter()
    switch compression {
    case .zstd:
      // A frame of one segment with its size in four bytes, and in it one raw block (RFC 8878, 3.1.1).
      block.put([0x28, 0xB5, 0x2F, 0xFD, 0xA0] as [UInt8])
      block.put(UInt32(body.count))
      let header = UInt32(body.count) << 3 | 1
      block.put((0..<3).map { UInt8(truncatingIfNeeded: header >> (8 * $0)) })
      block.put(body)
    case .zlib:
      // One stored block, and the checksum (RFC 1950, 2.2; RFC 1951, 3.2.4).
      block.put([0x78, 0x01, 0x01] as [UInt8])
      block.put(UInt16(body.count))
      block.put(~UInt16(body.count))
      block.put(body)
      var (low, high) = (1 as UInt32, 0 as UInt32)
      for byte in body {
        low = (low + UInt32(byte)) % 65521
        high = (high + low) % 65521
      }
      block.put((high << 16 | low).byteSwapped)
    }
    file.put(UInt32(block.bytes.count))
    file.put(UInt32(body.count))
    file.put(block.bytes)
  }

  private static func little(_ number: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) }
  }
}
