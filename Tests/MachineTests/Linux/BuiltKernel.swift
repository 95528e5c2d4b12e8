import SystemPackage
import TestSupport

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
    let file = try KernelBuild.folder(of: rawValue).appending(form.rawValue)
    return try KernelImage.identify(BootFile.read(file))
  }
}
