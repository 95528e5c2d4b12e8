import SystemPackage
import Testing

@testable import Images
@testable import Machine

/// Kernels that `Tests/build-kernel` builds. The raw values are the names of their options in `Tests/Kernels`.
enum BuiltKernel: String {
  /// For VTL2 of Hyper-V.
  case vtl

  /// The form of a kernel's image.
  enum Form: String, CaseIterable {
    /// It decompresses itself.
    case bzImage
    /// What comes out of that.
    case vmlinux
  }

  /// The image in a form; it is built first if it is not in the cache.
  func image(_ form: Form = .bzImage) throws -> KernelImage {
    let script = TestFiles.repository.appending("Tests").appending("build-kernel")
    let lines = try HostCommand(at: script, [rawValue]).output().outputText.split(whereSeparator: \.isNewline)
    let folder = try #require(lines.last, "Tests/build-kernel names no folder")
    let file = TestFiles.repository.pushing(FilePath(String(folder))).appending(form.rawValue)
    return try KernelImage.identify(BootFile.read(file))
  }
}
