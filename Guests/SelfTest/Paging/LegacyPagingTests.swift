import Bedrock

@_extern(c, "selftest_legacy_read") private func read(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_legacy_write") private func write(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_legacy_execute") private func execute(_: UInt64, _: UInt64) -> UInt64

/// Paging in protected mode, with tables of two levels and with PAE: AMD64 APM volume 2, sections 5.2 and 8.4.2.
struct LegacyPagingTests {
  private static let returnInstruction: UInt8 = 0xC3
  private static let present: UInt64 = 1 << 0
  private static let writable: UInt64 = 1 << 1
  private static let user: UInt64 = 1 << 2
  private static let accessed: UInt64 = 1 << 5
  private static let dirty: UInt64 = 1 << 6
  private static let noExecute: UInt64 = 1 << 63
  private static let pattern: UInt64 = 0x1234_56C3

  let bench: TestBench
  let mode: LegacyMode

  static func add(to list: inout SelfTestList, _ bench: TestBench, _ mode: LegacyMode) {
    let tests = LegacyPagingTests(bench: bench, mode: mode)
    for format in LegacyPageTable.Format.allCases {
      list.test(format.names.translation) { tests.translation(format, &$0) }
      list.test(format.names.rights) { tests.rights(format, &$0) }
      list.test(format.names.notes) { tests.notes(format, &$0) }
      list.strictTest(format.names.reserved, "APM 2, 5.2 and 8.4.2") { tests.reserved(format, &$0) }
    }
    list.test("PAE: NX, and bit 4 of the error code") { tests.noExecute(&$0) }
    list.strictTest("PAE: pointers are loaded with CR3, and #GP for their reserved bits", "APM 2, 5.2.3") {
      tests.pointers(&$0)
    }
  }

  private func withTable(
    _ format: LegacyPageTable.Format, _ expectations: inout Expectations,
    _ body: (LegacyPageTable, inout Expectations) -> Void
  ) {
    guard let table = LegacyPageTable(format, bench.computer.frames) else {
      expectations.expect(false, "no memory")
      return
    }
    mode.resetTables()
    body(table, &expectations)
    table.remove()
  }

  private func translation(_ format: LegacyPageTable.Format, _ expectations: inout Expectations) {
    withTable(format, &expectations) { table, expectations in
      let page = LegacyPageTable.testPage
      let control = table.control
      table.frame.pointer?.storeBytes(of: 0x7766_5544, toByteOffset: 8, as: UInt32.self)
      expectations.expect("read", mode.run(read, control, page + 8), returns: 0x7766_5544)
      expectations.expect("write", mode.run(write, control, page + 16, Self.pattern), returns: Self.pattern)
      let stored = table.frame.pointer?.load(fromByteOffset: 16, as: UInt32.self) ?? 0
      expectations.expect("the frame's bytes", UInt64(stored), is: Self.pattern)
      // The large pages that the image runs in.
      let large = UInt64(UnsafePointer<UInt32>(bitPattern: 0x10_0000)?.pointee ?? 0)
      expectations.expect("through a large page", mode.run(read, control, 0x10_0000), returns: large)
      expectations.expect(
        "as user, through another", mode.run(read, control, isUser: true, UserWindow.base + 0x10_0000),
        returns: large)
      expectations.expect("absent", mode.run(read, control, page + 4096), raises: .pageFault, errorCode: 0)
      expectations.expect(
        "supervisor's page", mode.run(read, control, isUser: true, 0x10_0000), raises: .pageFault,
        errorCode: PageFaultCode([.user, .protection]).rawValue)
    }
  }

  private func rights(_ format: LegacyPageTable.Format, _ expectations: inout Expectations) {
    withTable(format, &expectations) { table, expectations in
      table.frame.pointer?.storeBytes(of: Self.returnInstruction, as: UInt8.self)
      for entry in [LegacyPageTable.Entry.page, .directory] {
        for combination in 0..<UInt64(8) {
          let bits = (combination & 1 != 0 ? Self.present : 0) | combination & (Self.writable | Self.user)
          table.setRights(entry, bits)
          var attributes: PageAttributes = []
          if bits & Self.writable != 0 { attributes.insert(.writable) }
          if bits & Self.user != 0 { attributes.insert(.user) }
          for (isUser, isProtected) in [(false, false), (false, true), (true, true)] {
            var context = AccessContext()
            context.program = isUser ? .user32 : .kernel32
            context.isWriteProtected = isProtected
            var control = table.control
            if isProtected { control.cr0 |= LegacyControl.writeProtect }
            for (access, routine) in [(PageAccess.read, read), (.write, write), (.fetch, execute)]
              as [(PageAccess, ProbeRoutine)]
            {
              let outcome = mode.run(routine, control, isUser: isUser, LegacyPageTable.testPage, Self.pattern)
              // Without NXE, fetches are told like reads.
              let expected = context.fault(access, isPresent: bits & Self.present != 0, attributes)
                .map { $0.subtracting(.fetch) }
              expectations.expect(
                Self.matches(outcome, expected),
                "\(access.name), \(isUser ? "user" : "supervisor"), rights \(bits), WP \(isProtected)")
            }
          }
        }
        table.setRights(entry, Self.present | Self.writable | Self.user)
      }
    }
  }

