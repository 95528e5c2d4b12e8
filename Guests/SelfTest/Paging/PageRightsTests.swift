import Bedrock

/// Every combination of a page's rights, what is done to it, who does it, and what the control registers say:
/// permitted or not, and with which error code.
struct PageRightsTests {
  private static let returnInstruction: UInt8 = 0xC3

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = PageRightsTests(bench: bench)
    list.test("rights in the entry of the page") { tests.check(level: 1, contexts: tests.contexts(), &$0) }
    list.test("rights in the entry of a 2 MiB region") {
      tests.check(level: 2, contexts: tests.contexts(), &$0)
    }
    list.test("rights in the entry of a 1 GiB region") {
      tests.check(level: 3, contexts: tests.contexts(), &$0)
    }
    list.test("rights in the entry of a 512 GiB region") {
      tests.check(level: 4, contexts: tests.contexts(), &$0)
    }
    let identification = ProcessorIdentification()
    if identification.has(.supervisorExecutionPrevention) {
      list.test("SMEP keeps the supervisor from executing user pages") { expectations in
        var context = AccessContext()
        context.preventsSupervisorExecution = true
        tests.check(level: 1, contexts: [context], &expectations)
        tests.check(level: 3, contexts: [context], &expectations)
        context.program = .user64
        tests.check(level: 1, contexts: [context], &expectations)
      }
    } else {
      list.skip("SMEP", because: "the processor does not have it")
    }
    if identification.has(.supervisorAccessPrevention) {
      list.test("SMAP keeps the supervisor from using user pages unless RFLAGS.AC is set") { expectations in
        for isAccessAllowed in [false, true] {
          for isWriteProtected in [false, true] {
            var context = AccessContext()
            context.preventsSupervisorAccess = true
            context.isAccessAllowed = isAccessAllowed
            context.isWriteProtected = isWriteProtected
            tests.check(level: 1, contexts: [context], &expectations)
            tests.check(level: 4, contexts: [context], &expectations)
          }
        }
      }
    } else {
      list.skip("SMAP", because: "the processor does not have it")
    }
  }

  /// The supervisor with and without CR0.WP, and the user.
  private func contexts() -> [AccessContext] {
    var unprotected = AccessContext()
    unprotected.isWriteProtected = false
    var user = AccessContext()
    user.program = .user64
    return [AccessContext(), unprotected, user]
  }

  private func check(level: Int, contexts: [AccessContext], _ expectations: inout Expectations) {
    TestPage.with(bench.computer, &expectations, [.writable, .user]) { page, expectations in
      guard let entry = bench.computer.pageTable.entry(of: page.address, level: level) else {
        expectations.expect(false, "no entry")
        return
      }
      page.fill([Self.returnInstruction])
      let permissive = entry.pointee
      let rights: PageAttributes = [.writable, .user, .noExecute]
      let hasNoExecute = ExtendedFeatures.current.contains(.noExecuteEnable)
      for combination in 0..<UInt64(16) {
        var attributes: PageAttributes = []
        if combination & 1 != 0 { attributes.insert(.writable) }
        if combination & 2 != 0 { attributes.insert(.user) }
        if combination & 4 != 0, hasNoExecute { attributes.insert(.noExecute) }
        let isPresent = combination & 8 != 0
        entry.pointee = permissive & ~(rights.rawValue | 1) | attributes.rawValue | (isPresent ? 1 : 0)
        for context in contexts {
          for access in PageAccess.allCases {
            // What the translation buffer kept of the combination before must not matter.
            bench.computer.pageTable.activate()
            let outcome = context.apply {
              bench.run(
                access.routine, as: context.program, page.address.rawValue, UInt64(Self.returnInstruction),
                flags: context.isAccessAllowed ? .alignmentCheck : [])
            }
            let expected = context.fault(access, isPresent: isPresent, attributes)
            if !Self.matches(outcome, expected, at: page.address) {
              expectations.expect(
                false,
                "\(access.name) with entry \(hexadecimal(entry.pointee)), \(context.program.isUser ? "user" : "supervisor"): "
                  + Self.describe(outcome)
                  + " instead of \(expected.map { hexadecimal($0.rawValue) } ?? "none")")
            }
          }
        }
      }
      entry.pointee = permissive
      bench.computer.pageTable.activate()
    }
  }

  private static func matches(_ outcome: ProbeOutcome, _ expected: PageFaultCode?, at address: VirtualAddress)
    -> Bool
  {
    switch (outcome, expected) {
    case (.returned, nil): true
    case (.raised(let raised), .some(let code)):
      raised.vector == .pageFault && raised.errorCode == code.rawValue
        && raised.faultAddress == address.rawValue
    default: false
    }
  }

  private static func describe(_ outcome: ProbeOutcome) -> String {
    switch outcome {
    case .returned: "no fault"
    case .raised(let raised):
      "\(raised.vector.mnemonic) \(hexadecimal(raised.errorCode)), CR2 \(hexadecimal(raised.faultAddress)),"
    }
  }
}
