import Bus
import Chipset
import Testing

@testable import Machine

/// The tables as a guest finds them in memory (ACPI 6.5, 5.2).
@Suite struct ACPITablesTests {
  /// The tables of a machine, found from the RSDP on.
  struct Found {
    let memory: GuestMemory
    let rsdp: UInt64
    private(set) var tables: [String: [UInt8]] = [:]

    init(
      processors: Int = 2, hardware: ACPITables.FixedHardware = .pc(hpetCapabilities: 0x8086_A201),
      pciHost: PCIHostLayout? = AddressMap.pciHost(memorySize: 16 << 20)
    ) throws {
      memory = try #require(GuestMemory(size: 16 << 20))
      let built = try ACPITables.build(
        ACPITables.Configuration(
          processorCount: processors, fixedHardware: hardware, pciHost: pciHost))
      try built.write(to: memory)
      rsdp = built.rsdpAddress
      let xsdt = try table(at: try #require(memory.load(rsdp + 24, as: UInt64.self)))
      for offset in stride(from: 36, to: UInt64(xsdt.count), by: 8) {
        try add(try #require(xsdt.number(at: offset, as: UInt64.self)))
      }
      let fadt = try #require(tables["FACP"])
      try add(UInt64(try #require(fadt.number(at: 40, as: UInt32.self))))
    }

    private mutating func add(_ address: UInt64) throws {
      let table = try table(at: address)
      tables[String(decoding: table.prefix(4), as: UTF8.self)] = table
    }

    private func table(at address: UInt64) throws -> [UInt8] {
      #expect((0xE_1000..<0xF_0000).contains(address))
      let length = try #require(memory.load(address + 4, as: UInt32.self))
      let table = try #require(memory.bytes(at: address, count: Int(length)))
      #expect(table.reduce(0, &+) == 0, "the sum of a table's bytes is zero")
      return table
    }

    func table(_ signature: String) throws -> [UInt8] { try #require(tables[signature]) }

    func namespace() throws -> ACPINamespace { try ACPINamespace([UInt8](try table("DSDT").dropFirst(36))) }
  }

  @Test func theRootPointerIsWhereGuestsLook() throws {
    let found = try Found()
    #expect(found.rsdp % 16 == 0)
    #expect((0xE_0000..<0x10_0000).contains(found.rsdp))
    let bytes = try #require(found.memory.bytes(at: found.rsdp, count: 36))
    #expect(bytes.starts(with: "RSD PTR ".utf8))
    #expect(bytes.prefix(20).reduce(0, &+) == 0)
    #expect(bytes.reduce(0, &+) == 0)
    #expect(bytes[15] == 2)
    #expect(bytes.number(at: 20) == 36 as UInt32)
  }

  @Test func allTablesAreThere() throws {
    #expect(Set(try Found().tables.keys) == ["FACP", "DSDT", "APIC", "HPET", "MCFG"])
  }

  // MARK: FADT

  @Test func theFixedHardwareIsAtItsPorts() throws {
    let fadt = try Found().table("FACP")
    #expect(fadt.count == 276)
    #expect(fadt[8] == 6)
    #expect(fadt.number(at: 46) == 9 as UInt16, "SCI_INT")
    #expect(fadt.number(at: 48) == 0 as UInt32, "SMI_CMD")
    // Address, length, and where the wide address is, whose width in bits must agree.
    for (narrow, length, wide, address, bytes) in [
      (56, 88, 148, 0x600, 4), (64, 89, 172, 0x604, 2), (76, 91, 208, 0x608, 4), (80, 92, 220, 0x620, 4),
    ] as [(UInt64, Int, UInt64, UInt32, UInt8)] {
      #expect(fadt.number(at: narrow) == address)
      #expect(fadt[length] == bytes)
      #expect(fadt.number(at: wide) == 1 as UInt8, "I/O space")
      #expect(fadt.number(at: wide + 1) == bytes * 8)
      #expect(fadt.number(at: wide + 4) == UInt64(address))
    }
  }

  @Test func theResetRegisterIsTheChipSets() throws {
    let fadt = try Found().table("FACP")
    #expect([UInt8](fadt[116..<128]) == [1, 8, 0, 1, 0xF9, 0x0C, 0, 0, 0, 0, 0, 0])
    #expect(fadt[128] == 6)
    #expect(try #require(fadt.number(at: 112, as: UInt32.self)) & 1 << 10 != 0, "RESET_REG_SUP")
  }

  @Test func theFlagsSayWhatThereIs() throws {
    let fadt = try Found().table("FACP")
    let flags = try #require(fadt.number(at: 112, as: UInt32.self))
    #expect(flags & 1 << 0 != 0, "WBINVD")
    #expect(flags & 1 << 4 == 0, "a fixed power button")
    #expect(flags & 1 << 5 != 0, "no fixed sleep button")
    #expect(flags & 1 << 8 != 0, "a timer of 32 bits")
    #expect(flags & 1 << 20 == 0, "not hardware-reduced")
    #expect(fadt.number(at: 109) == 4 as UInt16, "no 8042, no VGA, but an RTC")
    #expect(fadt[108] == 0x32, "the century")
  }

  @Test func theFirmwareControlStructureIsInMemoryThatStays() throws {
    let found = try Found()
    let address = UInt64(try #require(try found.table("FACP").number(at: 36, as: UInt32.self)))
    #expect(address % 64 == 0)
    #expect(found.memory.bytes(at: address, count: 4) == [UInt8]("FACS".utf8))
    #expect(found.memory.load(address + 4) == 64 as UInt32)
    let region = MemoryMap(memorySize: 16 << 20).regions.first { $0.start <= address && address < $0.end }
    #expect(region?.kind == .acpiNonVolatile)
  }

  @Test func bothAddressesOfTheDSDTAgree() throws {
    let fadt = try Found().table("FACP")
    #expect(fadt.number(at: 40, as: UInt32.self).map(UInt64.init) == fadt.number(at: 140, as: UInt64.self))
    #expect(fadt.number(at: 132) == 0 as UInt64, "of the FACS' two, only one may be there")
  }

  // MARK: MADT

  /// The entries after the MADT's first 44 bytes.
  private func entries(_ madt: [UInt8]) throws -> [[UInt8]] {
    var entries: [[UInt8]] = []
    var offset = 44
    while offset < madt.count {
      let length = Int(madt[offset + 1])
      try #require(length >= 2 && offset + length <= madt.count)
      entries.append([UInt8](madt[offset..<offset + length]))
      offset += length
    }
    return entries
  }

  @Test func eachProcessorHasALocalAPIC() throws {
    let madt = try Found(processors: 3).table("APIC")
    #expect(madt.number(at: 36) == 0xFEE0_0000 as UInt32)
    #expect(madt.number(at: 40) == 1 as UInt32, "8259s")
    #expect(
      try entries(madt) == [
        [0, 8, 0, 0, 1, 0, 0, 0],
        [0, 8, 1, 1, 1, 0, 0, 0],
        [0, 8, 2, 2, 1, 0, 0, 0],
        [1, 12, 0, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0],
        [2, 10, 0, 0, 2, 0, 0, 0, 0, 0],
        [2, 10, 0, 9, 9, 0, 0, 0, 0x0D, 0],
        [4, 6, 0xFF, 0, 0, 1],
      ])
  }

  @Test func processorsFrom255OnHaveX2APICs() throws {
    let entries = try entries(try Found(processors: 257).table("APIC"))
    #expect(entries.filter { $0[0] == 0 }.count == 255)
    #expect(
      entries.filter { $0[0] == 9 } == [
        [9, 16, 0, 0, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0xFF, 0, 0, 0],
        [9, 16, 0, 0, 0x00, 1, 0, 0, 1, 0, 0, 0, 0x00, 1, 0, 0],
      ])
    #expect(entries.last == [10, 12, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0])
  }

  @Test func moreProcessorsThanFitAreRefused() {
    let configuration = ACPITables.Configuration(
      processorCount: 4000, fixedHardware: .reduced, pciHost: nil)
    #expect(throws: BootError.self) { try ACPITables.build(configuration) }
  }

  // MARK: HPET and MCFG

  @Test func theEventTimerIsDescribed() throws {
    let hpet = try Found().table("HPET")
    #expect(hpet.count == 56)
    #expect(hpet.number(at: 36) == 0x8086_A201 as UInt32)
    #expect(hpet[40] == 0, "memory")
    #expect(hpet.number(at: 44) == 0xFED0_0000 as UInt64)
  }

  @Test func configurationSpaceIsInMemory() throws {
    let mcfg = try Found().table("MCFG")
    #expect(mcfg.count == 60)
    #expect(mcfg.number(at: 44) == 0xE000_0000 as UInt64)
    #expect(mcfg.number(at: 52) == 0 as UInt16)
    #expect([UInt8](mcfg[54..<56]) == [0, 255])
  }

  // MARK: DSDT

  @Test func theDevicesAreThoseThatCannotBeFoundOtherwise() throws {
    let namespace = try Found().namespace()
    #expect(
      namespace.devices == [
        "\\_SB_.PCI0", "\\_SB_.MBRD", "\\_SB_.COM1", "\\_SB_.RTC_", "\\_SB_.HPET", "\\_SB_.C000",
        "\\_SB_.C001",
      ])
    #expect(namespace.values["\\_SB_.PCI0._HID"] == .integer(0x080A_D041))
    #expect(namespace.values["\\_SB_.PCI0._CID"] == .integer(0x030A_D041))
    #expect(namespace.values["\\_SB_.MBRD._HID"] == .integer(0x020C_D041))
    #expect(namespace.values["\\_SB_.COM1._HID"] == .integer(0x0105_D041))
    #expect(namespace.values["\\_SB_.RTC_._HID"] == .integer(0x000B_D041))
    #expect(namespace.values["\\_SB_.HPET._HID"] == .integer(0x0301_D041))
  }

  @Test func softOffIsAPackage() throws {
    #expect(
      try Found().namespace().values["\\_S5_"]
        == .package([.integer(5), .integer(0), .integer(0), .integer(0)]))
  }

  @Test func processorsHaveTheMADTsIdentifiers() throws {
    let namespace = try Found(processors: 64).namespace()
    #expect(namespace.devices.filter { $0.hasPrefix("\\_SB_.C0") }.count == 64)
    #expect(namespace.values["\\_SB_.C03F._HID"] == .string("ACPI0007"))
    #expect(namespace.values["\\_SB_.C03F._UID"] == .integer(63))
  }

  @Test func everyPinOfEveryDeviceLeadsToItsInterrupt() throws {
    guard case .package(let routes) = try Found().namespace().values["\\_SB_.PCI0._PRT"] else {
      Issue.record("no _PRT")
      return
    }
    #expect(routes.count == 32 * 4)
    for device in 0..<32 {
      for (number, pin) in PCIInterruptPin.allCases.enumerated() {
        let interrupt = PCIInterruptRouting.globalSystemInterrupt(device: device, pin: pin)
        #expect(
          routes[device * 4 + number]
            == .package([
              .integer(UInt64(device) << 16 | 0xFFFF), .integer(UInt64(number)), .integer(0),
              .integer(UInt64(interrupt)),
            ]))
      }
    }
  }

