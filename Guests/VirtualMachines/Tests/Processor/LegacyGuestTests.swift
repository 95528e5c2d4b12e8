import Bedrock
import Interfaces

/// Guests of other modes under nested paging, whose tables have other formats than the nested ones.
enum LegacyGuestTests {
  private typealias Offset = SVM.ControlBlock

  private static let presentWritable: UInt64 = 3
  private static let present: UInt64 = 1
  private static let large: UInt64 = 0x80
  /// MOV AL, [EDI]
  private static let read: [UInt8] = [0x8A, 0x07]
  private static let tablePage = 2
  private static let page = 1

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    list.test("a guest with 32-bit paging") { expectations in
      let guest = run(bench, controls: .pageSizeExtensions) { table in
        // 4 MiB pages, one to one.
        for index in 0..<512 {
          table.storeBytes(
            of: UInt32(index) << 22 | UInt32(large | presentWritable), toByteOffset: index * 4,
            as: UInt32.self)
        }
      }
      expectations.expect("read", guest, exits: .call, at: 2)
      expectations.expect("AL", guest.block.rax & 0xFF, is: 0x6B)
    }
    list.test("a guest with PAE paging") { expectations in
      let guest = run(bench, controls: .physicalAddressExtension) { table in
        fillDirectories(table, bench)
      }
      expectations.expect("read", guest, exits: .call, at: 2)
      expectations.expect("AL", guest.block.rax & 0xFF, is: 0x6B)
    }
    list.test("a guest with PAE paging whose root is not there in the nested tables") { expectations in
      let guest = run(bench, controls: .physicalAddressExtension) { table in
        fillDirectories(table, bench)
        bench.memory.nestedEntry(ofWindowPage: tablePage)?.pointee = 0
      }
      expectations.expect("exit", guest, exits: .nestedPageFault)
      let fault = SVM.NestedPageFault(rawValue: guest.block[Offset.exitInformation1])
      expectations.expect(fault.contains(.pageTable), "the fault is not that of a table")
      bench.memory.resetWindow()
    }
    list.strictTest("a guest with paging in real mode", "APM volume 2, 15.18") { expectations in
      let guest = run(bench, controls: .pageSizeExtensions, mode: .realMode) { table in
        for index in 0..<512 {
          table.storeBytes(
            of: UInt32(index) << 22 | UInt32(large | presentWritable), toByteOffset: index * 4,
            as: UInt32.self)
        }
      }
      expectations.expect("NOP", guest, exits: .call)
    }
    list.test("code of 32 bits in a guest of long mode") { expectations in
      // INC EAX, which is a prefix in 64-bit code; NOP
      let guest = bench.run([0x40, 0x90]) {
        $0.block.set(.code32, at: Offset.cs)
        $0.block.rax = 0xFFFF_FFFF
      }
      expectations.expect("INC", guest, exits: .call, at: 2)
      expectations.expect("RAX", guest.block.rax, is: 0)
    }
  }

  private enum Mode {
    case protected, realMode
  }

  /// Runs a guest whose tables are in the window, at a page that holds 6Bh behind another one.
  private static func run(
    _ bench: Bench, controls: ControlRegister4, mode: Mode = .protected,
    _ fill: (UnsafeMutableRawPointer) -> Void
  ) -> VirtualProcessor {
    bench.memory.resetWindow()
    bench.memory.windowFrame(page).pointer?.storeBytes(of: 0x6B, as: UInt8.self)
    if let table = bench.memory.windowFrame(tablePage).pointer { fill(table) }
    return bench.run(mode == .protected ? read : [0x90]) {
      switch mode {
      case .protected: $0.setProtectedMode()
      case .realMode: $0.setRealMode()
      }
      $0.registers.rdi = GuestMemory.windowPage(page)
      $0.block[Offset.cr3] = GuestMemory.windowPage(tablePage)
      $0.block[Offset.cr4] = controls.rawValue
      $0.block[Offset.cr0] |= ControlRegister0.paging.rawValue
    }
  }

  /// PAE tables in the window: the root, and behind it directories of 2 MiB pages for 2 GiB.
  private static func fillDirectories(_ root: UnsafeMutableRawPointer, _ bench: Bench) {
    for gibibyte in 0..<2 {
      let page = tablePage + 1 + gibibyte
      root.storeBytes(
        of: GuestMemory.windowPage(page) | present, toByteOffset: gibibyte * 8, as: UInt64.self)
      guard let directory = bench.memory.windowFrame(page).pointer else { return }
      for index in 0..<512 {
        let address = UInt64(gibibyte) << 30 | UInt64(index) << 21
        directory.storeBytes(of: address | large | presentWritable, toByteOffset: index * 8, as: UInt64.self)
      }
    }
  }
}
