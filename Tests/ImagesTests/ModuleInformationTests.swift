import Testing

@testable import Images

@Suite struct ModuleInformationTests {
  @Test func dependenciesAreReadFromModinfo() throws {
    let file = SyntheticModule.file([
      "license=GPL", "softdep=pre: crc32c xxhash-generic post: late pre: more", "depends=raid6_pq,xor-blocks",
      "alias=depends=x", "name=btrfs",
    ])
    let information = try #require(ModuleInformation(module: file))
    #expect(information.depends == [ModuleName("raid6_pq"), ModuleName("xor_blocks")])
    #expect(
      information.wantedBefore == [ModuleName("crc32c"), ModuleName("xxhash_generic"), ModuleName("more")])
  }

  @Test func anEmptyListNamesNothing() throws {
    let information = try #require(ModuleInformation(module: SyntheticModule.file(["depends=", "name=a"])))
    #expect(information.depends.isEmpty)
  }

  @Test func otherFilesAreNoModules() {
    #expect(ModuleInformation(module: []) == nil)
    #expect(ModuleInformation(module: Array("#!/bin/sh\n".utf8)) == nil)
    #expect(ModuleInformation(module: SyntheticModule.file(["depends="], sectionName: ".modinfa")) == nil)
    var foreign = SyntheticModule.file(["depends="])
    foreign[4] = 1
    #expect(ModuleInformation(module: foreign) == nil)
  }

  @Test func damageNeverTrapsAndTruncationIsNoticed() {
    let file = SyntheticModule.file(["depends=a,b", "softdep=pre: c"])
    for length in file.indices {
      #expect(ModuleInformation(module: Array(file[..<length])) == nil, "\(length) bytes")
    }
    for index in file.indices {
      for value: UInt8 in [0, 0x7f, 0x80, 0xff] {
        var damaged = file
        damaged[index] = value
        _ = ModuleInformation(module: damaged)
      }
    }
  }
}

@Suite struct ModuleFileTests {
  @Test(arguments: [
    ("kernel/drivers/block/virtio_blk.ko", "virtio_blk"), ("kernel/x/virtio-rng.ko.xz", "virtio_rng"),
    ("a.ko.zst", "a"), ("a.ko.gz", "a"),
  ])
  func namesAreThoseOfFilesWithoutSuffixes(path: String, name: String) {
    #expect(ModuleFile.moduleName(ofPath: path) == ModuleName(name))
  }

  @Test(arguments: ["modules.dep", ".ko", "a.ko.bz2", "a.xz", "", "ko"])
  func otherFilesAreNoModules(path: String) {
    #expect(ModuleFile.moduleName(ofPath: path) == nil)
  }

  @Test(arguments: [
    ("kvm_amd avic=1 npt=1", "kvm_amd", ["avic=1", "npt=1"]), ("virtio-blk", "virtio_blk", []),
  ])
  func requestsAreNamesWithParameters(text: String, name: String, parameters: [String]) throws {
    let request = try ModuleRequest(text)
    #expect(request.name == ModuleName(name))
    #expect(request.parameters == parameters)
  }

  @Test(arguments: ["", " ", "../evil", "a;b", "a\nb", "a =1", "a b=1\nc"])
  func whatCannotBeAModuleIsRefused(text: String) {
    #expect(throws: ImageError.self) { try ModuleRequest(text) }
  }
}