  @Test func theHostBridgeHandsOutTheHostsWindows() throws {
    let layout = AddressMap.pciHost(memorySize: 16 << 20)
    let expected = ResourceDescriptor.template([
      .busWindow(0...255), .ports(0xCF8..<0xD00), .portWindow(layout.portWindow),
      .memoryWindow(layout.lowWindow), .wideMemoryWindow(layout.highWindow),
    ])
    #expect(try Found().namespace().values["\\_SB_.PCI0._CRS"] == .buffer(expected))
  }

  @Test func theMotherboardKeepsConfigurationSpaceAndPowerManagement() throws {
    let expected = ResourceDescriptor.template([.memory(0xE000_0000..<0xF000_0000), .ports(0x600..<0x640)])
    #expect(try Found().namespace().values["\\_SB_.MBRD._CRS"] == .buffer(expected))
  }

  @Test func theHostBridgeHasAMethodForControl() throws {
    let method = try #require(try Found().namespace().methods["\\_SB_.PCI0._OSC"])
    #expect(method.flags == 0x0C, "four arguments, serialized")
    let result: [UInt8] = [0xA4, 0x6B]
    #expect([UInt8](method.body.suffix(2)) == result, "the request is handed back")
    #expect([UInt8](method.body.prefix(2)) == [0x8A, 0x6B])
  }

