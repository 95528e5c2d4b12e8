import Images
import SystemPackage
import TestSupport
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
    get throws { try KernelImage.identify(BootFile.read(file)) }
  }

  /// The kernel that the bzImage contains, as an ELF file.
  var uncompressedImage: KernelImage {
    get throws {
      // Documentation/arch/x86/boot.rst of Linux: setup_sects, payload_offset and payload_length. The payload
      // ends with its uncompressed size, 4 bytes.
      let folder = try TemporaryFolder()
      try folder.run(
        """
        number() { od -An -t "u$2" -j "$1" -N "$2" '\(file)' | tr -d ' '; }
        start=$((($(number 497 1) + 1) * 512 + $(number 584 4)))
        tail -c "+$((start + 1))" '\(file)' | head -c "$(($(number 588 4) - 4))" >payload
        case $(head -c 4 payload | od -An -t x1 | tr -d ' ') in
        28b52ffd) zstd -qdc payload >vmlinux ;;
        fd377a58) xz -dc payload >vmlinux ;;
        *) exit 1 ;;
        esac
        """)
      return try KernelImage.identify(BootFile.read(folder.path.appending("vmlinux")))
    }
  }

  /// Where the bzImage is.
  var file: FilePath {
    get throws { try #require(try tree.kernel, "the package of Linux \(rawValue) holds no kernel") }
  }
}
