import Testing

@testable import Machine

/// The encoding of ACPI's machine language (ACPI 6.5, 20.2), byte by byte.
@Suite struct ACPIMachineLanguageTests {
  @Test func namesAreSegmentsOfFourCharacters() {
    #expect(AMLName("PCI0").bytes == [UInt8]("PCI0".utf8))
    #expect(AMLName("RTC").bytes == [UInt8]("RTC_".utf8))
    #expect(AMLName("\\_SB").bytes == [UInt8]("\\_SB_".utf8))
    #expect(AMLName("\\_SB.PCI0").bytes == [UInt8]("\\".utf8) + [0x2E] + [UInt8]("_SB_PCI0".utf8))
    #expect(AMLName("A.B.C").bytes == [0x2F, 3] + [UInt8]("A___B___C___".utf8))
  }

  @Test(
    arguments: [
      (0, [0x00]), (1, [0x01]), (2, [0x0A, 2]), (0xFF, [0x0A, 0xFF]), (0x100, [0x0B, 0, 1]),
      (0xFFFF, [0x0B, 0xFF, 0xFF]), (0x1_0000, [0x0C, 0, 0, 1, 0]),
      (0x1_0000_0000, [0x0E, 0, 0, 0, 0, 1, 0, 0, 0]),
    ] as [(UInt64, [UInt8])])
  func integersAreAsShortAsTheyCan(number: UInt64, bytes: [UInt8]) {
    #expect(AMLValue.integer(number).bytes == bytes)
  }

  @Test(
    arguments: [
      (0, [0x01]), (62, [0x3F]), (63, [0x41, 0x04]), (4093, [0x4F, 0xFF]), (4094, [0x81, 0x00, 0x01]),
      (0xF_FFFC, [0x8F, 0xFF, 0xFF]), (0xF_FFFD, [0xC1, 0x00, 0x00, 0x01]),
    ] as [(Int, [UInt8])])
  func lengthsCountThemselves(count: Int, prefix: [UInt8]) {
    let package = AMLPackage.prefixed([UInt8](repeating: 0xAA, count: count))
    #expect(package.count == prefix.count + count)
    #expect(package.starts(with: prefix))
  }

  @Test func identifiersAreCompressed() {
    // EisaId ("PNP0A08") is 0x080AD041.
    #expect(AMLValue.eisaIdentifier("PNP", 0x0A08).bytes == [0x0C, 0x41, 0xD0, 0x0A, 0x08])
  }

  @Test func identifiersOfInterfacesAreMixedEndian() {
    let uuid = AMLValue.uuid(0x33DB_4D5B, 0x1FF7, 0x401C, [0x96, 0x57, 0x74, 0x41, 0xC0, 0x3D, 0xD7, 0x66])
    #expect(
      uuid.bytes == [
        0x11, 0x13, 0x0A, 0x10, 0x5B, 0x4D, 0xDB, 0x33, 0xF7, 0x1F, 0x1C, 0x40,
        0x96, 0x57, 0x74, 0x41, 0xC0, 0x3D, 0xD7, 0x66,
      ])
  }

  @Test func stringsEndWithNUL() {
    #expect(AMLValue.string("AB").bytes == [0x0D, 0x41, 0x42, 0])
  }

  @Test func packagesCountTheirElements() {
    #expect(AMLValue.package([.integer(5), .integer(0)]).bytes == [0x12, 0x05, 2, 0x0A, 5, 0])
  }

  @Test func buffersHaveASizeAndALength() {
    #expect(AMLValue.buffer([7, 8]).bytes == [0x11, 0x05, 0x0A, 2, 7, 8])
  }

  @Test func statementsAreAsInTheGrammar() {
    let name: [UInt8] = [0x53, 0x54, 0x41, 0x54]
    #expect(AMLTerm.name("STAT", .integer(1)).bytes == [0x08] + name + [1])
    #expect(AMLTerm.scope("STAT", [.result(.integer(0))]).bytes == [0x10, 7] + name + [0xA4, 0])
    #expect(AMLTerm.device("STAT", []).bytes == [0x5B, 0x82, 5] + name)
    #expect(AMLTerm.method("STAT", argumentCount: 4, []).bytes == [0x14, 6] + name + [0x0C])
    #expect(
      AMLTerm.doubleWordField("STAT", of: .argument(3), at: 0).bytes == [0x8A, 0x6B, 0] + name)
    #expect(AMLTerm.setBits(8, in: "STAT").bytes == [0x7D] + name + [0x0A, 8] + name)
  }

  @Test func choicesHaveAnElseOnlyIfItDoesSomething() {
    let condition = AMLValue.not(.equal(.argument(1), .integer(1)))
    #expect(
      AMLTerm.choice(if: condition, then: [.result(.integer(0))], else: []).bytes
        == [0xA0, 7, 0x92, 0x93, 0x69, 1, 0xA4, 0])
    #expect(
      AMLTerm.choice(if: .integer(1), then: [], else: [.result(.integer(0))]).bytes
        == [0xA0, 2, 1, 0xA1, 3, 0xA4, 0])
  }

  @Test func resourcesAreAsInTheirTables() {
    #expect(
      ResourceDescriptor.template([.ports(0x3F8..<0x400), .interrupt(4)])
        == [0x47, 1, 0xF8, 3, 0xF8, 3, 1, 8, 0x22, 0x10, 0, 0x79, 0])
    #expect(
      ResourceDescriptor.template([.memory(0xFED0_0000..<0xFED0_0400)])
        == [0x86, 9, 0, 1, 0, 0, 0xD0, 0xFE, 0, 4, 0, 0, 0x79, 0])
    #expect(
      ResourceDescriptor.template([.busWindow(0...255)])
        == [0x88, 13, 0, 2, 0x0C, 0, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0, 1, 0x79, 0])
    #expect(
      ResourceDescriptor.template([.portWindow(0xC000..<0x1_0000)])
        == [0x88, 13, 0, 1, 0x0C, 3, 0, 0, 0, 0xC0, 0xFF, 0xFF, 0, 0, 0, 0x40, 0x79, 0])
    #expect(
      ResourceDescriptor.template([.memoryWindow(0xC000_0000..<0xE000_0000)])
        == [
          0x87, 23, 0, 0, 0x0C, 1, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0xFF, 0xFF, 0xFF, 0xDF, 0, 0, 0, 0, 0, 0, 0,
          0x20,
          0x79, 0,
        ])
    let wide = ResourceDescriptor.template([.wideMemoryWindow(0x80_0000_0000..<0x90_0000_0000)])
    #expect(wide.starts(with: [0x8A, 43, 0, 0, 0x0C, 1]))
    #expect(wide.number(at: 14) == 0x80_0000_0000 as UInt64)
    #expect(wide.number(at: 22) == 0x8F_FFFF_FFFF as UInt64)
    #expect(wide.number(at: 38) == 0x10_0000_0000 as UInt64)
  }
}