  // MARK: Hardware-reduced ACPI

  @Test func aLegacyFreeMachineHasNoFixedHardware() throws {
    let found = try Found(processors: 2, hardware: .reduced, pciHost: nil)
    #expect(Set(found.tables.keys) == ["FACP", "DSDT", "APIC"])
    let fadt = try found.table("FACP")
    let flags = try #require(fadt.number(at: 112, as: UInt32.self))
    #expect(flags & 1 << 20 != 0, "hardware-reduced")
    #expect(flags & 1 << 10 == 0, "no reset register")
    #expect(fadt.number(at: 109) == 0x24 as UInt16, "no 8042, no VGA, no RTC")
    #expect([UInt8](fadt[46..<109]).allSatisfy { $0 == 0 }, "no interrupt, no ports, no century")
    #expect([UInt8](fadt[116..<131]).allSatisfy { $0 == 0 }, "no reset register")
    #expect([UInt8](fadt[148..<268]).allSatisfy { $0 == 0 }, "no wide addresses either")

    let madt = try found.table("APIC")
    #expect(madt.number(at: 40) == 0 as UInt32, "no 8259s")
    #expect(
      try entries(madt) == [
        [0, 8, 0, 0, 1, 0, 0, 0], [0, 8, 1, 1, 1, 0, 0, 0], [1, 12, 0, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0],
      ])

