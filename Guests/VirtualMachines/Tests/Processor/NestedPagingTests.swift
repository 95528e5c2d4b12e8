import Bedrock
import Interfaces

/// Nested paging: what a nested page fault tells, and what the processor notes in the entries (APM volume 2, 15.25).
enum NestedPagingTests {
  private typealias Offset = SVM.ControlBlock
  private typealias Fault = SVM.NestedPageFault

  /// The page that is accessed, and the one behind which the guest's root table is put.
  private static let page = 0
  private static let rootPage = 3
  private static let address = GuestMemory.windowPage(page) + 0x468

  private static let user: UInt64 = 1 << 2
  private static let writable: UInt64 = 1 << 1
  private static let accessed: UInt64 = 1 << 5
  private static let dirty: UInt64 = 1 << 6
  private static let large: UInt64 = 1 << 7
  private static let noExecute: UInt64 = 1 << 63

  /// MOV AL, [RDI]; MOV [RDI], AL; JMP RDI.
  private static let read: [UInt8] = [0x8A, 0x07]
  private static let write: [UInt8] = [0x88, 0x07]
  private static let jump: [UInt8] = [0xFF, 0xE7]

  /// An access, what is wrong with the nested entry, and what EXITINFO1 tells.
  private struct Case {
    let name: StaticString
    let program: [UInt8]
    let change: (UInt64) -> UInt64
    let fault: Fault
  }

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    for item in cases {
      list.test(item.name) { check(item, bench, &$0) }
    }
    for item in reservedBits(bench) {
      list.strictTest(item.name, "APM volume 2, 15.25.6") { check(item, bench, &$0) }
    }
    addTables(to: &list, bench)
    addRights(to: &list, bench)
    addNotes(to: &list, bench)
    addRepair(to: &list, bench)
  }

  private static func check(_ item: Case, _ bench: Bench, _ expectations: inout Expectations) {
    bench.memory.resetWindow()
    if let entry = bench.memory.nestedEntry(ofWindowPage: page) { entry.pointee = item.change(entry.pointee) }
    let guest = runOnWindow(item.program, bench)
    expectations.expect("access", guest, faults: item.fault.union([.user, .finalAddress]), address)
    bench.memory.resetWindow()
  }

  private static func runOnWindow(
    _ program: [UInt8], _ bench: Bench, _ prepare: (VirtualProcessor) -> Void = { _ in }
  ) -> VirtualProcessor {
    bench.run(program) {
      $0.registers.rdi = address
      prepare($0)
    }
  }

  private static var cases: [Case] {
    [
      Case(name: "a page that is not there, read", program: read, change: { _ in 0 }, fault: []),
      Case(name: "a page that is not there, written", program: write, change: { _ in 0 }, fault: .write),
      Case(
        name: "a page that is not there, executed", program: jump, change: { _ in 0 },
        fault: .instructionFetch),
      Case(
        name: "a page without the right of users, read by level 0", program: read, change: { $0 & ~user },
        fault: .present),
      Case(
        name: "a page that is read-only, written", program: write, change: { $0 & ~writable },
        fault: [.present, .write]),
      Case(
        name: "a page that is not executable, executed", program: jump, change: { $0 | noExecute },
        fault: [.present, .instructionFetch]),
    ]
  }

  private static func reservedBits(_ bench: Bench) -> [Case] {
    let reserved = bench.beyondMemory
    return [
      Case(
        name: "a reserved bit, read", program: read, change: { $0 | reserved },
        fault: [.present, .reservedBit]),
      Case(
        name: "a reserved bit, written", program: write, change: { $0 | reserved },
        fault: [.present, .write, .reservedBit]),
      Case(
        name: "a reserved bit, executed", program: jump, change: { $0 | reserved },
        fault: [.present, .reservedBit, .instructionFetch]),
      Case(
        name: "the reserved bit by which hypervisors mark devices", program: read, change: { $0 | 1 << 51 },
        fault: [.present, .reservedBit]),
    ]
  }

  private static func addTables(to list: inout SelfTestList, _ bench: Bench) {
    let run = { (change: (UInt64) -> UInt64) in
      bench.memory.resetWindow()
      let root = bench.memory.linear.root.rawValue
      bench.memory.nestedEntry(ofWindowPage: rootPage)?.pointee = change(root | 7)
      return bench.run([0x90]) { $0.block[Offset.cr3] = GuestMemory.windowPage(rootPage) }
    }
    let table = GuestMemory.windowPage(rootPage)
    list.test("the guest's tables can be anywhere in its memory") { expectations in
      expectations.expect("root in the window", run { $0 }, exits: .call, at: 1)
    }
    list.test("the guest's tables need to be writable") { expectations in
      expectations.expect(
        "read-only", run { $0 & ~writable }, faults: [.present, .write, .user, .pageTable], table)
    }
    list.test("a table of the guest's that is not there") { expectations in
      expectations.expect("not present", run { _ in 0 }, faults: [.write, .user, .pageTable], table)
    }
    list.strictTest("a reserved bit on the way to the guest's tables", "APM volume 2, 15.25.6") {
      expectations in
      expectations.expect(
        "reserved", run { $0 | bench.beyondMemory },
        faults: [.present, .write, .user, .reservedBit, .pageTable], table)
      bench.memory.resetWindow()
    }
    list.test("the guest's own page fault goes before a nested one") { expectations in
      bench.memory.resetWindow()
      bench.memory.linearEntry(ofWindowPage: page)?.pointee = 0
      bench.memory.nestedEntry(ofWindowPage: page)?.pointee = 0
      let guest = runOnWindow(read, bench)
      expectations.expect("read", guest, takes: ExceptionVector.pageFault.rawValue)
      bench.memory.resetWindow()
    }
    list.test("PS in a nested entry of the highest level is reserved") { expectations in
      guard let entry = bench.memory.nested.entry(of: VirtualAddress(address), level: 4) else { return }
      let before = entry.pointee
      entry.pointee |= large
      let guest = bench.run([0x90])
      entry.pointee = before
      expectations.expect("exit", guest, exits: .nestedPageFault)
      let fault = Fault(rawValue: guest.block[Offset.exitInformation1])
      expectations.expect(fault.contains(.reservedBit), "no reserved bit is told")
    }
    list.strictTest("a large nested page must be aligned", "APM volume 2, 15.25.6") { expectations in
      bench.memory.resetWindow()
      guard let entry = bench.memory.nested.entry(of: VirtualAddress(address), level: 2) else { return }
      let before = entry.pointee
      entry.pointee = 1 << 13 | large | 7
      let guest = runOnWindow(read, bench)
      entry.pointee = before
      expectations.expect(
        "read", guest, faults: [.present, .reservedBit, .user, .finalAddress], address)
    }
  }

  private static func addRights(to list: inout SelfTestList, _ bench: Bench) {
    list.test("the host's CR0.WP does not matter") { expectations in
      bench.memory.resetWindow()
      bench.memory.nestedEntry(ofWindowPage: page)?.pointee &= ~writable
      ControlRegister0.current.remove(.writeProtect)
      let guest = runOnWindow(write, bench)
      ControlRegister0.current.insert(.writeProtect)
      expectations.expect(
        "write", guest, faults: [.present, .write, .user, .finalAddress], address)
      bench.memory.resetWindow()
    }
    list.test("the guest's EFER.NXE does not matter to nested entries") { expectations in
      bench.memory.resetWindow()
      bench.memory.nestedEntry(ofWindowPage: page)?.pointee |= noExecute
      let guest = runOnWindow(jump, bench) {
        $0.block[Offset.efer] &= ~ExtendedFeatures.noExecuteEnable.rawValue
      }
      expectations.expect(
        "fetch", guest, faults: [.present, .user, .instructionFetch, .finalAddress], address)
      bench.memory.resetWindow()
    }
    list.test("a guest without paging is translated too") { expectations in
      bench.memory.resetWindow()
      bench.memory.nestedEntry(ofWindowPage: page)?.pointee = 0
      let guest = runOnWindow(read, bench) { $0.setProtectedMode() }
      expectations.expect("read", guest, faults: [.user, .finalAddress], address)
      bench.memory.resetWindow()
    }
    if bench.svm.hasDecodeAssists {
      list.test("a nested page fault of data brings the instruction's bytes, one of a fetch none") {
        expectations in
        bench.memory.resetWindow()
        bench.memory.nestedEntry(ofWindowPage: page)?.pointee = 0
        let guest = runOnWindow(read, bench)
        expectations.expect("read", guest, exits: .nestedPageFault, at: 0)
        expectations.expectBytes(of: read + Bench.call, in: guest.block)
        let fetch = runOnWindow(jump, bench)
        expectations.expect("fetch", fetch, exits: .nestedPageFault)
        let count = fetch.block.load(Offset.instructionByteCount, as: UInt8.self)
        expectations.expect("bytes of a fetch", UInt64(count), is: 0)
        bench.memory.resetWindow()
      }
    }
  }

  private static func addNotes(to list: inout SelfTestList, _ bench: Bench) {
    list.test("a read sets A in the guest's entry and in the nested one, a write D as well") { expectations in
      for (program, bits) in [(read, accessed), (write, accessed | dirty)] {
        bench.memory.resetWindow()
        expectations.expect("access", runOnWindow(program, bench), exits: .call)
        let notes = accessed | dirty
        expectations.expect(
          "the guest's entry", (bench.memory.linearEntry(ofWindowPage: page)?.pointee ?? 0) & notes, is: bits)
        expectations.expect(
          "the nested entry", (bench.memory.nestedEntry(ofWindowPage: page)?.pointee ?? 0) & notes, is: bits)
      }
      bench.memory.resetWindow()
    }
    list.test("a walk through the guest's tables sets A in the nested entry of the table") { expectations in
      bench.memory.resetWindow()
      let root = bench.memory.linear.root.rawValue
      bench.memory.nestedEntry(ofWindowPage: rootPage)?.pointee = root | 7
      let guest = bench.run([0x90]) { $0.block[Offset.cr3] = GuestMemory.windowPage(rootPage) }
      expectations.expect("NOP", guest, exits: .call)
      let entry = bench.memory.nestedEntry(ofWindowPage: rootPage)?.pointee ?? 0
      expectations.expect("A", entry & accessed, is: accessed)
      bench.memory.resetWindow()
    }
  }

  private static func addRepair(to list: inout SelfTestList, _ bench: Bench) {
    list.test("a page that is put in on demand is read as if it had been there") { expectations in
      bench.memory.resetWindow()
      guard let entry = bench.memory.nestedEntry(ofWindowPage: page) else { return }
      let before = entry.pointee
      entry.pointee = 0
      bench.memory.windowFrame(page).pointer?.storeBytes(of: 0x5A, toByteOffset: 0x468, as: UInt8.self)
      let guest = runOnWindow(read, bench)
      expectations.expect("read", guest, exits: .nestedPageFault, at: 0)
      entry.pointee = before
      // A translation that was not there is not remembered: nothing is flushed.
      guest.block.setTranslationControl(.keep)
      bench.enter()
      expectations.expect("again", guest, exits: .call, at: 2)
      expectations.expect("AL", guest.block.rax & 0xFF, is: 0x5A)
      bench.memory.resetWindow()
    }
    list.test("a write across two pages is not done in part") { expectations in
      bench.memory.resetWindow()
      bench.memory.nestedEntry(ofWindowPage: 1)?.pointee = 0
      // MOV [RDI], RAX
      let guest = bench.run([0x48, 0x89, 0x07]) {
        $0.registers.rdi = GuestMemory.windowPage(1) - 4
        $0.block.rax = .max
      }
      expectations.expect(
        "write", guest, faults: [.write, .user, .finalAddress], GuestMemory.windowPage(1))
      let word = bench.memory.windowFrame(0).pointer?.load(fromByteOffset: 0xFFC, as: UInt32.self)
      expectations.expect("the first page", UInt64(word ?? 1), is: 0)
      bench.memory.resetWindow()
    }
  }
}

extension Expectations {
  /// Expects a nested page fault at the first instruction or at an address that was executed.
  @inline(never)
  mutating func expect(
    _ what: String, _ guest: VirtualProcessor, faults fault: SVM.NestedPageFault, _ address: UInt64
  ) {
    expect(what, guest, exits: .nestedPageFault)
    guard guest.block.exitCode == .nestedPageFault else { return }
    expect("\(what): EXITINFO1", guest.block[SVM.ControlBlock.exitInformation1], is: fault.rawValue)
    expect("\(what): EXITINFO2", guest.block[SVM.ControlBlock.exitInformation2], is: address)
  }
}
