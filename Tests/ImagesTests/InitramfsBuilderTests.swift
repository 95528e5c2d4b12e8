import SystemPackage
import TestSupport
import Testing

@testable import Images

@Suite struct InitramfsBuilderTests {
  private let folder: TemporaryFolder
  private let package: UnpackedPackage

  /// A package with a busybox that is a script of two applets.
  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      "package/bin/busybox", "#!/bin/sh\necho bin/ls\necho usr/bin/env\n",
      permissions: [.ownerReadWriteExecute])
    try folder.write("package/DEBIAN/control", "Package: busybox-static\n")
    try folder.write("package/usr/share/doc/busybox-static/copyright", "text")
    try folder.write("package/usr/share/documents", "text")
    package = UnpackedPackage(
      package: DebianPackage(name: "busybox-static", version: DebianVersion("1")),
      root: folder.path.appending("package"))
  }

  private func read(_ builder: InitramfsBuilder, _ program: GuestInit) throws -> CPIOReader {
    try #require(CPIOReader(try builder.archive(startingWith: program).serialized()))
  }

  @Test func aShellGuestHasBusyboxItsAppletsAndAnInit() throws {
    var builder = InitramfsBuilder { _ in }
    try builder.addBusybox(from: package)
    let guest = try read(builder, .shell(greeting: "welcome"))
    #expect(guest["bin/busybox"]?.mode == 0o100755)
    #expect(guest["bin/ls"]?.text == "/bin/busybox")
    #expect(guest["usr/bin/env"]?.text == "/bin/busybox")
    #expect(guest["init"]?.mode == 0o100755)
    #expect(guest["init"]?.text.hasPrefix("#!/bin/busybox sh\n") == true)
    #expect(guest["dev/console"]?.device == [5, 1])
    #expect(guest["etc/motd"]?.text == "welcome\n")
  }

  @Test func appletsLeaveRealProgramsAlone() throws {
    try folder.write("tools/bin/ls", "real", permissions: [.ownerReadWriteExecute])
    var builder = InitramfsBuilder { _ in }
    try builder.addFolder(folder.path.appending("tools"), at: .root)
    try builder.addBusybox(from: package)
    #expect(try read(builder, .script("true"))["bin/ls"]?.text == "real")
  }

  @Test func aBusyboxThatTheHostCannotRunIsAskedByTheGuest() throws {
    try folder.write("package/bin/busybox", "\u{7f}ELF", permissions: [.ownerReadWriteExecute])
    let notes = ReportedLines()
    var builder = InitramfsBuilder(report: notes.report)
    try builder.addBusybox(from: package)
    let guest = try read(builder, .script("true"))
    #expect(guest["init"]?.text.contains("/bin/busybox --install -s\n") == true)
    #expect(notes.lines.count == 1)
  }

  @Test func packagesComeWithoutDocumentationAndControlFiles() throws {
    var builder = InitramfsBuilder { _ in }
    try builder.addPackage(package)
    try builder.addFile(folder.path.pushing("package/bin/busybox"), at: GuestPath("init"))
    let names = try read(builder, .provided).names
    #expect(names.contains("usr/share/documents"))
    #expect(!names.contains { $0.hasPrefix("usr/share/doc/") || $0.hasPrefix("DEBIAN") })
  }

  @Test func foldersUnderUsrStandInForTheOldOnes() throws {
    try folder.write("tools/usr/bin/tool", "")
    try folder.write("tools/usr/lib64/ld-linux-x86-64.so.2", "")
    var builder = InitramfsBuilder { _ in }
    try builder.addFolder(folder.path.appending("tools"), at: .root)
    try builder.addBusybox(from: package)
    let guest = try read(builder, .script("true"))
    #expect(guest["lib64"]?.text == "usr/lib64")
    #expect(guest["bin"]?.text == "usr/bin")
    #expect(guest["usr/bin/busybox"] != nil)
  }

  @Test func modulesAreListedInLoadOrderWithTheirParameters() throws {
    var builder = InitramfsBuilder { _ in }
    try builder.addBusybox(from: package)
    builder.addModules([
      LoadableModule(path: try GuestPath("/lib/modules/1/b.ko"), contents: [1], parameters: []),
      LoadableModule(path: try GuestPath("/lib/modules/1/a.ko"), contents: [2], parameters: ["x=1", "y=2"]),
    ])
    let guest = try read(builder, .shell(greeting: nil))
    #expect(
      guest["lib/modules/strata.load"]?.text == "/lib/modules/1/b.ko\n/lib/modules/1/a.ko x=1 y=2\n")
    #expect(guest["lib/modules/1/a.ko"]?.data == [2])
  }

  @Test func scriptsWithoutAnInterpreterGetTheShell() throws {
    var builder = InitramfsBuilder { _ in }
    try builder.addBusybox(from: package)
    #expect(try read(builder, .script("echo hi"))["etc/strata/script"]?.text == "#!/bin/sh\necho hi\n")
    #expect(try read(builder, .script("#!/bin/bash\nx"))["etc/strata/script"]?.text == "#!/bin/bash\nx\n")
  }

  @Test func foldersLandWhereTheyAreAskedForWithLinksKept() throws {
    try folder.write("tests/run/one.sh", "1", permissions: [.ownerReadWriteExecute, .groupExecute])
    try folder.link("tests/latest", to: "/absolute/in/guest")
    var builder = InitramfsBuilder { _ in }
    try builder.addFolder(folder.path.appending("tests"), at: GuestPath("/root/tests"))
    try builder.addBusybox(from: package)
    let guest = try read(builder, .script("true"))
    #expect(guest["root/tests/run/one.sh"]?.mode == 0o100710)
    #expect(guest["root/tests/latest"]?.text == "/absolute/in/guest")
    #expect(guest["root"]?.mode == 0o040755)
  }

  @Test func missingPiecesAreErrors() throws {
    var builder = InitramfsBuilder { _ in }
    #expect(throws: ImageError.self) { try builder.addFolder(folder.path.appending("absent"), at: .root) }
    #expect(throws: ImageError.self) {
      try builder.addFile(folder.path.appending("absent"), at: GuestPath("a"))
    }
    #expect(throws: ImageError.self) { try builder.addFile(folder.path, at: GuestPath("a")) }
    #expect(throws: ImageError.self) { try builder.archive(startingWith: .shell(greeting: nil)) }
    #expect(throws: ImageError.self) { try builder.archive(startingWith: .provided) }
    #expect(!builder.hasInit)
  }
}
