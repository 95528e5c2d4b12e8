import SystemPackage

/// A module to load into a guest's kernel, and the parameters to load it with.
public struct ModuleRequest: Equatable, Sendable {
  let name: ModuleName
  /// `key=value` pairs as `insmod` takes them, in the order in which they were given.
  let parameters: [String]

  /// Reads a module's name, then parameters after spaces: `kvm_amd avic=1 npt=1`.
  ///
  /// - Throws: ``ImageError`` of kind `usage` for a name that no module can have.
  public init(_ text: String) throws(ImageError) {
    let words = text.split(separator: " ").map(String.init)
    guard let name = words.first, name.utf8.allSatisfy(Self.isNameByte) else {
      throw ImageError(.usage, "'\(text)' is not the name of a kernel module")
    }
    guard !text.contains(where: \.isNewline), words.dropFirst().allSatisfy({ !$0.hasPrefix("=") }) else {
      throw ImageError(.usage, "'\(text)': parameters of a module are written NAME=VALUE")
    }
    self.name = ModuleName(name)
    parameters = Array(words.dropFirst())
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }
}

/// A module ready for `insmod`.
public struct LoadableModule: Equatable, Sendable {
  /// Where the guest finds it.
  let path: GuestPath
  /// The module's ELF file, decompressed.
  let contents: [UInt8]
  let parameters: [String]
}

/// The modules of one kernel, found by name together with those that they need.
///
/// Debian's packages carry no `modules.dep` (it is made when they are installed), so the modules themselves
/// are asked; where the file is there it is believed, since it also covers modules built outside the kernel's
/// tree.
public struct KernelModules {
  private let version: String
  private let folder: FilePath
  /// Where each module lies, relative to `folder`.
  private let files: [ModuleName: String]
  private let builtIn: Set<ModuleName>
  /// What `modules.dep` says, if there is one.
  private let listedDependencies: [ModuleName: [ModuleName]]?
  private let report: ProgressReport

  /// Indexes the modules of a kernel.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` when the tree has no modules or they cannot be read.
  public init(tree: KernelTree, report: @escaping ProgressReport) throws {
    guard let folder = tree.modules else {
      throw ImageError(.noInput, "there are no modules for kernel \(tree.version): lib/modules is missing")
    }
    version = tree.version
    self.folder = folder
    self.report = report
    var files: [ModuleName: String] = [:]
    try HostFiles.walk(folder) { relative, _, status in
      guard case .regular = status.kind, let name = ModuleFile.moduleName(ofPath: relative) else { return }
      // depmod's default: modules in updates/ stand before those of the kernel's own tree.
      if files[name] == nil || relative.hasPrefix("updates/") { files[name] = relative }
    }
    self.files = files
    let builtInPaths = try HostFiles.lines(of: folder.appending("modules.builtin")) ?? []
    builtIn = Set(builtInPaths.compactMap(ModuleFile.moduleName(ofPath:)))
    listedDependencies = try HostFiles.lines(of: folder.appending("modules.dep")).map(
      Self.dependencies(listedIn:))
  }

  /// The modules asked for and those that they need, in the order in which they must be loaded.
  ///
  /// Modules that are built into the kernel are left out with a note.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` for a module that does not exist or is damaged, `unavailable`
  ///   when the program that decompresses it is missing.
  public func loadOrder(for requests: [ModuleRequest]) throws -> [LoadableModule] {
    var contents: [ModuleName: [UInt8]] = [:]
    let asked = Set(requests.map(\.name))
    let order = try ModuleLoadOrder.resolve(requests.map(\.name)) { name, isRequired in
      guard let file = files[name] else {
        guard !builtIn.contains(name) else {
          if asked.contains(name) { report("module \(name) is built into kernel \(version)") }
          return nil
        }
        guard isRequired else { return nil }
        throw ImageError(.noInput, "kernel \(version) has no module \(name)")
      }
      let module = try ModuleFile.read(folder.appending(file))
      guard let information = ModuleInformation(module: module) else {
        throw ImageError(.noInput, "\(folder.appending(file)) is not a kernel module")
      }
      contents[name] = module
      return ModuleLoadOrder.Prerequisites(
        required: listedDependencies?[name] ?? information.depends, wanted: information.wantedBefore)
    }
    let parameters = Dictionary(requests.map { ($0.name, $0.parameters) }, uniquingKeysWith: +)
    let base = try GuestPath("/lib/modules/\(version)")
    return try order.compactMap { name in
      guard let file = files[name], let contents = contents[name] else { return nil }
      return LoadableModule(
        path: try base.appending(ModuleFile.decompressedName(of: file)), contents: contents,
        parameters: parameters[name] ?? [])
    }
  }

  /// Reads the lines of `modules.dep`: a module's path, a colon, the paths of those that it needs.
  static func dependencies(listedIn lines: [Substring]) -> [ModuleName: [ModuleName]] {
    var result: [ModuleName: [ModuleName]] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), let name = ModuleFile.moduleName(ofPath: line[..<colon])
      else {
        continue
      }
      result[name] = line[line.index(after: colon)...].split(separator: " ")
        .compactMap(ModuleFile.moduleName(ofPath:))
    }
    return result
  }
}
