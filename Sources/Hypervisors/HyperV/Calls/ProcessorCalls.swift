import Interfaces
import Processor
import X86

/// The calls that bring virtual processors to life.
extension HyperVHypervisor {
  /// HvCallGetVpIndexFromApicId. The level need not be enabled on the processor yet.
  func getProcessorIndex(_ call: Hypercall) throws(HyperV.HypercallStatus) {
    typealias Input = HyperV.ProcessorIndexInput
    try call.requireOwnPartition(at: Input.partition)
    _ = try call.plainLevel(at: Input.level)
    try call.requireZero(Input.zero..<Input.size)
    try forEachElement(of: call) { number throws(HyperV.HypercallStatus) in
      let identifier = call.load(call.offset(ofElement: number), as: UInt32.self)
      let found = processors.first { machine.localAPICIdentifier(of: $0.number) == identifier }
      guard let found else { throw .invalidParameter }
      call.store(found.index, at: number * MemoryLayout<UInt32>.size)
    }
  }

  /// HvCallEnableVpVtl: a processor gets a level, with the state in which it will be entered first.
  func enableProcessorLevel(_ call: Hypercall) throws(HyperV.HypercallStatus) {
    let start = try processorStart(call)
    guard partition(start.level).isEnabled else { throw .invalidTrustLevelState }
    let target = start.processor[start.level]
    // A lower level may enable the next one, for itself and only on the first processor that gets it.
    if call.level < start.level {
      let isFirst = !processors.contains { $0[start.level].isEnabled }
      guard highestEnabledLevel(below: start.level) == call.level else { throw .accessDenied }
      guard target.isEnabled || start.processor === call.caller && isFirst else { throw .accessDenied }
    }
    guard !target.isEnabled else { throw .trustLevelAlreadyEnabled }
    target.context = try context(start.context, for: start.level)
    target.isEnabled = true
    machine.addLocalAPIC(start.level, of: start.processor.number)
  }

  /// HvCallStartVirtualProcessor: like INIT for a level of another processor, which then runs from a given state. A
  /// processor that runs already starts anew, so that a kernel can take one offline and online again.
  func startProcessor(_ call: Hypercall) throws(HyperV.HypercallStatus) {
    let start = try processorStart(call)
    guard call.level >= start.level else { throw .accessDenied }
    guard !isStartupDenied(to: call.level) else { throw .accessDenied }
    guard start.processor !== call.caller else { throw .invalidProcessorIndex }
    let target = start.processor[start.level]
    guard target.isEnabled else { throw .invalidProcessorState }
    let context = try context(start.context, for: start.level)
    statistics.processorStarts += 1
    begin(target, of: start.processor, with: context)
  }

  /// Puts a level of a processor, which may run in any level, into an initial state. If a higher level is enabled,
  /// that one runs first.
  private func begin(
    _ target: ProcessorLevel, of processor: PartitionProcessor, with context: ProcessorContext
  ) {
    target.reset()
    machine.initialiseLocalAPIC(target.level, of: processor.number)
    target.context = context
    let wasStarted = processor.isStarted
    processor.isStarted = true
    if wasStarted, processor.active != target.level { return }
    processor.processor.initialiseNow()
    load(wasStarted ? target : processor.levels.last { $0.isEnabled } ?? target, of: processor)
  }

  /// A level above one forbids it to start processors.
  private func isStartupDenied(to level: HyperV.VirtualTrustLevel) -> Bool {
    levels.contains { $0.level > level && $0.configuration.contains(.denyLowerStartup) }
  }

  // MARK: Input

  private struct ProcessorStartRequest {
    let processor: PartitionProcessor
    let level: HyperV.VirtualTrustLevel
    let context: HyperV.InitialContext
  }

  private func processorStart(_ call: Hypercall) throws(HyperV.HypercallStatus) -> ProcessorStartRequest {
    typealias Input = HyperV.ProcessorStartInput
    try call.requireOwnPartition(at: Input.partition)
    let processor = try self.processor(call.load(Input.processor), of: call)
    let level = try call.plainLevel(at: Input.level)
    try call.requireZero(Input.zero..<Input.context)
    guard let start = call.input.baseAddress else { throw .invalidInput }
    return ProcessorStartRequest(
      processor: processor, level: level, context: HyperV.InitialContext(reading: start + Input.context))
  }

  /// The processor that an index names; the caller may name itself.
  func processor(_ index: UInt32, of call: Hypercall) throws(HyperV.HypercallStatus) -> PartitionProcessor {
    if index == HyperV.processorSelf { return call.caller }
    guard let found = processor(withIndex: index) else { throw .invalidProcessorIndex }
    return found
  }

  /// The processor with an index; `nil` if there is none.
  func processor(withIndex index: UInt32) -> PartitionProcessor? {
    guard index < UInt32(processors.count) else { return nil }
    return switch configuration.numbering {
    case .ascending: processors[Int(index)]
    case .descending: processors[processors.count - 1 - Int(index)]
    }
  }

  /// The state that an initial context describes; real mode exists at VTL0 only (TLFS 15.8).
  private func context(
    _ initial: HyperV.InitialContext, for level: HyperV.VirtualTrustLevel
  ) throws(HyperV.HypercallStatus) -> ProcessorContext {
    let context = ProcessorContext(initial)
    guard context.isConsistent(with: machine.processors[0].model),
      level == .vtl0 || context.cr0.contains(.protectionEnable)
    else { throw .invalidRegisterValue }
    return context
  }
}

extension ProcessorContext {
  /// The state of a processor that begins with an initial context.
  init(_ initial: HyperV.InitialContext) {
    self.init()
    instructionPointer = initial.instructionPointer
    stackPointer = initial.stackPointer
    flags = RFLAGS(rawValue: initial.flags)
    cs = Segment(initial.cs)
    ds = Segment(initial.ds)
    es = Segment(initial.es)
    fs = Segment(initial.fs)
    gs = Segment(initial.gs)
    ss = Segment(initial.ss)
    tr = Segment(initial.tr)
    ldtr = Segment(initial.ldtr)
    idtr = Table(base: initial.idtr.base, limit: initial.idtr.limit)
    gdtr = Table(base: initial.gdtr.base, limit: initial.gdtr.limit)
    efer = EFER(rawValue: initial.efer)
    cr0 = CR0(rawValue: initial.cr0)
    cr3 = initial.cr3
    cr4 = CR4(rawValue: initial.cr4)
    pageAttributeTable = initial.pageAttributeTable
    derivePrivilegeLevel()
  }
}

extension ProcessorContext.Segment {
  init(_ segment: HyperV.SegmentRegister) {
    self.init(
      base: segment.base, limit: segment.limit, selector: segment.selector, attributes: segment.attributes)
  }
}
