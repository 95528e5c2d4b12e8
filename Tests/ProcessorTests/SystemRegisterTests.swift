import Testing
import X86

@testable import Processor

@Suite("Model-specific registers, time and reset")
struct SystemRegisterTests {
  let machine: SystemMachine
  var core: Core { machine.core }

  init() throws { machine = try #require(SystemMachine.longMode()) }

  private func write(_ index: UInt32, _ value: UInt64) -> Bool {
    core.setGeneral(GeneralRegister.rcx, UInt64(index))
    core.setGeneral(GeneralRegister.rax, value & 0xFFFF_FFFF)
    core.setGeneral(GeneralRegister.rdx, value >> 32)
    machine.execute(0x0F, 0x30)
    return machine.handledVector == nil
  }

  private func read(_ index: UInt32) -> UInt64? {
    core.setGeneral(GeneralRegister.rcx, UInt64(index))
    machine.execute(0x0F, 0x32)
    guard machine.handledVector == nil else { return nil }
    return core.general(GeneralRegister.rdx) << 32 | core.general(GeneralRegister.rax)
  }

  @Test("Addresses must be canonical")
  func canonicalAddresses() {
    #expect(write(MSR.gsBase, 0xFFFF_8000_0000_0000))
    #expect(core.segment(.gs).base == 0xFFFF_8000_0000_0000)
    #expect(!write(MSR.lstar, 0x8000_0000_0000))
  }

  @Test("A register that does not exist is #GP and is noted once, with how often")
  func unknownRegister() {
    #expect(read(0x17) == nil)
    core.state.rip = SystemMachine.Place.code
    #expect(read(0x17) == nil)
    #expect(
      machine.processor.unknownRegisters == [
        UnknownRegister(index: 0x17, access: .read, count: 2)
      ])
  }

  @Test("TSC counts the machine's time; TSC and TSC_ADJUST move together")
  func timeStampCounter() {
    #expect(read(MSR.timeStampCounter) == 1_000_000)
    #expect(write(MSR.timeStampCounter, 5_000_000))
    #expect(read(MSR.timeStampCounterAdjust) == 4_000_000)
    #expect(write(MSR.timeStampCounterAdjust, 0))
    machine.platform.time = 1_000_100
    machine.execute(0x0F, 0x31)  // rdtsc
    #expect(core.general(GeneralRegister.rax) == 1_000_100)
  }

  @Test("The deadline of the local APIC's timer is in ticks of this processor's TSC")
  func deadline() {
    #expect(write(MSR.timeStampCounterAdjust, 500))
    #expect(write(MSR.timeStampCounterDeadline, 2_000_500))
    #expect(machine.platform.deadline == 2_000_000)
    #expect(read(MSR.timeStampCounterDeadline) == 2_000_500)
    #expect(write(MSR.timeStampCounterDeadline, 0))
    #expect(machine.platform.deadline == 0)
  }

  @Test("Memory types are checked; the VGA window and the device hole begin uncacheable")
  func memoryTypes() {
    #expect(read(MSR.mtrrDefaultType) == 0xC06)
    #expect(read(MSR.mtrrFixed16KHigh) == 0)
    #expect(read(MSR.mtrrFixed64K) == 0x0606_0606_0606_0606)
    #expect(read(MSR.mtrrVariableFirst) == 0xC000_0000)
    #expect(read(MSR.mtrrVariableFirst + 1) == 0x3FFF_C000_0800)
    #expect(write(MSR.pageAttributeTable, 0x0407_0506_0007_0106))
    #expect(!write(MSR.pageAttributeTable, 2))
    core.state.rip = SystemMachine.Place.code
    #expect(!write(MSR.mtrrDefaultType, 0x1006))
  }

  @Test("EFER refuses what the model does not have, and keeps LMA")
  func extendedFeatures() {
    #expect(write(MSR.efer, EFER([.sce, .lme, .nxe]).rawValue))
    #expect(core.state.efer == [.sce, .lme, .lma, .nxe])
    #expect(!write(MSR.efer, EFER([.sce, .lme, .svme]).rawValue))
  }

  @Test("Machine check banks are silent, and their status takes only zero")
  func machineChecks() {
    #expect(read(MSR.machineCheckCapabilities) == 0x108)
    #expect(read(MSR.machineCheckBankFirst + 1) == 0)
    #expect(write(MSR.machineCheckBankFirst + 1, 0))
    #expect(!write(MSR.machineCheckBankFirst + 1, 1))
    core.state.rip = SystemMachine.Place.code
    #expect(read(MSR.machineCheckBankFirst + 8 * 4) == nil)
  }

  @Test("RDMSR needs level 0, and RDTSC obeys CR4.TSD")
  func privilege() {
    machine.enterUserMode()
    core.state.cr4.insert(.tsd)
    machine.execute(0x0F, 0x31)
    #expect(machine.handledVector == 13)
    machine.enterUserMode()
    #expect(read(MSR.timeStampCounter) == nil)
  }

  @Test("RDRAND gives the machine's numbers with CF; a 16-bit one leaves the rest of the register")
  func random() {
    machine.execute(0x48, 0x0F, 0xC7, 0xF0)  // rdrand rax
    #expect(core.general(GeneralRegister.rax) == machine.platform.random)
    #expect(core.rflags.intersection(LazyFlags.statusMask) == .carry)
    core.setGeneral(GeneralRegister.rbx, ~0)
    machine.execute(0x66, 0x0F, 0xC7, 0xFB)  // rdseed bx
    #expect(core.general(GeneralRegister.rbx) == 0xFFFF_FFFF_FFFF_CDEF)
  }

  @Test("RESET begins at the reset vector with the signature in RDX")
  func reset() {
    machine.processor.reset()
    #expect(core.state.cr0.rawValue == 0x6000_0010)
    #expect(core.general(GeneralRegister.rdx) == 0xA6_0F12)
    #expect(core.segment(.cs).base == 0xFFFF_0000)
    #expect(core.state.rip == 0xFFF0)
    #expect(core.state.codeMode == .bits16)
    #expect(core.rflags.rawValue == 2)
    #expect(machine.processor.activity == .running)
  }

  @Test("INIT keeps what RESET clears: caches, vector registers, memory types")
  func initialisation() {
    #expect(write(MSR.pageAttributeTable, 0))
    core.state.vectors[0] = 42
    core.state.mxcsr = 0x1FA0
    machine.processor.initialise()
    #expect(core.state.cr0 == .extensionType)
    #expect(core.state.vectors[0] == 42)
    #expect(core.state.mxcsr == 0x1FA0)
    #expect(core.state.modelSpecific.pageAttributeTable == 0)
    #expect(core.state.efer == [])
    #expect(core.state.dr6 == .alwaysOne)
  }
}
