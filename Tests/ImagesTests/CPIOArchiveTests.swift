import SystemPackage
import TestSupport
import Testing

@testable import Images

@Suite struct CPIOArchiveTests {
  private func entries(of archive: CPIOArchive) throws -> CPIOReader {
    try #require(CPIOReader(try archive.serialized()))
  }

  @Test func headerHasTheFieldsOfNewcInOrder() throws {
    var archive = CPIOArchive()
    try archive.add(.file(.bytes(Array("hello".utf8)), permissions: 0o640), at: GuestPath("a"))
    let bytes = try archive.serialized()
    // Inodes 1 and 2 are the maker's mark and the root; the mode is 0100640; five bytes, a name of two with
    // NUL.
    let header =
      "070701" + "00000003" + "000081A0" + "00000000" + "00000000" + "00000001" + "00000000" + "00000005"
      + "00000000" + "00000000" + "00000000" + "00000000" + "00000002" + "00000000"
    let expected = Array((header + "a\0hello\0\0\0").utf8)
    #expect(bytes.indices.contains { bytes[$0...].starts(with: expected) })
  }

  @Test(arguments: 0...8) func contentsOfAnySizeEndOnAWordAndTheArchiveOnABlock(size: Int) throws {
    var archive = CPIOArchive()
    let data = [UInt8](repeating: 0xaa, count: size)
    try archive.add(.file(.bytes(data), permissions: 0o600), at: GuestPath("name"))
    try archive.add(.file(.bytes([1]), permissions: 0o600), at: GuestPath("next"))
    let bytes = try archive.serialized()
    let reader = try #require(CPIOReader(bytes))
    #expect(reader["name"]?.data == data)
    #expect(reader["next"]?.data == [1])
    #expect(bytes.count % 512 == 0)
    #expect(reader.rest.allSatisfy { $0 == 0 })
  }

  @Test func foldersComeBeforeWhatTheyHoldAndMissingOnesAreMade() throws {
    var archive = CPIOArchive()
    try archive.add(.file(.bytes([]), permissions: 0o600), at: GuestPath("b/c/d"))
    try archive.add(.file(.bytes([]), permissions: 0o600), at: GuestPath("b-a"))
    let reader = try entries(of: archive)
    #expect(reader.names == [".strata-image", ".", "b", "b-a", "b/c", "b/c/d"])
    #expect(reader["b/c"]?.mode == 0o040755)
    #expect(reader["b/c"]?.links == 2)
    #expect(reader.entries.map(\.inode) == Array(1...6))
  }

  @Test func theSameTreeGivesTheSameBytesInWhateverOrderItWasMade() throws {
    let names = (0..<40).map { "folder\($0 % 7)/file\($0)" }
    func bytes(_ names: [String]) throws -> [UInt8] {
      var archive = CPIOArchive()
      for name in names {
        try archive.add(.file(.bytes(Array(name.utf8)), permissions: 0o644), at: GuestPath(name))
      }
      return try archive.serialized()
    }
    #expect(try bytes(names) == bytes(names.reversed()))
  }

  @Test func everythingBelongsToRootAndHasNoDate() throws {
    var archive = CPIOArchive()
    try archive.add(.directory(permissions: 0o1777), at: GuestPath("tmp"))
    let reader = try entries(of: archive)
    #expect(reader.entries.allSatisfy { $0.user == 0 && $0.time == 0 })
    #expect(reader["tmp"]?.mode == 0o041777)
  }

  @Test func devicesHaveTheirNumbersAndNoContents() throws {
    var archive = CPIOArchive()
    try archive.add(.characterDevice(major: 5, minor: 1, permissions: 0o600), at: GuestPath("dev/console"))
    try archive.add(.blockDevice(major: 259, minor: 300, permissions: 0o660), at: GuestPath("dev/disk"))
    let reader = try entries(of: archive)
    #expect(reader["dev/console"]?.mode == 0o020600)
    #expect(reader["dev/console"]?.device == [5, 1])
    #expect(reader["dev/disk"]?.mode == 0o060660)
    #expect(reader["dev/disk"]?.device == [259, 300])
    #expect(reader["dev/disk"]?.data == [])
  }

