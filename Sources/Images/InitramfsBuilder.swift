import SystemPackage

/// Puts together the file tree from which a guest starts.
public struct InitramfsBuilder {
  private var archive = CPIOArchive()
  private var modules: [LoadableModule] = []
  private var busybox: FilePath?
  private let report: ProgressReport

  /// Parts of Debian packages that nothing in a guest reads.
  private static let unneededFolders =
    [UnpackedPackage.controlFolder]
    + ["bug", "doc", "doc-base", "info", "lintian", "locale", "man"].map { "usr/share/" + $0 }

  /// Folders that are links to those of the same name in `/usr` where packages use the latter: since Debian
  /// 13 packages rely on links that the installation made, above all for `/lib64/ld-linux-x86-64.so.2`.
  private static let mergedFolders = ["bin", "lib", "lib64", "sbin"]

  /// Folders that every guest has.
  private static let baseFolders: [(path: String, permissions: UInt16)] = [
    ("bin", 0o755), ("dev", 0o755), ("etc", 0o755), ("mnt", 0o755), ("proc", 0o555), ("root", 0o700),
    ("run", 0o755), ("sbin", 0o755), ("sys", 0o555), ("tmp", 0o1777), ("usr/bin", 0o755), ("usr/sbin", 0o755),
    ("var", 0o755),
  ]

  /// Nodes that are needed before devtmpfs is mounted: the kernel opens the console for the first process.
  private static let baseDevices: [(path: String, major: UInt32, minor: UInt32, permissions: UInt16)] = [
    ("dev/console", 5, 1, 0o600), ("dev/null", 1, 3, 0o666), ("dev/zero", 1, 5, 0o666),
    ("dev/kmsg", 1, 11, 0o644), ("dev/tty", 5, 0, 0o666),
  ]

  private static let baseFiles: [(path: String, text: String)] = [
    ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
    ("etc/group", "root:x:0:\n"),
  ]

  /// A tree with nothing in it yet.
  public init(report: @escaping ProgressReport) {
    self.report = report
  }

  /// Adds all that a folder of the host holds, under `place`. Later additions replace earlier files.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` when something cannot be read or fits nowhere.
  public mutating func addFolder(_ folder: FilePath, at place: GuestPath) throws {
    guard HostFiles.isFolder(folder) else { throw ImageError(.noInput, "\(folder) is not a folder") }
    try addTree(folder, at: place) { _ in true }
  }

  /// Adds one file of the host, or what a link to one leads to.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` when there is no such file, `usage` for the guest's root.
  public mutating func addFile(_ file: FilePath, at place: GuestPath) throws {
    guard place != .root else { throw ImageError(.usage, "\(file) needs a name in the guest other than /") }
    guard let status = try HostFiles.status(of: file) else {
      throw ImageError(.noInput, "\(file) does not exist")
    }
    guard status.kind != .directory else {
      throw ImageError(.noInput, "\(file) is a folder: ask for it with --folder")
    }
    try addEntry(file, status, at: place)
  }

