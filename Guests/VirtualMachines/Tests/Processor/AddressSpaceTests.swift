import Bedrock
import Interfaces

/// Translations that are remembered for an address space, and how they are forgotten (APM volume 2, 15.16).
enum AddressSpaceTests {
  private typealias Offset = SVM.ControlBlock

  /// MOV AL, [RDI]
  private static let read: [UInt8] = [0x8A, 0x07]
  private static let page = 4
  private static let first: UInt8 = 0xA1
  private static let second: UInt8 = 0xB2

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    addSpaces(to: &list, bench)
    addInvalidation(to: &list, bench)
  }

  /// Two pages with a value each; the window's page leads to the first.
  private static func prepare(_ bench: Bench) {
    bench.memory.resetWindow()
    bench.memory.windowFrame(page).pointer?.storeBytes(of: first, as: UInt8.self)
    bench.memory.windowFrame(page + 1).pointer?.storeBytes(of: second, as: UInt8.self)
  }

  /// Leads the nested entry of the page to the other frame.
  private static func changeNested(_ bench: Bench) {
    bench.memory.nestedEntry(ofWindowPage: page)?.pointee = bench.memory.windowFrame(page + 1).rawValue | 7
  }

  /// Leads the guest's own entry of the page to the other page.
  private static func changeLinear(_ bench: Bench) {
    bench.memory.linearEntry(ofWindowPage: page)?.pointee = GuestMemory.windowPage(page + 1) | 7
  }

  private static func value(
    _ bench: Bench, space: UInt32, _ control: SVM.TranslationControl, _ expectations: inout Expectations
  ) -> UInt64 {
    let guest = bench.run(read) {
      $0.registers.rdi = GuestMemory.windowPage(page)
      $0.block.addressSpace = space
      $0.block.setTranslationControl(control)
    }
    expectations.expect("read", guest, exits: .call, at: 2)
    return guest.block.rax & 0xFF
  }

  private static func addSpaces(to list: inout SelfTestList, _ bench: Bench) {
    list.test("TLB_CONTROL 1 forgets every address space's translations") { expectations in
      prepare(bench)
      expectations.expect("before", value(bench, space: 1, .flushAll, &expectations), is: UInt64(first))
      changeNested(bench)
      expectations.expect("after", value(bench, space: 1, .flushAll, &expectations), is: UInt64(second))
      bench.memory.resetWindow()
    }
    list.test("another address space does not see the first one's translations") { expectations in
      prepare(bench)
      expectations.expect("space 2", value(bench, space: 2, .flushAll, &expectations), is: UInt64(first))
      changeNested(bench)
      expectations.expect("space 3", value(bench, space: 3, .keep, &expectations), is: UInt64(second))
      bench.memory.resetWindow()
    }
    list.test("the host's translations survive a guest that has others at the same addresses") {
      expectations in
      prepare(bench)
      let address = GuestMemory.windowPage(page)
      guard let pointer = UnsafeMutableRawPointer(bitPattern: UInt(address)) else { return }
      // The same linear address is no RAM, or other RAM, for the host.
      let before = pointer.load(as: UInt8.self)
      expectations.expect("guest", value(bench, space: 1, .keep, &expectations), is: UInt64(first))
      expectations.expect("host", UInt64(pointer.load(as: UInt8.self)), is: UInt64(before))
      bench.memory.resetWindow()
    }
    guard bench.svm.hasFlushByAddressSpace else { return }
    for (name, control) in [
      ("TLB_CONTROL 3 forgets the guest's translations", .flushGuest),
      ("TLB_CONTROL 7 forgets those of the guest's that are not global", .flushGuestNonGlobal),
    ] as [(StaticString, SVM.TranslationControl)] {
      list.test(name) { expectations in
        prepare(bench)
        expectations.expect("before", value(bench, space: 1, .flushAll, &expectations), is: UInt64(first))
        changeNested(bench)
        expectations.expect("after", value(bench, space: 1, control, &expectations), is: UInt64(second))
        bench.memory.resetWindow()
      }
    }
  }

  private static func addInvalidation(to list: inout SelfTestList, _ bench: Bench) {
    list.test("INVLPGA forgets a page of an address space") { expectations in
      prepare(bench)
      expectations.expect("before", value(bench, space: 1, .flushAll, &expectations), is: UInt64(first))
      changeLinear(bench)
      _ = probeInvalidatePage(GuestMemory.windowPage(page), 1)
      expectations.expect("after", value(bench, space: 1, .keep, &expectations), is: UInt64(second))
      bench.memory.resetWindow()
    }
    // MOV AL, [RDI]; MOV [RSI], RDX: the guest changes its own entry; then what makes it forget, and MOV AL, [RDI].
    let change: [UInt8] = [0x8A, 0x07, 0x48, 0x89, 0x16]
    let ways: [(StaticString, [UInt8])] = [
      ("INVLPG in a guest forgets the guest's page", [0x0F, 0x01, 0x3F]),
      ("MOV to CR3 in a guest forgets the guest's pages", [0x0F, 0x20, 0xDB, 0x0F, 0x22, 0xDB]),
    ]
    for (name, code) in ways {
      list.test(name) { expectations in
        prepare(bench)
        guard let entry = bench.memory.linearEntry(ofWindowPage: page) else { return }
        let guest = bench.run(change + code + read) {
          $0.registers.rdi = GuestMemory.windowPage(page)
          $0.registers.rsi = UInt64(UInt(bitPattern: entry))
          $0.registers.rdx = GuestMemory.windowPage(page + 1) | 7
        }
        expectations.expect("reads", guest, exits: .call)
        expectations.expect("AL", guest.block.rax & 0xFF, is: UInt64(second))
        bench.memory.resetWindow()
      }
    }
  }
}
