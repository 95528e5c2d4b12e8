import SystemPackage

/// A module's file: its name on disk, and the compressions that kernels are built with
/// (`CONFIG_MODULE_COMPRESS_*`).
enum ModuleFile {
  private static let suffix = ".ko"

  private static let decompressors: [(suffix: String, program: HostProgram)] = [
    (".xz", .xz), (".zst", .zstd), (".gz", .gzip),
  ]

  /// The module that a path is the file of; nil when it is not a module's.
  static func moduleName(ofPath path: some StringProtocol) -> ModuleName? {
    let file = decompressedName(of: String(path.split(separator: "/").last ?? ""))
    guard file.hasSuffix(suffix), file != suffix else { return nil }
    return ModuleName(file.dropLast(suffix.count))
  }

  /// A path without the suffix of its compression.
  static func decompressedName(of path: String) -> String {
    for (compression, _) in decompressors where path.hasSuffix(suffix + compression) {
      return String(path.dropLast(compression.count))
    }
    return path
  }

  /// A module's file, decompressed where its name says that it is compressed.
  static func read(_ path: FilePath) throws(ImageError) -> [UInt8] {
    for (compression, program) in decompressors where path.string.hasSuffix(compression) {
      return try HostCommand(program, ["-dc", path.string]).output().output
    }
    return try HostFiles.read(path)
  }
}
