import Bedrock

/// Paging: what is translated, what is refused, and what the page-fault error code says.
enum PagingTests {
  /// RET.
  private static let returnInstruction: UInt8 = 0xC3
  private static let pattern: UInt64 = 0x0123_4567_89AB_CDEF

  static func add(to list: inout SelfTestList, _ computer: Computer) {
    list.test("a mapped page shows its frame") { mapped(computer, &$0) }
    list.test("two mappings of a frame show the same bytes") { aliased(computer, &$0) }
    list.test("#PF for pages that are not present") { notPresent(computer, &$0) }
    list.test("#PF for writes to read-only pages, if CR0.WP is set") { readOnly(computer, &$0) }
    list.test("accessed and dirty bits") { accessedAndDirty(computer, &$0) }
    if ExtendedFeatures.current.contains(.noExecuteEnable) {
      list.test("#PF for fetches from no-execute pages") { noExecute(computer, &$0) }
    } else {
      list.skip("#PF for fetches from no-execute pages", because: "the processor has no such pages")
    }
    let identification = ProcessorIdentification()
    if let reserved = PageAttributes.reserved(identification) {
      list.strictTest("#PF for reserved bits in an entry") { reservedBits(computer, reserved, &$0) }
    } else {
      list.skip("#PF for reserved bits in an entry", because: "the processor uses all address bits")
    }
    if identification.has(.supervisorExecutionPrevention), identification.has(.supervisorAccessPrevention) {
      list.test("SMEP and SMAP keep the supervisor out of user pages") { supervisorPrevention(computer, &$0) }
    } else {
      list.skip("SMEP and SMAP", because: "the processor does not have both")
    }
  }

  private static func expectFault(
    _ expectations: inout Expectations, _ what: StaticString, _ routine: ProbeRoutine,
    at address: VirtualAddress,
    _ code: PageFaultCode
  ) {
    let outcome = Processor.current.probe(routine, address.rawValue, pattern)
    expectations.expect(
      what, outcome, raises: .pageFault, errorCode: code.rawValue, faultAddress: address.rawValue)
  }

  private static func mapped(_ computer: Computer, _ expectations: inout Expectations) {
    TestPage.with(computer, &expectations) { page, expectations in
      let outcome = Processor.current.probe(probeWrite, page.address.rawValue + 8, pattern)
      expectations.expect("write", outcome, returns: pattern)
      let stored = page.frame.pointer?.load(fromByteOffset: 8, as: UInt64.self)
      expectations.expect("the frame's bytes", stored ?? 0, is: pattern)
    }
  }

  private static func aliased(_ computer: Computer, _ expectations: inout Expectations) {
    TestPage.with(computer, &expectations) { page, expectations in
      // In another 2 MiB and another 1 GiB.
      let alias = page.address + (1 << 30) + (1 << 21)
      do throws(PageTable.Failure) {
        try computer.pageTable.map(alias, to: page.frame, .writable)
      } catch {
        expectations.expect(false, "the alias could not be mapped")
        return
      }
      _ = Processor.current.probe(probeWrite, page.address.rawValue, pattern)
      let outcome = Processor.current.probe(probeRead, alias.rawValue)
      expectations.expect("read through the alias", outcome, returns: pattern)
      _ = computer.pageTable.unmap(alias)
    }
  }

  private static func notPresent(_ computer: Computer, _ expectations: inout Expectations) {
    var address = TestPage.firstAddress
    TestPage.with(computer, &expectations) { page, expectations in
      address = page.address
      expectations.expect(
        "read while mapped", Processor.current.probe(probeRead, address.rawValue), returns: 0)
    }
    let fetch: PageFaultCode = ExtendedFeatures.current.contains(.noExecuteEnable) ? .fetch : []
    expectFault(&expectations, "read", probeRead, at: address + 16, [])
    expectFault(&expectations, "write", probeWrite, at: address + 24, .write)
    expectFault(&expectations, "fetch", probeExecute, at: address, fetch)
  }

  private static func readOnly(_ computer: Computer, _ expectations: inout Expectations) {
    TestPage.with(computer, &expectations, []) { page, expectations in
      expectations.expect("read", Processor.current.probe(probeRead, page.address.rawValue), returns: 0)
      expectFault(&expectations, "write", probeWrite, at: page.address, [.protection, .write])
      ControlRegister0.current.remove(.writeProtect)
      let outcome = Processor.current.probe(probeWrite, page.address.rawValue, pattern)
      ControlRegister0.current.insert(.writeProtect)
      expectations.expect("write with CR0.WP clear", outcome, returns: pattern)
    }
  }

  private static func accessedAndDirty(_ computer: Computer, _ expectations: inout Expectations) {
    TestPage.with(computer, &expectations) { page, expectations in
      let attributes = { computer.pageTable.attributes(of: page.address) ?? [] }
      expectations.expect(!attributes().contains(.accessed), "accessed before any access")
      _ = Processor.current.probe(probeRead, page.address.rawValue)
      expectations.expect(attributes().contains(.accessed), "not accessed after a read")
      expectations.expect(!attributes().contains(.dirty), "dirty after a read")
      _ = Processor.current.probe(probeWrite, page.address.rawValue, pattern)
      expectations.expect(attributes().contains(.dirty), "not dirty after a write")
    }
  }

  private static func noExecute(_ computer: Computer, _ expectations: inout Expectations) {
    TestPage.with(computer, &expectations) { page, expectations in
      page.fill([returnInstruction])
      let outcome = Processor.current.probe(probeExecute, page.address.rawValue)
      expectations.expect("fetch from an executable page", outcome, returns: 1)
      expectations.expect(
        computer.pageTable.protect(page.address, [.writable, .noExecute]), "the page is not mapped")
      expectFault(&expectations, "fetch", probeExecute, at: page.address, [.protection, .fetch])
    }
  }

  private static func reservedBits(
    _ computer: Computer, _ reserved: PageAttributes, _ expectations: inout Expectations
  ) {
    TestPage.with(computer, &expectations) { page, expectations in
      expectations.expect(computer.pageTable.protect(page.address, reserved), "the page is not mapped")
      expectFault(&expectations, "read", probeRead, at: page.address, [.protection, .reservedBit])
    }
  }

  private static func supervisorPrevention(_ computer: Computer, _ expectations: inout Expectations) {
    TestPage.with(computer, &expectations, [.writable, .user]) { page, expectations in
      page.fill([returnInstruction])
      let protections: ControlRegister4 = [.supervisorExecutionPrevention, .supervisorAccessPrevention]
      ControlRegister4.current.formUnion(protections)
      expectFault(&expectations, "fetch", probeExecute, at: page.address, [.protection, .fetch])
      expectFault(&expectations, "read", probeRead, at: page.address, .protection)
      ControlRegister4.current.subtract(protections)
      let outcome = Processor.current.probe(probeExecute, page.address.rawValue)
      expectations.expect("fetch without SMEP", outcome, returns: 1)
    }
  }
}

extension PageAttributes {
  /// The highest address bit of an entry, if the processor has shorter physical addresses.
  fileprivate static func reserved(_ identification: ProcessorIdentification) -> PageAttributes? {
    identification.physicalAddressBits < 52 ? PageAttributes(rawValue: 1 << 51) : nil
  }
}
