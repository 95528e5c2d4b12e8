import Bedrock
import Interfaces

/// How the hypervisor makes AVIC's tables. Nothing here needs AVIC.
enum LogicalIdentifierTests {
  static func add(to list: inout SelfTestList, _ controller: ControllerBench) {
    addIndexes(to: &list)
    addEntries(to: &list, controller.machine)
    addPages(to: &list, controller.machine)
  }

  private static func addIndexes(to list: inout SelfTestList) {
    list.test("in the flat model each of eight bits has its entry") { expectations in
      for bit in 0..<8 {
        expectations.expect(
          "bit \(bit)", LogicalIdentifier.index(of: 1 << UInt8(bit), in: .flat), is: bit)
      }
    }
    list.test("in the cluster model each of four bits in fifteen clusters has its entry") { expectations in
      for cluster in 0..<15 {
        for bit in 0..<4 {
          let identifier = UInt8(cluster << 4 | 1 << bit)
          expectations.expect(
            "cluster \(cluster), bit \(bit)", LogicalIdentifier.index(of: identifier, in: .cluster),
            is: cluster * 4 + bit)
        }
      }
    }
    list.test("an ID of no bit or of several has no entry") { expectations in
      for identifier in [0, 3, 5, 0x81, 0xFF] as [UInt8] {
        expectations.expect(
          "flat \(identifier)", LogicalIdentifier.index(of: identifier, in: .flat), is: nil)
      }
      for identifier in [0x00, 0x10, 0x03, 0x2F] as [UInt8] {
        expectations.expect(
          "cluster \(identifier)", LogicalIdentifier.index(of: identifier, in: .cluster), is: nil)
      }
    }
    list.test("cluster 15 is the broadcast and has no entries") { expectations in
      expectations.expect("F1h", LogicalIdentifier.index(of: 0xF1, in: .cluster), is: nil)
    }
    list.test("the entries of a cluster do not reach into the next one's") { expectations in
      expectations.expect("18h", LogicalIdentifier.index(of: 0x18, in: .cluster), is: 7)
      expectations.expect("21h", LogicalIdentifier.index(of: 0x21, in: .cluster), is: 8)
    }
    list.test("only two destination formats exist") { expectations in
      for format in 0..<16 as Range<UInt32> {
        let exists = DestinationModel(format: format << 28) != nil
        expectations.expect(exists == (format == 0 || format == 15), "format \(format)")
      }
    }
  }

  private static func addEntries(to list: inout SelfTestList, _ machine: VirtualMachine) {
    list.test("a pointer in an entry is a page's address, and only that") { expectations in
      let entry = SVM.PhysicalIdentifierEntry(backingPage: 0xFFFF_FFFF_FFFF_FFFF, runsOn: nil)
      expectations.expect("address", entry.backingPage, is: 0x000F_FFFF_FFFF_F000)
      expectations.expect("word", entry.rawValue, is: 0x800F_FFFF_FFFF_F000)
    }
    list.test("an entry has room for the APIC IDs of large hosts") { expectations in
      let entry = SVM.PhysicalIdentifierEntry(backingPage: 0x1000, runsOn: 0x345)
      expectations.expect("host", UInt64(entry.hostIdentifier), is: 0x345)
      expectations.expect("word", entry.rawValue, is: 0xC000_0000_0000_1345)
    }
    list.test("the broadcast has no entry of the physical table") { expectations in
      machine.reset(.software)
      expectations.expect(
        !machine.tables.setPhysicalEntry(0xFF, SVM.PhysicalIdentifierEntry(backingPage: 0x1000)),
        "entry FFh was set")
      expectations.expect(machine.tables.physicalEntry(0xFF) == nil, "there is an entry FFh")
      let table = SVM.PhysicalIdentifierTable(
        rawValue: machine.processors[0].block[SVM.ControlBlock.physicalIdentifierTable])
      expectations.expect("last index", UInt64(table.lastIndex), is: 0xFE)
    }
    list.test("a processor that changes its logical ID leaves its old entry") { expectations in
      machine.reset(.software)
      let format = DestinationModel.flat.rawValue << 28
      for (logical, index) in [(0x02, 1), (0x80, 7)] as [(UInt32, Int)] {
        let inhibition = machine.tables.updateLogicalEntry(
          of: 1, logicalDestination: logical << 24, destinationFormat: format)
        expectations.expect(inhibition.isEmpty, "AVIC is inhibited")
        expectations.expect(machine.tables.logicalEntry(index).isValid, "entry \(index) is invalid")
      }
      expectations.expect(!machine.tables.logicalEntry(1).isValid, "the old entry is valid")
    }
    list.test("two processors with one logical ID inhibit AVIC, and the first keeps its entry") {
      expectations in
      machine.reset(.software)
      machine.setLogicalIdentifiers([4, 4], .flat)
      expectations.expect(machine.inhibition == .logicalAlias, "AVIC is not inhibited")
      let entry = machine.tables.logicalEntry(2)
      expectations.expect(entry.isValid && entry.identifier == 0, "the first one's entry is lost")
    }
    list.test("a logical ID of several bits inhibits AVIC") { expectations in
      machine.reset(.software)
      machine.setLogicalIdentifiers([3], .flat)
      expectations.expect(machine.inhibition == .logicalAlias, "AVIC is not inhibited")
    }
    list.test("a destination format that does not exist inhibits AVIC") { expectations in
      machine.reset(.software)
      let inhibition = machine.tables.updateLogicalEntry(
        of: 0, logicalDestination: 1 << 24, destinationFormat: 0x7FFF_FFFF)
      expectations.expect(inhibition == .reservedFormat, "AVIC is not inhibited")
    }
  }