  @Test func symbolicLinksHoldTheirTarget() throws {
    var archive = CPIOArchive()
    try archive.add(.symbolicLink(target: "../bin/busybox"), at: GuestPath("sbin/init"))
    let link = try #require(entries(of: archive)["sbin/init"])
    #expect(link.mode == 0o120777)
    #expect(link.text == "../bin/busybox")
  }

  @Test func pathsLeadThroughLinksThatAreInTheTree() throws {
    var archive = CPIOArchive()
    try archive.add(.symbolicLink(target: "usr/bin"), at: GuestPath("bin"))
    try archive.add(.symbolicLink(target: "/usr/lib64"), at: GuestPath("lib64"))
    try archive.add(.file(.bytes([]), permissions: 0o755), at: GuestPath("bin/sh"))
    try archive.add(.directory(permissions: 0o700), at: GuestPath("lib64"))
    let reader = try entries(of: archive)
    #expect(reader["usr/bin/sh"] != nil)
    #expect(reader["bin/sh"] == nil)
    #expect(reader["lib64"]?.mode == 0o120777)
    #expect(reader["usr/lib64"]?.mode == 0o040700)
    #expect(try archive.entry(at: GuestPath("bin/sh")) != nil)
  }

  @Test func loopsOfLinksAreRefused() throws {
    var archive = CPIOArchive()
    try archive.add(.symbolicLink(target: "b"), at: GuestPath("a"))
    try archive.add(.symbolicLink(target: "a"), at: GuestPath("b"))
    #expect(throws: ImageError.self) {
      try archive.add(.file(.bytes([]), permissions: 0o600), at: GuestPath("a/file"))
    }
    #expect(throws: ImageError.self) { try archive.add(.directory(permissions: 0o755), at: GuestPath("a")) }
  }

  @Test func laterFilesReplaceEarlierOnes() throws {
    var archive = CPIOArchive()
    try archive.add(.file(.bytes([1]), permissions: 0o600), at: GuestPath("a"))
    try archive.add(.file(.bytes([2]), permissions: 0o600), at: GuestPath("a"))
    try archive.addIfAbsent(.file(.bytes([3]), permissions: 0o600), at: GuestPath("a"))
    #expect(try entries(of: archive)["a"]?.data == [2])
  }

  @Test func foldersAndFilesDoNotTakeEachOthersPlace() throws {
    var archive = CPIOArchive()
    try archive.add(.file(.bytes([]), permissions: 0o600), at: GuestPath("folder/file"))
    #expect(throws: ImageError.self) {
      try archive.add(.file(.bytes([]), permissions: 0o600), at: GuestPath("folder"))
    }
    #expect(throws: ImageError.self) {
      try archive.add(.file(.bytes([]), permissions: 0o600), at: GuestPath("folder/file/below"))
    }
    try archive.add(.directory(permissions: 0o755), at: GuestPath("empty"))
    try archive.add(.symbolicLink(target: "folder"), at: GuestPath("empty"))
    #expect(try entries(of: archive)["empty"]?.mode == 0o120777)
  }

  @Test func filesTooLargeForTheFormatAreRefused() throws {
    var archive = CPIOArchive()
    #expect(throws: ImageError.self) {
      try archive.add(.file(.hostFile("/nowhere", size: 1 << 32), permissions: 0o600), at: GuestPath("a"))
    }
    try archive.add(.file(.hostFile("/nowhere", size: 1 << 32 - 1), permissions: 0o600), at: GuestPath("a"))
  }

  @Test func aFileThatShrinksWhileItIsReadIsAnErrorAndNotAHole() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("short", "1234")
    var archive = CPIOArchive()
    try archive.add(.file(.hostFile(file, size: 5), permissions: 0o600), at: GuestPath("a"))
    #expect(throws: ImageError.self) { try archive.serialized() }
  }

  @Test func onlyOwnArchivesAreRecognised() throws {
    let own = try CPIOArchive().serialized()
    #expect(CPIOArchive.isOwn(prefix: Array(own.prefix(128))))
    #expect(!CPIOArchive.isOwn(prefix: []))
    #expect(!CPIOArchive.isOwn(prefix: Array(own.prefix(120))))
    var foreign = Array(own.prefix(128))
    foreign[110] = UInt8(ascii: "x")
    #expect(!CPIOArchive.isOwn(prefix: foreign))
  }
}
