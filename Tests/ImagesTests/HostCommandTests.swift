import SystemPackage
import TestSupport
import Testing

@testable import Images

@Suite struct HostCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func script(_ text: String) throws -> HostCommand {
    let file = try folder.write("script", "#!/bin/sh\n" + text, permissions: [.ownerReadWriteExecute])
    return HostCommand(at: file, ["one word", "$HOME"])
  }

  @Test func outputStatusAndDiagnosticsAreCaptured() throws {
    let result = try script("printf '%s|' \"$@\"; echo trouble >&2; exit 3").run()
    #expect(result.outputText == "one word|$HOME|")
    #expect(result.diagnostics == "trouble\n")
    #expect(result.status == 3)
  }

  @Test func muchOutputOnBothStreamsBlocksNeither() throws {
    let result = try script(
      "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"
    )
    .output()
    #expect(result.output.count == 300_000)
    #expect(result.diagnostics.utf8.count == 600_000)
  }

  @Test func aSignalCountsAsAShellCountsIt() throws {
    #expect(try script("kill -9 $$").run().status == 137)
  }

  @Test func aProgramThatIsMissingIsUnavailable() throws {
    let error = #expect(throws: ImageError.self) { try HostCommand(at: "/nowhere/program", []).run() }
    #expect(error?.kind == .unavailable)
  }

  @Test func failureQuotesTheProgramsOwnError() throws {
    let error = #expect(throws: ImageError.self) {
      try script("echo 'W: careful' >&2; echo 'E: broken' >&2; echo 'W: after' >&2; exit 100").output()
    }
    #expect(error?.description.hasSuffix("failed: broken") == true)
  }

  @Test func thereIsNoInputAndTheFolderIsTheOneAskedFor() throws {
    #expect(try script("cat").output().output.isEmpty)
    _ = try folder.write("data", "payload")
    _ = try HostCommand(.gzip, ["-k", "data"], in: folder.path).output()
    #expect(HostFiles.isRegularFile(folder.path.appending("data.gz")))
  }
}

@Suite struct ImageFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func ownArchivesAreReplacedAndForeignFilesAreNot() throws {
    let place = folder.path.appending("out.cpio")
    try ImageFile.write(CPIOArchive(), to: place, replacing: .ownOnly)
    try ImageFile.write(CPIOArchive(), to: place, replacing: .ownOnly)
    let foreign = try folder.write("letter", "dear")
    let error = #expect(throws: ImageError.self) {
      try ImageFile.write(CPIOArchive(), to: foreign, replacing: .ownOnly)
    }
    #expect(error?.kind == .cannotCreate)
    #expect(try HostFiles.read(foreign) == Array("dear".utf8))
    try ImageFile.write(CPIOArchive(), to: foreign, replacing: .any)
    #expect(try HostFiles.read(foreign) == HostFiles.read(place))
  }

  @Test func copiesReplaceOnlyTheSameBytes() throws {
    let source = try folder.write("source", "kernel")
    let place = folder.path.appending("copy")
    try ImageFile.copy(source, to: place, replacing: .ownOnly)
    try ImageFile.copy(source, to: place, replacing: .ownOnly)
    try folder.write("source", "newer")
    #expect(throws: ImageError.self) { try ImageFile.copy(source, to: place, replacing: .ownOnly) }
    try ImageFile.copy(source, to: place, replacing: .any)
    #expect(try HostFiles.read(place) == Array("newer".utf8))
  }

  @Test func aFailureLeavesNothingBehind() throws {
    var archive = CPIOArchive()
    try archive.add(.file(.hostFile("/nowhere", size: 1), permissions: 0o600), at: GuestPath("a"))
    let place = folder.path.appending("out.cpio")
    #expect(throws: ImageError.self) { try ImageFile.write(archive, to: place, replacing: .any) }
    #expect(try HostFiles.names(in: folder.path).isEmpty)
  }

  @Test func placesThatCannotBeFilesAreRefused() throws {
    for place in [folder.path, "/dev/null", folder.path.pushing("absent/out")] {
      #expect(throws: ImageError.self) { try ImageFile.checkPlace(place, replacing: .any) }
    }
  }
}
