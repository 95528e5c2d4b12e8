import Glibc

@testable import Tracing

/// Writes files of version 7 whose sections and pages are compressed, as trace-cmd does where it has the library.
struct CompressedFileBuilder {
  /// Makes of bytes what stands behind the sizes of a block.
  typealias Compress = ([UInt8]) -> [UInt8]

  let parts: TraceFileParts
  var algorithm: String
  var compress: Compress
  var compressPages: Compress
  var pagesOfBlock = 10
  /// The sizes that are stated for blocks of pages.
  var statedSize: (_ compressed: Int, _ size: Int) -> (UInt32, UInt32) = { (UInt32($0), UInt32($1)) }
  /// How often the options name each section and the pages.
  var repetitions = 1
  /// How many processors there are that have the pages of the first one, too.
  var copies = 0

  init(_ parts: TraceFileParts, _ compression: TraceCompression) throws {
    self.parts = parts
    algorithm = compression.rawValue
    compress = try Self.compressor(compression)
    compressPages = compress
  }

  /// The host's own library.
  private static func compressor(_ compression: TraceCompression) throws -> Compress {
    struct MissingLibrary: Error {}
    let name = compression == .zstd ? "ZSTD_compress" : "compress"
    guard let library = dlopen(compression.libraries[0], RTLD_NOW), let address = dlsym(library, name) else {
      throw MissingLibrary()
    }
    typealias Zstandard =
      @convention(c) (UnsafeMutableRawPointer?, UInt, UnsafeRawPointer?, UInt, CInt) -> UInt
    typealias Zlib =
      @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt>?, UnsafeRawPointer?, UInt) -> CInt
    return { bytes in
      let capacity = bytes.count + bytes.count / 8 + 1024
      return [UInt8](unsafeUninitializedCapacity: capacity) { target, filled in
        switch compression {
        case .zstd:
          let function = unsafeBitCast(address, to: Zstandard.self)
          filled = Int(function(target.baseAddress, UInt(capacity), bytes, UInt(bytes.count), 3))
        case .zlib:
          var size = UInt(capacity)
          _ = unsafeBitCast(address, to: Zlib.self)(target.baseAddress, &size, bytes, UInt(bytes.count))
          filled = Int(size)
        }
      }
    }
  }

  func bytes() throws -> [UInt8] {
    var file = ByteWriter()
    parts.putHead(version: TraceFileVersion7.number, to: &file)
    file.put(terminated: algorithm)
    file.put(terminated: "1")
    let firstOptions = file.bytes.count
    file.put(UInt64(0))
    var options = ByteWriter()
    for (section, body) in TraceFileVersion7.bodies(of: parts) {
      for _ in 0..<repetitions { put(option: section, UInt64(file.bytes.count), to: &options) }
      let compressed = compress(body)
      putHeader(section, size: 8 + compressed.count, to: &file)
      file.put(UInt32(compressed.count))
      file.put(UInt32(body.count))
      file.put(compressed)
    }
    let buffer = try putPages(to: &file)
    for _ in 0..<repetitions {
      options.put(TraceFileOption.Identifier.buffer)
      options.put(sized32: buffer)
    }
    put(option: TraceFileOption.Identifier.done, 0, to: &options)
    file.replace(UInt64(file.bytes.count), at: firstOptions)
    let compressed = compress(options.bytes)
    putHeader(TraceFileVersion7.Section.options, size: 8 + compressed.count, to: &file)
    file.put(UInt32(compressed.count))
    file.put(UInt32(options.bytes.count))
    file.put(compressed)
    return file.bytes
  }

  private func put(option: UInt16, _ number: UInt64, to options: inout ByteWriter) {
    options.put(option)
    options.put(UInt32(8))
    options.put(number)
  }

  private func putHeader(_ section: UInt16, size: Int, to file: inout ByteWriter) {
    file.put(section)
    file.put(TraceFileVersion7.Section.isCompressed)
    file.put(UInt32(0))
    file.put(UInt64(size))
  }

  /// - Returns: the option that leads to them.
  private func putPages(to file: inout ByteWriter) throws -> [UInt8] {
    var option = ByteWriter()
    option.put(UInt64(file.bytes.count))
    option.put(terminated: "")
    option.put(terminated: parts.clock)
    option.put(UInt32(parts.pageSize))
    option.put(UInt32(parts.processors.count + copies))
    // Nobody looks at the size of this section.
    putHeader(TraceFileVersion7.Section.buffer, size: 0, to: &file)
    var places: [(offset: Int, size: Int)] = []
    for pages in parts.processors {
      let start = file.bytes.count
      try put(pages, to: &file)
      places.append((start, file.bytes.count - start))
    }
    places += repeatElement(places[0], count: copies)
    for (number, place) in places.enumerated() {
      option.put(UInt32(number))
      option.put(UInt64(place.offset))
      option.put(UInt64(place.size))
    }
    return option.bytes
  }

  private func put(_ pages: TracePages, to file: inout ByteWriter) throws {
    var blocks: [[UInt8]] = []
    var reader = pages.makeReader()
    var page: [UInt8] = []
    while try reader.next(into: &page) {
      if (reader.count - 1) % pagesOfBlock == 0 { blocks.append([]) }
      blocks[blocks.count - 1] += page
    }
    file.put(UInt32(blocks.count))
    for block in blocks {
      let compressed = compressPages(block)
      let stated = statedSize(compressed.count, block.count)
      file.put(stated.0)
      file.put(stated.1)
      file.put(compressed)
    }
  }
}
