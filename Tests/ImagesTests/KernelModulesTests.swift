import SystemPackage
import TestSupport
import Testing

@testable import Images

@Suite struct KernelModulesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("boot/vmlinuz-6.12", "kernel")
    try module("kernel/fs/disk-fs.ko", depends: "core,helper", more: ["softdep=pre: checksum nothing"])
    try module("kernel/lib/core.ko", depends: "builtin_part")
    try module("kernel/lib/helper.ko", depends: "core")
    try module("kernel/lib/checksum.ko", depends: "")
    try folder.write("lib/modules/6.12/modules.builtin", "kernel/lib/builtin-part.ko\n")
  }

  private func module(_ path: String, depends: String, more: [String] = []) throws {
    try folder.write("lib/modules/6.12/" + path, SyntheticModule.file(["depends=" + depends] + more))
  }

  private func loadOrder(_ names: [String], report: @escaping ProgressReport = { _ in }) throws
    -> [LoadableModule]
  {
    try KernelModules(tree: KernelTree(root: folder.path), report: report)
      .loadOrder(for: names.map { text throws(ImageError) in try ModuleRequest(text) })
  }

  @Test func dependenciesAreFoundInTheModulesThemselves() throws {
    let modules = try loadOrder(["disk_fs"])
    #expect(
      modules.map(\.path.description) == [
        "/lib/modules/6.12/kernel/lib/checksum.ko", "/lib/modules/6.12/kernel/lib/core.ko",
        "/lib/modules/6.12/kernel/lib/helper.ko", "/lib/modules/6.12/kernel/fs/disk-fs.ko",
      ])
  }

  @Test func modulesDepIsBelievedWhereItIs() throws {
    try folder.write(
      "lib/modules/6.12/modules.dep",
      "kernel/fs/disk-fs.ko: kernel/lib/helper.ko kernel/lib/core.ko\nbad line\n")
    try folder.write("lib/modules/6.12/kernel/fs/disk-fs.ko", SyntheticModule.file(["name=disk_fs"]))
    let names = try loadOrder(["disk-fs"]).map(\.path.description)
    #expect(names.count == 3)
    #expect(names.last == "/lib/modules/6.12/kernel/fs/disk-fs.ko")
  }

  @Test func compressedModulesArriveDecompressed() throws {
    let path = folder.path.pushing("lib/modules/6.12/kernel/lib/checksum.ko")
    let contents = try HostFiles.read(path)
    _ = try HostCommand(.gzip, [path.string]).output()
    let module = try #require(try loadOrder(["checksum"]).first)
    #expect(module.contents == contents)
    #expect(module.path.description == "/lib/modules/6.12/kernel/lib/checksum.ko")
  }

  @Test func builtInModulesAreLeftOutWithANoteWhenAskedFor() throws {
    let notes = ReportedLines()
    #expect(try loadOrder(["builtin-part"], report: notes.report).isEmpty)
    #expect(notes.lines == ["module builtin_part is built into kernel 6.12"])
    let silent = ReportedLines()
    _ = try loadOrder(["core"], report: silent.report)
    #expect(silent.lines.isEmpty)
  }

  @Test func parametersGoToTheirModule() throws {
    let modules = try loadOrder(["core debug=1", "helper", "core trace=2"])
    #expect(modules.map(\.parameters) == [["debug=1", "trace=2"], []])
  }

  @Test func unknownAndDamagedModulesAreErrors() throws {
    #expect(throws: ImageError.self) { try loadOrder(["nothing"]) }
    try module("kernel/needy.ko", depends: "absent")
    #expect(throws: ImageError.self) { try loadOrder(["needy"]) }
    try folder.write("lib/modules/6.12/kernel/broken.ko", "not ELF")
    #expect(throws: ImageError.self) { try loadOrder(["broken"]) }
  }

  @Test func updatesStandBeforeTheKernelsOwnModules() throws {
    try module("updates/core.ko", depends: "")
    #expect(try loadOrder(["core"]).map(\.path.description) == ["/lib/modules/6.12/updates/core.ko"])
  }

  @Test func aKernelWithoutModulesSaysSo() throws {
    let bare = try TemporaryFolder()
    try bare.write("boot/vmlinuz-6.1", "kernel")
    let tree = try KernelTree(root: bare.path)
    #expect(tree.modules == nil)
    #expect(throws: ImageError.self) { try KernelModules(tree: tree) { _ in } }
  }
}

@Suite struct KernelTreeTests {
  @Test func theHighestVersionCounts() throws {
    let folder = try TemporaryFolder()
    for version in ["6.9.1", "6.12.1", "6.12.1-rc1"] { try folder.write("boot/vmlinuz-\(version)", "") }
    try folder.write("usr/lib/modules/6.12.1-rc1/modules.builtin", "")
    let tree = try KernelTree(root: folder.path)
    #expect(tree.version == "6.12.1-rc1")
    #expect(tree.kernel == folder.path.pushing("boot/vmlinuz-6.12.1-rc1"))
    #expect(tree.modules == folder.path.pushing("usr/lib/modules/6.12.1-rc1"))
  }

  @Test func modulesAloneAreATree() throws {
    let folder = try TemporaryFolder()
    try folder.write("lib/modules/6.1/modules.builtin", "")
    let tree = try KernelTree(root: folder.path)
    #expect(tree.version == "6.1")
    #expect(tree.kernel == nil)
  }

  @Test func anEmptyFolderIsNone() throws {
    let folder = try TemporaryFolder()
    #expect(throws: ImageError.self) { try KernelTree(root: folder.path) }
    #expect(throws: ImageError.self) { try KernelTree(root: folder.path.appending("absent")) }
  }
}
