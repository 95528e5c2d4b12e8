import SystemPackage
import TestSupport
import Testing

@testable import Images

@Suite struct DebianPackageTests {
  private func package(_ name: String, _ version: String) -> DebianPackage {
    DebianPackage(name: name, version: DebianVersion(version))
  }

  @Test func theNameOfAptsFileTellsPackageAndVersion() {
    let package = DebianPackage(fileStem: "busybox-static_1%3a1.35.0-4+deb12u1+b1_amd64")
    #expect(package == self.package("busybox-static", "1:1.35.0-4+deb12u1+b1"))
    #expect(package?.fileStem == "busybox-static_1%3a1.35.0-4+deb12u1+b1")
  }

  @Test(arguments: ["", "_1", "name", "name_", "../evil_1", "-option_1", "Upper_1", "lock"])
  func otherNamesAreNoPackages(stem: String) {
    #expect(DebianPackage(fileStem: stem) == nil)
  }

  @Test func theNewestIsChosenByVersionAndNotByName() {
    let offers = [
      package("linux-image-6.12.9-cloud-amd64-unsigned", "6.12.9-1"),
      package("linux-image-6.12.117-cloud-amd64-unsigned", "6.12.117-1"),
      package("linux-image-6.12.73-cloud-amd64-unsigned", "6.12.73-1"),
    ]
    #expect(DebianPackage.newest(of: offers)?.name == "linux-image-6.12.117-cloud-amd64-unsigned")
    #expect(DebianPackage.newest(of: offers.reversed())?.name == "linux-image-6.12.117-cloud-amd64-unsigned")
    #expect(DebianPackage.newest(of: []) == nil)
  }

  @Test func patternsMatchAsInAShell() throws {
    let pattern = try DebianPackagePattern("linux-image-6.12*-cloud-amd64-unsigned")
    #expect(pattern.literalPrefix == "linux-image-6.12")
    #expect(!pattern.isLiteral)
    #expect(pattern.matches("linux-image-6.12.117+deb12-cloud-amd64-unsigned"))
    #expect(!pattern.matches("linux-image-6.12.117+deb12-cloud-amd64"))
    #expect(!pattern.matches("linux-image-6.1.0-56-cloud-amd64-unsigned"))
    #expect(try DebianPackagePattern("libc6").isLiteral)
  }

  @Test(arguments: ["", "-o", "--option", "a b", "a;b", "a/b", "a=1", "ä"])
  func whatCannotBeANameIsRefused(text: String) {
    #expect(throws: ImageError.self) { try DebianPackagePattern(text) }
  }

  @Test func madisonsTableGivesBinaryPackagesOnly() {
    let table = """
       busybox | 1:1.35.0-4 | http://deb.debian.org/debian bookworm/main Sources
      busybox-static | 1:1.35.0-4+b1 | http://deb.debian.org/debian bookworm/main amd64 Packages
      busybox-static | 1:1.37.0-6 | http://deb.debian.org/debian trixie/main amd64 Packages
      N: something that apt says

      """
    #expect(
      AptCatalogue.packages(inMadison: table) == [
        package("busybox-static", "1:1.35.0-4+b1"), package("busybox-static", "1:1.37.0-6"),
      ])
  }

  @Test func dependenciesAreReadFromTheControlFile() {
    let control = """
      Package: bash
      Version: 5.2
      Pre-Depends: libc6 (>= 2.36), libtinfo6:any (>= 6)
      Recommends: bash-completion
      Depends: base-files (>= 2.1.12), debianutils [amd64],
       mawk | gawk
      Description: a shell
       Depends: not-a-field

      """
    #expect(
      PackageDependencies(control: control).alternatives == [
        ["libc6"], ["libtinfo6"], ["base-files"], ["debianutils"], ["mawk", "gawk"],
      ])
  }

  @Test func whatOnlyInstallationNeedsIsNoDependency() {
    let control = "Depends: debconf (>= 0.5) | debconf-2.0, libc6, dpkg (>= 1.15), ${shlibs:Depends}\n"
    #expect(PackageDependencies(control: control).alternatives == [["libc6"]])
  }
}

@Suite struct DebianPackageStoreTests {
  @Test(arguments: [
    (["STRATA_CACHE": "/own", "XDG_CACHE_HOME": "/xdg", "HOME": "/home/a"], "/own"),
    (["STRATA_CACHE": "", "XDG_CACHE_HOME": "/xdg", "HOME": "/home/a"], "/xdg/strata"),
    (["XDG_CACHE_HOME": "relative", "HOME": "/home/a"], "/home/a/.cache/strata"),
    (["HOME": "/home/a"], "/home/a/.cache/strata"),
  ])
  func theUsualPlaceFollowsTheEnvironment(environment: [String: String], expected: String) {
    #expect(DebianPackageStore.defaultFolder(environment: environment) == FilePath(expected))
  }

  private func makeStore(in folder: TemporaryFolder) throws -> DebianPackageStore {
    for (stem, dependencies) in [
      ("tool_1.9-1", ""), ("tool_1.10-1", "Depends: lib-a, lib-none | lib-b, tool\n"),
      ("lib-a_2", "Depends: lib-b\n"), ("lib-b_3", "Depends: lib-a\n"), ("tool-other_9", ""),
    ] {
      try folder.write("packages/\(stem)/DEBIAN/control", "Package: x\n" + dependencies)
    }
    return DebianPackageStore(folder: folder.path) { _ in }
  }

  @Test func whatIsStoredIsUsedWithoutAskingApt() throws {
    let folder = try TemporaryFolder()
    let found = try makeStore(in: folder).package(matching: DebianPackagePattern("tool"))
    #expect(found.package.description == "tool 1.10-1")
    #expect(found.root == folder.path.appending("packages").appending("tool_1.10-1"))
  }

  @Test func dependenciesComeFirstAndOnceEvenInCircles() throws {
    let folder = try TemporaryFolder()
    let found = try makeStore(in: folder).packageWithDependencies(matching: DebianPackagePattern("tool"))
    #expect(found.last?.package.name == "tool")
    #expect(found.map(\.package.name).sorted() == ["lib-a", "lib-b", "tool"])
  }

  @Test func aStoreThatCannotBeWrittenSaysSo() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("file", "")
    let store = DebianPackageStore(folder: file) { _ in }
    let error = #expect(throws: ImageError.self) {
      try store.package(matching: DebianPackagePattern("no-such-package"))
    }
    #expect(error?.kind == .cannotCreate)
  }
}
