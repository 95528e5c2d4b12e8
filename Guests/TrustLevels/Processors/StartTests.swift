import Bedrock
import Interfaces

/// HvCallEnableVpVtl and HvCallStartVirtualProcessor on a processor that does not run yet: what is refused
/// leaves it as it is, and what is accepted starts it as told.
///
/// The tests build on each other.
final class StartTests: @unchecked Sendable {
  private let bench: Bench
  private let identifiers: [UInt32]
  private let model: Processor
  private var indexes: [UInt32] = []
  private let records: [StartRecord]
  /// What a processor would fill if a call had an effect that it must not have.
  private let trap = StartRecord()

  private var level: HyperV.VirtualTrustLevel { bench.partition.level }
  private var target: UInt32 { indexes[0] }

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let identifiers = bench.apicIdentifiers.filter { $0 != bench.computer.processors[0].apicIdentifier }
    guard !identifiers.isEmpty else {
      list.skip("starting processors by calls", because: "there is one processor")
      return
    }
    let tests = StartTests(bench, identifiers)
    list.test("every APIC identifier has an index of its own, below the limit", tests.findIndexes)
    if bench.partition.isAboveLowestLevel {
      list.test("a processor without the level does not start", tests.startBeforeEnable)
      list.test("a context that is not legal does not enable the level", tests.enableIllegal)
      list.test("a processor that gets the level does not start", tests.enable)
      list.test("a level is enabled once", tests.enableAgain)
    }
    list.test("a context that is not legal does not start the processor", tests.startIllegal)
    list.test("a processor starts in the context, and all else is as after INIT", tests.start)
    list.test("a processor that runs starts again, in another context", tests.restart)
    list.test("processors that start at once have their own stacks and tables", tests.startAll)
  }

  private init(_ bench: Bench, _ identifiers: [UInt32]) {
    self.bench = bench
    self.identifiers = identifiers
    model = bench.computer.processors[0]
    records = identifiers.map { _ in StartRecord() }
  }

  private func findIndexes(_ expectations: inout Expectations) {
    bench.putIdentifiers(identifiers)
    expectations.expect(
      "the call", bench.call(.getProcessorIndex, count: identifiers.count), is: .success,
      completed: identifiers.count)
    indexes = identifiers.indices.map { bench.output.load(fromByteOffset: $0 * 4, as: UInt32.self) }
    for (position, index) in indexes.enumerated() {
      expectations.expect(index < bench.partition.processorLimit, "index \(index)")
      expectations.expect(index != bench.ownIndex, "the first processor's index")
      expectations.expect(!indexes[..<position].contains(index), "index \(index) twice")
    }
  }

  /// Makes a call with a context, and expects that the processor does not start.
  private func call(
    _ what: StaticString, _ code: HyperV.HypercallCode, _ context: HyperV.InitialContext,
    is status: HyperV.HypercallStatus, _ expectations: inout Expectations
  ) {
    bench.putStart(of: target, at: level, in: context)
    expectations.expect(what, bench.call(code), is: status)
  }

  private func startBeforeEnable(_ expectations: inout Expectations) {
    call(
      "HvCallStartVirtualProcessor", .startProcessor, trap.context(like: model),
      is: .invalidProcessorState, &expectations)
    bench.pause()
    expectations.expect("starts", trap.count, is: 0)
  }

  private func tryIllegal(_ code: HyperV.HypercallCode, _ expectations: inout Expectations) {
    var changes = ContextTests.illegal
    if bench.partition.isAboveLowestLevel { changes.append(("real mode", ContextTests.enterRealMode)) }
    for (name, change) in changes {
      var context = trap.context(like: model)
      change(&context)
      call(name, code, context, is: .invalidRegisterValue, &expectations)
    }
    bench.pause()
    expectations.expect("starts", trap.count, is: 0)
  }

  private func enableIllegal(_ expectations: inout Expectations) {
    tryIllegal(.enableProcessorLevel, &expectations)
    call(
      "HvCallStartVirtualProcessor", .startProcessor, trap.context(like: model),
      is: .invalidProcessorState, &expectations)
    expectations.expect("starts", trap.count, is: 0)
  }

  private func enable(_ expectations: inout Expectations) {
    call("HvCallEnableVpVtl", .enableProcessorLevel, trap.context(like: model), is: .success, &expectations)
    bench.pause()
    expectations.expect("starts", trap.count, is: 0)
    bench.putLevelStatus()
    bench.input.storeBytes(of: target, toByteOffset: HyperV.RegisterInput.processor, as: UInt32.self)
    expectations.expect("its levels", bench.call(.getRegisters, count: 1), is: .success, completed: 1)
    let enabled = HyperV.ProcessorLevelStatus(rawValue: bench.levelStatus).enabled
    expectations.expect(enabled & 1 << UInt16(level.rawValue) != 0, "the level is not enabled")
  }

  private func enableAgain(_ expectations: inout Expectations) {
    call(
      "HvCallEnableVpVtl", .enableProcessorLevel, records[0].context(like: model),
      is: .trustLevelAlreadyEnabled, &expectations)
    bench.pause()
    expectations.expect("starts", records[0].count, is: 0)
  }

  private func startIllegal(_ expectations: inout Expectations) {
    tryIllegal(.startProcessor, &expectations)
  }

  private func start(_ expectations: inout Expectations) {
    let record = records[0]
    let context = record.context(like: model)
    call("HvCallStartVirtualProcessor", .startProcessor, context, is: .success, &expectations)
    guard bench.waits(for: { record.count > 0 }) else {
      expectations.expect(false, "it does not start")
      return
    }
    expectations.expect("by the context of HvCallEnableVpVtl", trap.count, is: 0)
    expect(record, context, identifiers[0], indexes[0], &expectations)
  }

  /// Expects that a processor began in a context.
  private func expect(
    _ record: StartRecord, _ context: HyperV.InitialContext, _ identifier: UInt32, _ index: UInt32,
    _ expectations: inout Expectations
  ) {
    for register in StartRecord.generalRegisters {
      expectations.expect("a general register", record[register], is: 0)
    }
    let pairs: [(StaticString, StartRecord.Word, UInt64)] = [
      ("RSP", .rsp, context.stackPointer), ("RFLAGS", .flags, context.flags), ("CR0", .cr0, context.cr0),
      ("CR3", .cr3, context.cr3), ("CR4", .cr4, context.cr4), ("EFER", .efer, context.efer),
      ("PAT", .pageAttributeTable, context.pageAttributeTable), ("CS", .cs, UInt64(context.cs.selector)),
      ("DS", .ds, UInt64(context.ds.selector)), ("ES", .es, UInt64(context.es.selector)),
      ("FS", .fs, UInt64(context.fs.selector)), ("GS", .gs, UInt64(context.gs.selector)),
      ("SS", .ss, UInt64(context.ss.selector)), ("TR", .tr, UInt64(context.tr.selector)),
      ("LDTR", .ldtr, UInt64(context.ldtr.selector)), ("DR7", .dr7, 0x400), ("LSTAR", .lstar, 0),
      ("APIC base", .apicBase, 0xFEE0_0800), ("spurious interrupt", .spuriousInterrupt, 0xFF),
      ("APIC identifier", .apicIdentifier, UInt64(identifier)), ("index", .index, UInt64(index)),
    ]
    for (name, word, expected) in pairs { expectations.expect(name, record[word], is: expected) }
    let gdtr = record.table(.gdtrLimit, .gdtrBase)
    let idtr = record.table(.idtrLimit, .idtrBase)
    expectations.expect(gdtr == context.gdtr, "GDTR: \(hexadecimal(gdtr.base))h, \(gdtr.limit)")
    expectations.expect(idtr == context.idtr, "IDTR: \(hexadecimal(idtr.base))h, \(idtr.limit)")
  }

  private func restart(_ expectations: inout Expectations) {
    let context = trap.context(like: model)
    if bench.partition.isAboveLowestLevel {
      call("HvCallEnableVpVtl", .enableProcessorLevel, context, is: .trustLevelAlreadyEnabled, &expectations)
    }
    call("HvCallStartVirtualProcessor", .startProcessor, context, is: .success, &expectations)
    guard bench.waits(for: { trap.count > 0 }) else {
      expectations.expect(false, "it does not start")
      return
    }
    expect(trap, context, identifiers[0], indexes[0], &expectations)
    expectations.expect("starts in the first context", records[0].count, is: 1)
  }

  private func startAll(_ expectations: inout Expectations) {
    let contexts = records.map { $0.context(like: model) }
    for (index, context) in zip(indexes, contexts) {
      if bench.partition.isAboveLowestLevel {
        bench.putStart(of: index, at: level, in: context)
        let status = bench.call(.enableProcessorLevel).status
        expectations.expect(status == .success || status == .trustLevelAlreadyEnabled, "not enabled")
      }
      bench.putStart(of: index, at: level, in: context)
      expectations.expect("HvCallStartVirtualProcessor", bench.call(.startProcessor), is: .success)
    }
    // The first record was filled once before.
    let started = bench.waits {
      zip(records, indexes).allSatisfy { $0.count >= ($1 == target ? 2 : 1) }
    }
    expectations.expect(started, "not all start")
    for (position, record) in records.enumerated() {
      expect(record, contexts[position], identifiers[position], indexes[position], &expectations)
    }
  }
}