  private static func addPages(to list: inout SelfTestList, _ machine: VirtualMachine) {
    list.test("each processor has a backing page of its own, outside of the guest's memory map of the APIC") {
      expectations in
      machine.reset(.accelerated)
      let pages = machine.processors.map { $0.page.address }
      expectations.expect(pages[0] != pages[1], "the pages are one")
      let entry = machine.memory.nested.entry(of: VirtualAddress(GuestMemory.apicBase), level: 1)
      let mapped = (entry?.pointee ?? 0) & 0x000F_FFFF_FFFF_F000
      expectations.expect(!pages.contains(PhysicalAddress(mapped)), "a page is mapped into the guest")
      let next = machine.memory.nested.entry(of: VirtualAddress(GuestMemory.apicBase + 0x1000), level: 1)
      expectations.expect((next?.pointee ?? 0) & 1 == 0, "there is a page behind the APIC's")
    }
    list.test("a page begins with the registers after reset") { expectations in
      machine.reset(.software)
      for processor in machine.processors {
        let page = processor.page
        expectations.expect(
          "ID", UInt64(page[.identifier]), is: UInt64(processor.identifier) << 24)
        expectations.expect("DFR", UInt64(page[.destinationFormat]), is: 0xFFFF_FFFF)
        expectations.expect("SVR", UInt64(page[.spuriousInterruptVector]), is: 0xFF)
        expectations.expect("LVT timer", UInt64(page[.timerVector]), is: 0x10000)
        for set in [.requests, .inService, .triggerMode] as [VectorSet] {
          expectations.expect(page.isEmpty(set), "vectors are set")
        }
      }
    }
    list.test("making a processor that cannot be made leaves the others alone") { expectations in
      machine.reset(.software)
      machine.processors[1].page.set(0x51, in: .requests)
      // The broadcast's ID is none that a processor can have.
      expectations.expect(
        !machine.tables.setPhysicalEntry(0xFF, SVM.PhysicalIdentifierEntry(backingPage: 0)), "it was made")
      expectations.expect(
        machine.processors[1].page.contains(0x51, in: .requests), "a request is lost")
      let entry = machine.tables.physicalEntry(1)
      expectations.expect(
        "entry", entry?.backingPage ?? 0, is: machine.processors[1].page.address.rawValue)
    }
    list.test("tables and pages begin at pages, below the end of physical memory") { expectations in
      let block = machine.processors[0].block
      for offset in [
        SVM.ControlBlock.apicBackingPage, SVM.ControlBlock.logicalIdentifierTable,
      ] {
        expectations.expect("low bits", block[offset] & 0xFFF, is: 0)
        expectations.expect("high bits", block[offset] >> 52, is: 0)
        expectations.expect(block[offset] != 0, "no address")
      }
    }
  }
}

extension Expectations {
  /// Expects the index of an entry, or none.
  @inline(never)
  mutating func expect(_ what: String, _ index: Int?, is expected: Int?) {
    expect(index == expected, "\(what): entry \(index ?? -1) instead of \(expected ?? -1)")
  }
}