    let namespace = try found.namespace()
    #expect(namespace.devices == ["\\_SB_.COM1", "\\_SB_.C000", "\\_SB_.C001"])
    #expect(namespace.values["\\_S5_"] == nil)
  }

  @Test func aLegacyFreeMachineTellsOfItsPCIHost() throws {
    let found = try Found(hardware: .reduced)
    #expect(Set(found.tables.keys) == ["FACP", "DSDT", "APIC", "MCFG"])
    let namespace = try found.namespace()
    #expect(namespace.devices.contains("\\_SB_.PCI0"))
    let expected = ResourceDescriptor.template([.memory(0xE000_0000..<0xF000_0000)])
    #expect(namespace.values["\\_SB_.MBRD._CRS"] == .buffer(expected))
  }

  // MARK: Places

  @Test func windowsOfThePCIHostAreOutsideOfRAM() throws {
    for size: UInt64 in [16 << 20, 3 << 30, 4 << 30, 1 << 40] {
      let layout = AddressMap.pciHost(memorySize: size)
      #expect(layout.configurationWindow == AddressMap.pciConfiguration)
      for region in MemoryMap(memorySize: size).regions where region.kind != .reserved {
        let range = region.start..<region.end
        #expect(!range.overlaps(layout.lowWindow))
        #expect(!range.overlaps(layout.highWindow))
        #expect(!range.overlaps(layout.configurationWindow))
      }
    }
  }
}
