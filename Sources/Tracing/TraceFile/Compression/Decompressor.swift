#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A library of the host that undoes a compression.
struct Decompressor: Sendable {
  /// `size_t ZSTD_decompress(void *, size_t, const void *, size_t)`.
  private typealias ZstandardFunction =
    @convention(c) @Sendable (UnsafeMutableRawPointer?, UInt, UnsafeRawPointer?, UInt) -> UInt
  /// `int uncompress(Bytef *, uLongf *, const Bytef *, uLong)`.
  private typealias ZlibFunction =
    @convention(c) @Sendable (
      UnsafeMutableRawPointer?, UnsafeMutablePointer<CUnsignedLong>?, UnsafeRawPointer?, CUnsignedLong
    ) -> CInt

  private enum Function {
    case zstandard(ZstandardFunction)
    case zlib(ZlibFunction)
  }

  private let function: Function

  /// Looks for a library. Once found it stays.
  ///
  /// - Parameter libraries: its names; `nil` for those of the compression.
  /// - Throws: ``TraceFileError/libraryMissing(_:)``.
  init(_ compression: TraceCompression, libraries: [String]? = nil) throws(TraceFileError) {
    let names = libraries ?? compression.libraries
    let symbol = compression == .zstd ? "ZSTD_decompress" : "uncompress"
    guard let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first,
      let address = dlsym(library, symbol)
    else { throw .libraryMissing(compression) }
    function =
      switch compression {
      case .zstd: .zstandard(unsafeBitCast(address, to: ZstandardFunction.self))
      case .zlib: .zlib(unsafeBitCast(address, to: ZlibFunction.self))
      }
  }

  /// What was compressed.
  ///
  /// - Parameter size: the number of bytes that it has; no more memory is written, whatever `bytes` are.
  /// - Throws: ``TraceFileError/truncated`` if they are no such thing, or of another size.
  func decompress(_ bytes: [UInt8], size: Int) throws(TraceFileError) -> [UInt8] {
    var isComplete = false
    let result = [UInt8](unsafeUninitializedCapacity: size) { target, filled in
      isComplete = bytes.withUnsafeBytes { fill(UnsafeMutableRawBufferPointer(target), from: $0, size: size) }
      filled = isComplete ? size : 0
    }
    guard isComplete else { throw .truncated }
    return result
  }

  /// - Returns: whether so many bytes were written.
  private func fill(
    _ target: UnsafeMutableRawBufferPointer, from source: UnsafeRawBufferPointer, size: Int
  ) -> Bool {
    switch function {
    case .zstandard(let decompress):
      // Errors are numbers that no size can be.
      return decompress(target.baseAddress, UInt(size), source.baseAddress, UInt(source.count)) == UInt(size)
    case .zlib(let uncompress):
      var filled = CUnsignedLong(size)
      let result = uncompress(target.baseAddress, &filled, source.baseAddress, CUnsignedLong(source.count))
      return result == 0 && filled == CUnsignedLong(size)
    }
  }
}
