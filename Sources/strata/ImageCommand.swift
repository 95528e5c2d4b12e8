import ArgumentParser
import Images
import SystemPackage

/// `strata image`: builds an initramfs.
struct ImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image",
    abstract: "Build an initramfs from folders, Debian packages, kernel modules and an init script.",
    discussion: """
      Packages come from Debian through apt and stay in a cache. Modules are found by name together with \
      those they need, and are loaded in the right order before anything else runs.

      Without --init or --script the guest gives a shell on its console and powers off when the shell ends. \
      Things named later replace files of those named before, in the order folders, packages, files.

      Examples:
        strata image --output shell.cpio --kernel-output vmlinuz
        strata image --output test.cpio --module virtio_blk --script 'mount /dev/vda /mnt && ls /mnt'
        strata image --output trace.cpio --package trace-cmd --folder tests:/root --kernel-tree /
      """)

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("The archive to write: an uncompressed cpio of the form newc.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("Also write the kernel that fits the modules.", valueName: "file"))
  var kernelOutput: String?

  @Flag(
    help: "Add Debian's busybox with all its commands. Implied unless --init or a folder brings the init.")
  var busybox = false

  @Option(
    help: ArgumentHelp(
      "Add a Debian package and those it depends on; * and ? stand for parts of names.", valueName: "name"),
    transform: DebianPackagePattern.init)
  var package: [DebianPackagePattern] = []

  @Option(
    help: ArgumentHelp("Add a Debian package without those it depends on.", valueName: "name"),
    transform: DebianPackagePattern.init)
  var packageOnly: [DebianPackagePattern] = []

  @Option(
    help: ArgumentHelp("Add what a folder holds, at the guest's root or below.", valueName: "host[:guest]"),
    transform: FolderMapping.init)
  var folder: [FolderMapping] = []

  @Option(help: ArgumentHelp("Add one file.", valueName: "host:guest"), transform: FileMapping.init)
  var file: [FileMapping] = []

  @Option(
    help: ArgumentHelp(
      "Add and load a kernel module and those it needs; parameters after spaces: 'kvm_amd avic=1'.",
      valueName: "name"), transform: ModuleRequest.init)
  var module: [ModuleRequest] = []

  @Option(
    help: ArgumentHelp(
      "The Debian package of the kernel that modules and --kernel-output are taken from.", valueName: "name"),
    transform: DebianPackagePattern.init)
  var kernelPackage: DebianPackagePattern?

  @Option(
    help: ArgumentHelp(
      "Take kernel and modules from a folder with boot/ and lib/modules/ instead.", valueName: "folder"))
  var kernelTree: String?

  @Option(help: ArgumentHelp("Program to be the guest's first process.", valueName: "file"))
  var `init`: String?

  @Option(help: ArgumentHelp("Shell script to run before power-off, in place of a shell.", valueName: "text"))
  var script: String?

  @Flag(help: "Replace output files that were not made by this command.")
  var force = false

  @OptionGroup var packages: PackageOptions

  func validate() throws {
    guard `init` == nil || script == nil else {
      throw ValidationError("--init and --script exclude each other: a program of yours runs its own scripts")
    }
    guard kernelPackage == nil || kernelTree == nil else {
      throw ValidationError("--kernel-package and --kernel-tree exclude each other")
    }
    guard kernelOutput != output else {
      throw ValidationError("--output and --kernel-output name the same file")
    }
  }

  func run() throws {
    do {
      try build()
    } catch let error as ImageError {
      Diagnostic.write(error.description)
      throw error.exitCode
    }
  }

  private func build() throws {
    let place = FilePath(output)
    let replacing: ImageFile.Replacement = force ? .any : .ownOnly
    try ImageFile.checkPlace(place, replacing: replacing)
    let store = packages.makeStore()
    var builder = InitramfsBuilder(report: Diagnostic.write)
    for mapping in folder {
      try builder.addFolder(mapping.host, at: mapping.guest)
    }
    try addPackages(to: &builder, from: store)
    for mapping in file {
      try builder.addFile(mapping.host, at: mapping.guest)
    }
    let kernel = try needsKernel ? findKernel(in: store) : nil
    if let kernel, !module.isEmpty {
      builder.addModules(
        try KernelModules(tree: kernel, report: Diagnostic.write).loadOrder(for: module))
    }
    let program = guestInit(for: builder)
    if busybox || program.needsBusybox {
      try builder.addBusybox(from: store.package(matching: .busybox))
    }
    let archive = try builder.archive(startingWith: program)
    if let kernelOutput, let kernel {
      try writeKernel(kernel, to: FilePath(kernelOutput), replacing: replacing)
    }
    try ImageFile.write(archive, to: place, replacing: replacing)
  }

  private func addPackages(to builder: inout InitramfsBuilder, from store: DebianPackageStore) throws {
    var wanted: [UnpackedPackage] = []
    for pattern in package {
      wanted += try store.packageWithDependencies(matching: pattern)
    }
    for pattern in packageOnly {
      wanted.append(try store.package(matching: pattern))
    }
    var added: Set<String> = []
    for package in wanted where added.insert(package.package.name).inserted {
      try builder.addPackage(package)
    }
  }

  private func guestInit(for builder: InitramfsBuilder) -> GuestInit {
    if let script { return .script(script) }
    if let `init` { return .file(FilePath(`init`)) }
    return builder.hasInit ? .provided : .shell(greeting: nil)
  }

  private var needsKernel: Bool {
    !module.isEmpty || kernelOutput != nil || kernelPackage != nil || kernelTree != nil
  }

  private func findKernel(in store: DebianPackageStore) throws -> KernelTree {
    if let kernelTree { return try KernelTree(root: FilePath(kernelTree)) }
    let package = try store.package(matching: kernelPackage ?? .kernel)
    return try KernelTree(root: package.root)
  }

  private func writeKernel(
    _ kernel: KernelTree, to place: FilePath, replacing: ImageFile.Replacement
  ) throws {
    guard let image = kernel.kernel else {
      Diagnostic.write("there is no boot/vmlinuz-\(kernel.version) to write to \(place)")
      throw SystemExit.noInput
    }
    try ImageFile.copy(image, to: place, replacing: replacing)
  }
}
