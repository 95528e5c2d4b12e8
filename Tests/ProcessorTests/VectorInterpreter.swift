import Bus
import X86

@testable import Processor

/// A processor in 64-bit mode without paging that executes single instructions.
final class VectorInterpreter {
  /// Where the memory of a scenario lies in the machine's.
  static let operandAddress: UInt64 = 0x2000
  /// Where an instruction seems to lie.
  static let codeAddress: UInt64 = 0x1000

  let processor: VirtualProcessor
  let memory: GuestMemory
  private let platform = VectorPlatform()
  private let cache: CodeCache
  /// The instruction in the machine's memory.
  private var code: [UInt8] = []

  var core: Core { processor.core }

  init?() {
    guard let memory = GuestMemory(size: 1 << 20), let cache = CodeCache(memory: memory) else { return nil }
    self.memory = memory
    self.cache = cache
    processor = VirtualProcessor(
      index: 0, model: .complete, memory: memory, codeCache: cache, platform: platform)
    core.state.cr0 = [.protectionEnable, .numericError, .extensionType]
    core.state.cr4 = [.osfxsr, .osxmmexcpt, .osxsave]
    core.state.efer = [.lme, .lma]
    core.state.xcr0 = [.x87, .sse, .avx]
    core.state.codeMode = .bits64
    core.state.privilegeLevel = 0
    core.updateContext()
  }

  /// Executes one instruction by the handler that interprets it.
  ///
  /// - Returns: the fault that it raised. `nil` too if there is no handler, which is recorded in ``hasHandler``.
  func execute(_ bytes: [UInt8]) -> Fault? {
    var instruction = Instruction()
    let status = bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map {
        Decoder.decode($0, count: buffer.count, mode: core.state.codeMode, into: &instruction)
      }
    }
    guard status == .complete, Int(instruction.length) == bytes.count,
      let handler = vectorHandler(for: instruction) ?? x87Handler(for: instruction)
    else {
      hasHandler = false
      return nil
    }
    hasHandler = true
    core.state.pendingFault = nil
    core.setRegister(RegisterOffset.codePage, Self.codeAddress)
    core.setRegister(RegisterOffset.codeBase, 0 as UInt64)
    withUnsafeMutablePointer(to: &instruction) { pointer in
      var record = Record(handler)
      record.length = pointer.pointee.length
      record.immediate = UInt64(UInt(bitPattern: pointer))
      withUnsafeMutablePointer(to: &record) { _ = handler(core.raw, UnsafeMutableRawPointer($0)) }
    }
    defer { core.state.pendingFault = nil }
    return core.state.pendingFault
  }

  /// Whether the last instruction had a handler.
  private(set) var hasHandler = true

  /// Lets the processor fetch and execute one instruction from a scenario and tells what it left, or `nil` if it
  /// faulted.
  func run(_ bytes: [UInt8], from scenario: VectorScenario) -> VectorScenario? {
    load(scenario)
    if bytes != code {
      _ = bytes.withUnsafeBytes { memory.write(Self.codeAddress, from: $0) }
      code = bytes
    }
    core.setRegister(RegisterOffset.codeBase, 0 as UInt64)
    core.state.rip = Self.codeAddress
    guard processor.run(instructions: 1) == .finished,
      core.state.rip == Self.codeAddress + UInt64(bytes.count)
    else { return nil }
    return save()
  }

  private func load(_ scenario: VectorScenario) {
    core.loadVectors(scenario.area)
    core.setGeneral(GeneralRegister.rax, scenario.rax)
    core.setGeneral(GeneralRegister.rcx, scenario.rcx)
    core.setGeneral(GeneralRegister.rdx, scenario.rdx)
    core.setGeneral(GeneralRegister.rsi, Self.operandAddress)
    core.setGeneral(GeneralRegister.rdi, Self.operandAddress)
    core.rflags = RFLAGS(rawValue: scenario.flags | 2)
    scenario.memory.copy(to: memory.base + Int(Self.operandAddress))
  }

  private func save() -> VectorScenario {
    var scenario = VectorScenario()
    scenario.area = core.storeVectors()
    scenario.rax = core.general(GeneralRegister.rax)
    scenario.rcx = core.general(GeneralRegister.rcx)
    scenario.rdx = core.general(GeneralRegister.rdx)
    scenario.flags = core.rflags.rawValue
    scenario.memory.copy(from: memory.base + Int(Self.operandAddress))
    return scenario
  }
}

/// A board with nothing on it.
private final class VectorPlatform: ProcessorPlatform {
  func currentTime(of processor: VirtualProcessor) -> UInt64 { 0 }
  func observedTime(of processor: VirtualProcessor) -> UInt64 { 0 }
  func readPhysical(_ address: UInt64, width: AccessWidth, by processor: VirtualProcessor) -> UInt64 { ~0 }
  func writePhysical(_ address: UInt64, width: AccessWidth, value: UInt64, by processor: VirtualProcessor) {}
  func readPort(_ port: UInt16, width: AccessWidth, by processor: VirtualProcessor) -> UInt32 { ~0 }
  func writePort(_ port: UInt16, width: AccessWidth, value: UInt32, by processor: VirtualProcessor) {}
  func acknowledgeInterrupt(of processor: VirtualProcessor) -> UInt8? { nil }
  func taskPriority(of processor: VirtualProcessor) -> UInt8 { 0 }
  func setTaskPriority(_ priority: UInt8, of processor: VirtualProcessor) {}
  func readAPICRegister(_ index: UInt32, of processor: VirtualProcessor) -> UInt64? { nil }
  func writeAPICRegister(_ index: UInt32, value: UInt64, of processor: VirtualProcessor) -> Bool { false }
  func initialiseAPIC(of processor: VirtualProcessor) {}
  func ringDoorbell(atProcessor identifier: UInt32, by processor: VirtualProcessor) {}
  func nextRandom() -> UInt64 { 0 }
}
