import Bedrock

@_extern(c, "selftest_invpcid") private func probeInvalidateContext(_: UInt64, _: UInt64) -> UInt64

/// What the processor may keep of a translation, and when it has to forget: AMD64 APM volume 2, sections 5.5
/// and 5.5.2.
struct TranslationTests {
  private static let global: UInt64 = 1 << 8
  private static let first: UInt64 = 0x1111
  private static let second: UInt64 = 0x2222
  private static let noFlush: UInt64 = 1 << 63

  /// How INVPCID invalidates: what its register operand says.
  private enum ContextInvalidation: UInt64 {
    case address = 0
    case context = 1
    case allWithGlobals = 2
    case all = 3
  }

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = TranslationTests(bench: bench)
    let identification = ProcessorIdentification()
    list.test("a mapped page shows its frame", tests.mapped)
    list.test("two mappings of a frame show the same bytes", tests.aliased)
    list.test("INVLPG forgets a page", tests.invalidatePage)
    list.test("INVLPG within a 2 MiB page forgets all of it", tests.invalidateLargePage)
    list.test("a write of CR3 forgets what is not global", tests.writeRoot)
    list.test("INVLPG forgets a global page", tests.invalidateGlobal)
    list.test("writes of CR4.PGE forget global pages", tests.toggleGlobals)
    list.test("a page that becomes present needs no invalidation", tests.becomesPresent)
    if identification.has(.processContexts) {
      list.test("PCID: #GP unless CR3's low bits are clear when CR4.PCIDE is set", tests.enableContexts)
      list.test("PCID: bit 63 of a write of CR3 is accepted and not stored", tests.keepContext)
      list.test("PCID: contexts do not see each other's pages", tests.separateContexts)
    } else {
      list.skip("PCID", because: "the processor does not have it")
    }
    if identification.has(.invalidateContext) {
      list.test("INVPCID: all types", tests.invalidateContexts)
      list.test(
        "INVPCID: #GP for unknown types, reserved bits and addresses that are not canonical",
        tests.refusedInvalidations)
    } else {
      list.test("INVPCID: #UD where it is not offered") { expectations in
        expectations.expect(
          "INVPCID", Processor.current.probe(probeInvalidateContext), raises: .invalidOpcode)
      }
    }
  }

  private func read(_ page: TestPage, _ offset: UInt64 = 0) -> ProbeOutcome {
    Processor.current.probe(probeRead, page.address.rawValue + offset)
  }

  private func mapped(_ expectations: inout Expectations) {
    TestPage.with(bench.computer, &expectations) { page, expectations in
      let outcome = Processor.current.probe(probeWrite, page.address.rawValue + 8, Self.first)
      expectations.expect("write", outcome, returns: Self.first)
      let stored = page.frame.pointer?.load(fromByteOffset: 8, as: UInt64.self)
      expectations.expect("the frame's bytes", stored ?? 0, is: Self.first)
    }
  }

  private func aliased(_ expectations: inout Expectations) {
    TestPage.with(bench.computer, &expectations) { page, expectations in
      // In another 2 MiB and another 1 GiB.
      let alias = page.address + (1 << 30) + (1 << 21)
      do throws(PageTable.Failure) {
        try bench.computer.pageTable.map(alias, to: page.frame, .writable)
      } catch {
        expectations.expect(false, "the alias could not be mapped")
        return
      }
      _ = Processor.current.probe(probeWrite, page.address.rawValue, Self.first)
      let outcome = Processor.current.probe(probeRead, alias.rawValue)
      expectations.expect("read through the alias", outcome, returns: Self.first)
      _ = bench.computer.pageTable.unmap(alias)
    }
  }

  /// Runs `body` with a page that has been read, and a function that maps the other of its two frames.
  ///
  /// The first frame holds `first`, the other one `second`.
  private func withTwoFrames(
    _ expectations: inout Expectations, attributes: PageAttributes = .writable,
    _ body: (TestPage, _ exchange: () -> Void, inout Expectations) -> Void
  ) {
    let computer = bench.computer
    TestPage.with(computer, &expectations, attributes) { page, expectations in
      guard let other = computer.frames.allocate(),
        let entry = computer.pageTable.entry(of: page.address, level: 1)
      else {
        expectations.expect(false, "no memory")
        return
      }
      defer { computer.frames.free(other) }
      page.frame.pointer?.storeBytes(of: Self.first, as: UInt64.self)
      other.pointer?.storeBytes(of: Self.second, as: UInt64.self)
      let before = entry.pointee
      expectations.expect("first frame", read(page), returns: Self.first)
      let difference = page.frame.rawValue ^ other.rawValue
      body(page, { entry.pointee ^= difference }, &expectations)
      entry.pointee = before
      invalidate(page)
    }
  }

  private func invalidate(_ page: TestPage) { _ = bench.computer.pageTable.protect(page.address, .writable) }

  private func invalidatePage(_ expectations: inout Expectations) {
    withTwoFrames(&expectations) { page, exchange, expectations in
      exchange()
      _ = Processor.current.probe(probeInvalidatePage, page.address.rawValue + 0xFFF)
      expectations.expect("second frame", read(page), returns: Self.second)
    }
  }

  private func invalidateLargePage(_ expectations: inout Expectations) {
    TestPage.with(bench.computer, &expectations) { page, expectations in
      guard let entry = bench.computer.pageTable.entry(of: page.address, level: 2) else { return }
      let before = entry.pointee
      let start = page.address.rawValue & ~0x1F_FFFF
      // The first 2 MiB of memory, then the page that is somewhere in them no more.
      entry.pointee = 0x83
      bench.computer.pageTable.activate()
      expectations.expectReturn("read at its end", Processor.current.probe(probeRead, start + 0x1F_F000))
      expectations.expectReturn("read in its midst", Processor.current.probe(probeRead, start + 0x10_0000))
      entry.pointee = 0
      _ = Processor.current.probe(probeInvalidatePage, start + 0x8000)
      expectations.expect(
        "read at its end", Processor.current.probe(probeRead, start + 0x1F_F000), raises: .pageFault,
        faultAddress: start + 0x1F_F000)
      expectations.expect(
        "read in its midst", Processor.current.probe(probeRead, start + 0x10_0000), raises: .pageFault,
        faultAddress: start + 0x10_0000)
      entry.pointee = before
    }
  }

  private func writeRoot(_ expectations: inout Expectations) {
    withTwoFrames(&expectations) { page, exchange, expectations in
      exchange()
      bench.computer.pageTable.activate()
      expectations.expect("second frame", read(page), returns: Self.second)
    }
  }

  private func withGlobalPages(_ body: () -> Void) {
    ControlRegister4.current.insert(.globalPages)
    body()
    ControlRegister4.current.remove(.globalPages)
  }

  private func invalidateGlobal(_ expectations: inout Expectations) {
    withGlobalPages {
      withTwoFrames(&expectations, attributes: [.writable, .global]) { page, exchange, expectations in
        exchange()
        _ = Processor.current.probe(probeInvalidatePage, page.address.rawValue)
        expectations.expect("second frame", read(page), returns: Self.second)
      }
    }
  }

  private func toggleGlobals(_ expectations: inout Expectations) {
    withGlobalPages {
      withTwoFrames(&expectations, attributes: [.writable, .global]) { page, exchange, expectations in
        exchange()
        ControlRegister4.current.remove(.globalPages)
        ControlRegister4.current.insert(.globalPages)
        expectations.expect("second frame", read(page), returns: Self.second)
      }
    }
  }

  private func becomesPresent(_ expectations: inout Expectations) {
    TestPage.with(bench.computer, &expectations) { page, expectations in
      guard let entry = bench.computer.pageTable.entry(of: page.address, level: 1) else { return }
      entry.pointee &= ~1
      _ = Processor.current.probe(probeInvalidatePage, page.address.rawValue)
      expectations.expect("absent", read(page), raises: .pageFault, faultAddress: page.address.rawValue)
      entry.pointee |= 1
      expectations.expectReturn("present", read(page))
    }
  }

  // MARK: - Process contexts

  private func withContexts(_ body: () -> Void) {
    ControlRegister4.current.insert(.processContextIdentifiers)
    body()
    bench.computer.pageTable.activate()
    ControlRegister4.current.remove(.processContextIdentifiers)
  }

  private func enableContexts(_ expectations: inout Expectations) {
    let root = bench.computer.pageTable.root.rawValue
    let bits = ControlRegister4.current.union(.processContextIdentifiers).rawValue
    // Without PCIDs, bits 3 and 4 of CR3 are for the caches and the others are ignored.
    expectations.expectReturn("CR3 with PWT", Processor.current.probe(probeWriteCR3, root | 0x8))
    expectations.expect(
      "CR4.PCIDE", Processor.current.probe(probeWriteCR4, bits), raises: .generalProtection)
    bench.computer.pageTable.activate()
    expectations.expectReturn("CR4.PCIDE", Processor.current.probe(probeWriteCR4, bits))
    ControlRegister4.current.remove(.processContextIdentifiers)
  }

  private func keepContext(_ expectations: inout Expectations) {
    let root = bench.computer.pageTable.root.rawValue
    withContexts {
      expectations.expectReturn("bit 63", Processor.current.probe(probeWriteCR3, root | 5 | Self.noFlush))
      expectations.expect("CR3", Processor.current.probe(probeReadCR3), returns: root | 5)
    }
    expectations.expect(
      "bit 63 without CR4.PCIDE", Processor.current.probe(probeWriteCR3, root | Self.noFlush),
      raises: .generalProtection)
  }

  private func separateContexts(_ expectations: inout Expectations) {
    let root = bench.computer.pageTable.root.rawValue
    withContexts {
      withTwoFrames(&expectations) { page, exchange, expectations in
        exchange()
        // A context that has not been used cannot know the old frame.
        _ = Processor.current.probe(probeWriteCR3, root | 9)
        expectations.expect("in a new context", read(page), returns: Self.second)
        exchange()
        // Without bit 63 the write forgets what the context knew.
        _ = Processor.current.probe(probeWriteCR3, root | 9)
        expectations.expect("in a context that is flushed", read(page), returns: Self.first)
        _ = Processor.current.probe(probeWriteCR3, root)
      }
    }
  }

  // MARK: - INVPCID

  private func invalidateContext(_ type: UInt64, _ context: UInt64, _ address: UInt64 = 0) -> ProbeOutcome {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2) { descriptor in
      descriptor.initialize(repeating: 0)
      descriptor[0] = context
      descriptor[1] = address
      return Processor.current.probe(
        probeInvalidateContext, UInt64(UInt(bitPattern: descriptor.baseAddress)), type)
    }
  }

  private func invalidateContexts(_ expectations: inout Expectations) {
    for type in [ContextInvalidation.address, .context, .allWithGlobals, .all] {
      let attributes: PageAttributes = type == .allWithGlobals ? [.writable, .global] : .writable
      withTwoFrames(&expectations, attributes: attributes) { page, exchange, expectations in
        exchange()
        expectations.expectReturn("INVPCID", invalidateContext(type.rawValue, 0, page.address.rawValue))
        expectations.expect("second frame", read(page), returns: Self.second)
      }
    }
  }

  private func refusedInvalidations(_ expectations: inout Expectations) {
    let nonCanonical: UInt64 = 1 << 47
    expectations.expect("type 4", invalidateContext(4, 0), raises: .generalProtection)
    expectations.expect("reserved bits", invalidateContext(1, 1 << 12), raises: .generalProtection)
    expectations.expect("address", invalidateContext(0, 0, nonCanonical), raises: .generalProtection)
    expectations.expect(
      "a context without CR4.PCIDE", invalidateContext(1, 1), raises: .generalProtection)
    expectations.expect(
      "at privilege level 3", bench.run(probeInvalidateContext, as: .user64, 0, 0),
      raises: .generalProtection)
  }
}

extension ProcessorFeature {
  fileprivate static var processContexts: Self { Self("pcid", 1, .ecx, 17) }
  fileprivate static var invalidateContext: Self { Self("invpcid", 7, .ebx, 10) }
}