  /// Adds a Debian package's files without its documentation and translations. Its scripts are not run.
  ///
  /// - Throws: as ``addFolder(_:at:)``.
  public mutating func addPackage(_ package: UnpackedPackage) throws {
    try addTree(package.root, at: .root) { path in
      !Self.unneededFolders.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
  }

  /// Adds busybox as `/bin/busybox` and under the names of all its applets that nothing else has taken.
  ///
  /// - Parameter package: Debian's `busybox-static`.
  /// - Throws: ``ImageError`` of kind `noInput` when the package holds no busybox.
  public mutating func addBusybox(from package: UnpackedPackage) throws {
    // Debian 13 has it in /usr/bin, earlier ones in /bin.
    let places = [package.root.appending("bin"), package.root.appending("usr").appending("bin")]
    guard let binary = places.map({ $0.appending("busybox") }).first(where: HostFiles.isRegularFile) else {
      throw ImageError(.noInput, "the package \(package.package) holds no busybox")
    }
    busybox = binary
  }

  /// Adds modules and the list by which the guest's first process loads them, in this order.
  public mutating func addModules(_ modules: [LoadableModule]) {
    self.modules += modules
  }

  /// Whether something that was added brings `/init`.
  public var hasInit: Bool {
    (try? archive.entry(at: .initProgram)).flatMap(\.self) != nil
  }

  /// The finished tree, begun by `program`.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` when the pieces do not fit together, `usage` when `program`
  ///   needs something that was not added.
  public func archive(startingWith program: GuestInit) throws -> CPIOArchive {
    var result = archive
    try Self.addBase(to: &result)
    try addModules(to: &result)
    let applets = try addBusybox(to: &result)
    guard !program.needsBusybox || applets != nil else {
      throw ImageError(.usage, "a shell or script as first process needs busybox")
    }
    try Self.add(program, applets: applets ?? .inArchive, to: &result)
    return result
  }

  private static func addBase(to archive: inout CPIOArchive) throws {
    for name in mergedFolders where try archive.entry(at: GuestPath("usr/\(name)")) != nil {
      try archive.addIfAbsent(.symbolicLink(target: "usr/\(name)"), at: GuestPath(name))
    }
    for (path, permissions) in baseFolders {
      try archive.addIfAbsent(.directory(permissions: permissions), at: GuestPath(path))
    }
    for (path, major, minor, permissions) in baseDevices {
      try archive.addIfAbsent(
        .characterDevice(major: major, minor: minor, permissions: permissions), at: GuestPath(path))
    }
    for (path, text) in baseFiles {
      try archive.addIfAbsent(.file(.bytes(Array(text.utf8)), permissions: 0o644), at: GuestPath(path))
    }
  }

  private func addModules(to archive: inout CPIOArchive) throws {
    guard !modules.isEmpty else { return }
    for module in modules {
      try archive.add(.file(.bytes(module.contents), permissions: 0o644), at: module.path)
    }
    let list = modules.map { ([$0.path.description] + $0.parameters).joined(separator: " ") + "\n" }.joined()
    try archive.add(
      .file(.bytes(Array(list.utf8)), permissions: 0o644), at: GuestPath(InitScript.moduleListPath))
  }

  /// Gives where the applets are; nil when busybox was not asked for.
  private func addBusybox(to archive: inout CPIOArchive) throws -> InitScript.Applets? {
    guard let busybox else { return nil }
    let place = try GuestPath("bin/busybox")
    guard let status = try HostFiles.status(of: busybox), case .regular(let size) = status.kind else {
      throw ImageError(.noInput, "\(busybox) is gone")
    }
    try archive.add(.file(.hostFile(busybox, size: size), permissions: 0o755), at: place)
    guard let list = try? HostCommand(at: busybox, ["--list-full"]).output() else {
      report("busybox does not run here, so the guest makes its commands' names itself")
      return .madeByGuest
    }
    for applet in list.outputText.split(separator: "\n") {
      try archive.addIfAbsent(.symbolicLink(target: place.description), at: GuestPath(String(applet)))
    }
    return .inArchive
  }

  private static func add(
    _ program: GuestInit, applets: InitScript.Applets, to archive: inout CPIOArchive
  ) throws {
    func addText(_ text: String, permissions: UInt16, at path: GuestPath) throws {
      try archive.add(.file(.bytes(Array(text.utf8)), permissions: permissions), at: path)
    }
    switch program {
    case .shell(let greeting):
      if let greeting {
        try addText(greeting + "\n", permissions: 0o644, at: GuestPath(InitScript.greetingPath))
      }
      try addText(InitScript.shell(applets: applets), permissions: 0o755, at: .initProgram)
      try addText(InitScript.inittab, permissions: 0o644, at: GuestPath(InitScript.inittabPath))
      try addText(InitScript.console, permissions: 0o755, at: GuestPath(InitScript.consolePath))
    case .script(let script):
      let complete = script.hasPrefix("#!") ? script : "#!/bin/sh\n" + script
      try addText(complete + "\n", permissions: 0o755, at: GuestPath(InitScript.scriptPath))
      try addText(InitScript.script(applets: applets), permissions: 0o755, at: .initProgram)
    case .file(let file):
      guard let status = try HostFiles.status(of: file), case .regular(let size) = status.kind else {
        throw ImageError(.noInput, "\(file) is not a file that can be the first process")
      }
      try archive.add(.file(.hostFile(file, size: size), permissions: 0o755), at: .initProgram)
    case .provided:
      guard try archive.entry(at: .initProgram) != nil else {
        throw ImageError(.usage, "no folder or package provides /init")
      }
    }
  }

  private mutating func addTree(
    _ folder: FilePath, at place: GuestPath, where isNeeded: (String) -> Bool
  ) throws {
    try HostFiles.walk(folder) { relative, path, status in
      guard isNeeded(relative) else { return }
      try addEntry(path, status, at: place.appending(relative))
    }
  }

  private mutating func addEntry(_ path: FilePath, _ status: HostFiles.Status, at place: GuestPath) throws {
    let permissions = status.permissions
    switch status.kind {
    case .directory:
      try archive.add(.directory(permissions: permissions), at: place)
    case .regular(let size):
      try archive.add(.file(.hostFile(path, size: size), permissions: permissions), at: place)
    case .symbolicLink:
      try archive.add(.symbolicLink(target: HostFiles.linkTarget(of: path)), at: place)
    case .characterDevice(let major, let minor):
      try archive.add(.characterDevice(major: major, minor: minor, permissions: permissions), at: place)
    case .blockDevice(let major, let minor):
      try archive.add(.blockDevice(major: major, minor: minor, permissions: permissions), at: place)
    case .namedPipe:
      try archive.add(.namedPipe(permissions: permissions), at: place)
    case .socket:
      report("\(path) is a socket and is left out")
    }
  }
}
