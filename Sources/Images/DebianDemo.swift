import SystemPackage

extension DebianPackagePattern {
  /// Debian's cloud flavour of the long-term series 6.12, without the signature that only Secure Boot checks.
  public static let kernel = DebianPackagePattern(known: "linux-image-6.12*-cloud-amd64-unsigned")
  /// Busybox that needs no library.
  public static let busybox = DebianPackagePattern(known: "busybox-static")
}

/// A guest made of nothing but Debian: kernel, busybox and an initramfs around it.
public struct DebianDemo: Sendable {
  /// The kernel's release, as `uname -r` tells it.
  public let kernelVersion: String
  /// The bzImage.
  public let kernel: FilePath
  /// The initramfs, which starts a shell on the console.
  public let initialRAMDisk: FilePath

  /// Fetches what is missing and builds the initramfs in `folder`.
  ///
  /// - Throws: ``ImageError``, of kind `unavailable` when Debian's packages are neither here nor to be
  ///   fetched.
  public static func prepare(
    in folder: FilePath, from store: DebianPackageStore, report: @escaping ProgressReport
  ) throws -> DebianDemo {
    let tree = try KernelTree(root: store.package(matching: .kernel).root)
    guard let kernel = tree.kernel else {
      throw ImageError(.noInput, "Debian's package of kernel \(tree.version) holds no kernel")
    }
    var builder = InitramfsBuilder(report: report)
    try builder.addBusybox(from: store.package(matching: .busybox))
    let archive = try builder.archive(
      startingWith: .shell(greeting: "This is Debian's Linux \(tree.version), unmodified, on Strata."))
    let place = folder.appending("demo.cpio")
    try ImageFile.write(archive, to: place, replacing: .any)
    return DebianDemo(kernelVersion: tree.version, kernel: kernel, initialRAMDisk: place)
  }
}
