/// How parts of `trace.dat` files of version 7 are compressed, by the names that stand in the files.
public enum TraceCompression: String, CaseIterable, Sendable {
  /// Zstandard (RFC 8878): what trace-cmd chooses where it can.
  case zstd
  /// zlib (RFC 1950).
  case zlib

  /// The library that undoes it, as the dynamic linker knows it.
  var libraries: [String] {
    switch self {
    case .zstd: ["libzstd.so.1", "libzstd.1.dylib"]
    case .zlib: ["libz.so.1", "libz.1.dylib"]
    }
  }

  /// Debian's package that brings the library.
  public var package: String {
    switch self {
    case .zstd: "libzstd1"
    case .zlib: "zlib1g"
    }
  }
}
