import Images
import SystemPackage
import Testing

@testable import Machine

/// Debian's kernels that the tests boot, unmodified. The raw values are the names in the documentation.
enum DebianKernel: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case cloud612 = "6.12 cloud"
  case standard612 = "6.12 standard"
  case cloud61 = "6.1 cloud"

  var testDescription: String { "Linux \(rawValue)" }

  /// The names of its packages, as `Tests/setup` has them.
  private var package: String {
    switch self {
    case .cloud612: "linux-image-6.12.*-cloud-amd64-unsigned"
    case .standard612: "linux-image-6.12.*+deb1?-amd64-unsigned"
    case .cloud61: "linux-image-6.1.0-*-cloud-amd64-unsigned"
    }
  }

  /// The kernel and its modules.
  var tree: KernelTree {
    get throws { try KernelTree(root: TestFiles.package(package).root) }
  }

  /// The bzImage.
  var image: KernelImage {
    get throws {
      let file = try #require(try tree.kernel, "the package of Linux \(rawValue) holds no kernel")
      return try KernelImage.identify(BootFile.read(file))
    }
  }
}