  private static func matches(_ outcome: LegacyOutcome, _ expected: PageFaultCode?) -> Bool {
    switch (outcome, expected) {
    case (.returned, nil): true
    case (.raised(let raised), .some(let code)):
      raised.vector == UInt32(ExceptionVector.pageFault.rawValue) && UInt64(raised.errorCode) == code.rawValue
        && UInt64(raised.faultAddress) == LegacyPageTable.testPage
    default: false
    }
  }

  private func notes(_ format: LegacyPageTable.Format, _ expectations: inout Expectations) {
    withTable(format, &expectations) { table, expectations in
      let both = Self.accessed | Self.dirty
      let page = LegacyPageTable.testPage
      _ = mode.run(read, table.control, page)
      expectations.expect("page, read", table[.page] & both, is: Self.accessed)
      expectations.expect("directory, read", table[.directory] & Self.accessed, is: Self.accessed)
      _ = mode.run(write, table.control, page, 1)
      expectations.expect("page, written", table[.page] & both, is: both)
      expectations.expect("directory, written", table[.directory] & Self.dirty, is: 0)
      expectations.expect("large page before", table[.largePage] & both, is: 0)
      let large = UserWindow.base + LegacyMode.realModePage
      _ = mode.run(read, table.control, large)
      expectations.expect("large page, read", table[.largePage] & both, is: Self.accessed)
      _ = mode.run(write, table.control, large, 1)
      expectations.expect("large page, written", table[.largePage] & both, is: both)
    }
  }

  private func reserved(_ format: LegacyPageTable.Format, _ expectations: inout Expectations) {
    withTable(format, &expectations) { table, expectations in
      let code = PageFaultCode([.protection, .reservedBit]).rawValue
      for (entry, bit) in format.reservedBits {
        let before = table[entry]
        table[entry] = before | 1 << bit
        let address = entry == .largePage ? UserWindow.base : LegacyPageTable.testPage
        expectations.expect(
          "reserved bit", mode.run(read, table.control, address), raises: .pageFault,
          errorCode: code)
        table[entry] = before
      }
    }
  }

  private func noExecute(_ expectations: inout Expectations) {
    guard ExtendedFeatures.current.contains(.noExecuteEnable) else { return }
    withTable(.physicalAddressExtension, &expectations) { table, expectations in
      table.frame.pointer?.storeBytes(of: Self.returnInstruction, as: UInt8.self)
      var control = table.control
      control.efer = LegacyControl.noExecuteEnable
      let page = LegacyPageTable.testPage
      expectations.expect("without NX", mode.run(execute, control, page), returns: 1)
      for entry in [LegacyPageTable.Entry.page, .directory] {
        table[entry] |= Self.noExecute
        expectations.expect(
          "fetch", mode.run(execute, control, page), raises: .pageFault,
          errorCode: PageFaultCode([.protection, .fetch]).rawValue)
        expectations.expect("read", mode.run(read, control, page), returns: UInt64(Self.returnInstruction))
        table[entry] &= ~Self.noExecute
      }
      expectations.expect(
        "fetch from an absent page", mode.run(execute, control, page + 4096), raises: .pageFault,
        errorCode: PageFaultCode.fetch.rawValue)
    }
  }

  private func pointers(_ expectations: inout Expectations) {
    withTable(.physicalAddressExtension, &expectations) { table, expectations in
      // An absent pointer is only missed when it is used.
      let before = table[.pointer]
      table[.pointer] = before & ~Self.present
      expectations.expect(
        "absent pointer", mode.run(read, table.control, LegacyPageTable.testPage), raises: .pageFault,
        errorCode: 0)
      table[.pointer] = before
      // A pointer that is absent may have any other bits.
      let last = table[.lastPointer]
      table[.lastPointer] = 0x1E6
      expectations.expect(
        "an absent pointer with reserved bits", mode.run(read, table.control, LegacyPageTable.testPage + 8),
        returns: 0)
      table[.lastPointer] = last
      // Written in a routine, CR3 raises #GP in it.
      table[.lastPointer] = 0x1E7
      var control = table.control
      let root = control.cr3
      control.cr3 = table.plainRoot
      expectations.expect(
        "reserved bits of a present pointer", mode.run(writeRoot, control, root), raises: .generalProtection,
        errorCode: 0)
      table[.lastPointer] = last
    }
  }
}

@_extern(c, "selftest_legacy_write_cr3") private func writeRoot(_: UInt64, _: UInt64) -> UInt64
