import Testing
import X86

@testable import Processor

@Suite("Legacy protected mode")
struct SystemProtectedModeTests {
  typealias Place = SystemMachine.Place
  typealias Selectors = SystemMachine.Selectors
  let machine: SystemMachine
  var core: Core { machine.core }

  init() throws { machine = try #require(SystemMachine.protectedMode()) }

  // MARK: Events

  @Test("An exception at level 3 takes SS0:ESP0 and pushes 32-bit values")
  func exception() {
    machine.enterUserMode(code: Selectors.userCode32)
    machine.execute(0xFA)  // cli
    #expect(machine.handledVector == 13)
    #expect(core.general(GeneralRegister.rsp) == Place.supervisorStack - 24)
    #expect(machine.stack32(0) == 0)
    #expect(machine.stack32(1) == UInt32(Place.userCode))
    #expect(machine.stack32(2) == UInt32(Selectors.userCode32))
    #expect(machine.stack32(4) == UInt32(Place.userStack))
    #expect(machine.stack32(5) == UInt32(Selectors.userData))
    #expect(core.segment(.ss).selector == Selectors.data)
    machine.run(0)
    core.setGeneral(GeneralRegister.rsp, Place.supervisorStack - 20)
    machine.execute(0xCF)  // iret
    #expect(core.state.rip == Place.userCode)
    #expect(core.state.privilegeLevel == 3)
    #expect(core.general(GeneralRegister.rsp) == Place.userStack)
  }

  @Test("A 16-bit gate pushes words and goes to a 16-bit offset")
  func gate16() {
    core.setGeneral(GeneralRegister.rsp, 0x7000)
    machine.putGate32(0x21, type: 6, privilegeLevel: 0, selector: Selectors.code16)
    machine.execute(0xCD, 0x21)
    #expect(core.general(GeneralRegister.rsp) == 0x7000 - 6)
    #expect(machine.stack16(0) == UInt16(truncatingIfNeeded: Place.code + 2))
    #expect(machine.stack16(1) == Selectors.code32)
    #expect(core.state.codeMode == .bits16)
    #expect(core.state.rip == (Place.handlers + 0x21 * 16) & 0xFFFF)
  }

  @Test("A stack segment of the wrong level in the TSS is #TS with its selector")
  func badStackInTask() {
    machine.put(UInt32(Selectors.userData), at: Place.task + 8)
    machine.putGate32(10, type: 0xE, privilegeLevel: 0, selector: Selectors.code32)
    machine.enterUserMode(code: Selectors.userCode32)
    machine.execute(0xFA)
    // Every handler needs the same stack: #TS during #GP is a double fault, and that shuts down.
    #expect(machine.processor.activity == .shutdown)
    let last = machine.processor.diagnostics.recentExceptions.last
    #expect((last?.exception).map(Fault.exception) == .selector(.invalidTSS, Selectors.userData, external: 1))
    #expect(core.state.rip == Place.userCode)
    #expect(core.general(GeneralRegister.rsp) == Place.userStack)
  }

  // MARK: Segments

  @Test("A segment register takes only what its type and privilege allow")
  func segmentChecks() {
    core.setGeneral(GeneralRegister.rax, UInt64(Selectors.code32))
    machine.execute(0x8E, 0xD0)  // mov ss, ax: code
    #expect(machine.handledVector == 13)
    #expect(machine.stack32(0) == UInt32(Selectors.code32))
    machine.putDescriptor(Selectors.spare, limit: 0xFF, access: 0x13, flags: 0)
    core.setGeneral(GeneralRegister.rax, UInt64(Selectors.spare))
    machine.execute(0x8E, 0xD8)  // mov ds, ax: not present
    #expect(machine.handledVector == 11)
    machine.execute(0x8E, 0xD0)  // mov ss, ax: not present
    #expect(machine.handledVector == 12)
    core.setGeneral(GeneralRegister.rax, 0x200)
    machine.execute(0x8E, 0xD8)  // mov ds, ax: beyond the table
    #expect(machine.handledVector == 13)
    #expect(machine.stack32(0) == 0x200)
    machine.enterUserMode(code: Selectors.userCode32)
    core.setGeneral(GeneralRegister.rax, UInt64(Selectors.data))
    machine.execute(0x8E, 0xC0)  // mov es, ax: level 0
    #expect(machine.handledVector == 13)
  }

  @Test("Loading a segment marks its descriptor accessed; its limit is checked afterwards")
  func segmentLoad() {
    machine.putDescriptor(Selectors.spare, base: UInt32(Place.data), limit: 0xF, access: 0x92, flags: 4)
    core.setGeneral(GeneralRegister.rax, UInt64(Selectors.spare))
    machine.execute(0x8E, 0xE8)  // mov gs, ax
    #expect(machine.memory.load(Place.globalTable + 0x75, as: UInt8.self) == 0x93)
    machine.execute(0x65, 0xC6, 0x05, 0x0F, 0x00, 0x00, 0x00, 0x5A)  // mov byte gs:[0xF], 0x5A
    #expect(machine.memory.load(Place.data + 0xF, as: UInt8.self) == 0x5A)
    machine.execute(0x65, 0xC6, 0x05, 0x10, 0x00, 0x00, 0x00, 0x5A)
    #expect(machine.handledVector == 13)
  }

  @Test("MOV SS holds off interrupts and NMIs for one instruction")
  func stackSegmentShadow() {
    core.setGeneral(GeneralRegister.rax, UInt64(Selectors.data))
    machine.put([0x8E, 0xD0, 0x90, 0x90], at: Place.code)  // mov ss, ax; nop; nop
    machine.run(1)
    machine.processor.raiseNonMaskableInterrupt()
    machine.run(1)
    machine.run(0)
    #expect(machine.handledVector == 2)
    #expect(machine.stack32(0) == UInt32(Place.code + 3))
  }

  @Test("LAR, LSL and VERW tell by ZF what a program may use")
  func inspection() {
    machine.enterUserMode(code: Selectors.userCode32)
    core.setGeneral(GeneralRegister.rax, UInt64(Selectors.userData))
    machine.execute(0x0F, 0x02, 0xD8)  // lar ebx, ax
    #expect(core.rflags.contains(.zero))
    #expect(core.general(GeneralRegister.rbx) & 0xF0FF00 == 0xC0F300)
    machine.execute(0x0F, 0x03, 0xD8)  // lsl ebx, ax
    #expect(core.general(GeneralRegister.rbx) == 0xFFFF_FFFF)
    machine.execute(0x0F, 0x00, 0xE8)  // verw ax
    #expect(core.rflags.contains(.zero))
    core.setGeneral(GeneralRegister.rax, UInt64(Selectors.data))
    machine.execute(0x0F, 0x02, 0xD8)
    #expect(!core.rflags.contains(.zero))
    #expect(core.general(GeneralRegister.rbx) == 0xFFFF_FFFF)
    core.setGeneral(GeneralRegister.rax, UInt64(Selectors.userCode32))
    machine.execute(0x0F, 0x00, 0xE8)
    #expect(!core.rflags.contains(.zero))
  }

  // MARK: Far transfers

  @Test("A call gate switches stacks, copies its parameters, and RETF takes them away again")
  func callGate() {
    let gate =
      Place.handlers & 0xFFFF | UInt64(Selectors.code32) << 16 | 2 << 32 | UInt64(0xEC) << 40
      | (Place.handlers >> 16) << 48
    machine.put(gate, at: Place.globalTable + UInt64(Selectors.spare))
    machine.enterUserMode(code: Selectors.userCode32)
    machine.put(UInt32(0x1111), at: Place.userStack - 8)
    machine.put(UInt32(0x2222), at: Place.userStack - 4)
    core.setGeneral(GeneralRegister.rsp, Place.userStack - 8)
    machine.execute(0x9A, 0x00, 0x00, 0x00, 0x00, 0x73, 0x00)  // lcall 0x73:0
    #expect(core.state.rip == Place.handlers)
    #expect(core.state.privilegeLevel == 0)
    #expect(
      (0..<6).map { machine.stack32($0) } == [
        UInt32(Place.userCode + 7), UInt32(Selectors.userCode32), 0x1111, 0x2222, UInt32(Place.userStack - 8),
        UInt32(Selectors.userData),
      ])
    machine.execute(0xCA, 0x08, 0x00)  // lret 8
    #expect(core.state.rip == Place.userCode + 7)
    #expect(core.state.privilegeLevel == 3)
    #expect(core.general(GeneralRegister.rsp) == Place.userStack)
  }

  @Test("A far jump to another level or to data is #GP with the selector")
  func farJump() {
    machine.execute(0xEA, 0x00, 0x00, 0x00, 0x00, 0x1B, 0x00)  // ljmp 0x1B:0
    #expect(machine.handledVector == 13)
    #expect(machine.stack32(0) == 0x18)
    machine.execute(0xEA, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00)
    #expect(machine.handledVector == 13)
    machine.execute(0xEA, 0x34, 0x12, 0x00, 0x00, 0x48, 0x00)  // ljmp 0x48:0x1234
    #expect(core.state.rip == 0x1234)
    #expect(core.state.codeMode == .bits16)
  }

  // MARK: Flags and ports

  @Test("POPF changes IOPL only at level 0, and IF only within IOPL")
  func flags() {
    core.setGeneral(GeneralRegister.rsp, 0x7000)
    machine.put(UInt32(0x3202), at: 0x7000)
    machine.execute(0x9D)  // popf
    #expect(core.rflags.rawValue == 0x3202)
    machine.enterUserMode(code: Selectors.userCode32)
    core.setGeneral(GeneralRegister.rsp, 0x7000)
    machine.put(UInt32(0x0002), at: 0x7000)
    machine.execute(0x9D)
    #expect(core.rflags.rawValue == 0x3002)
    core.state.systemFlags.remove(.ioPrivilege)
    core.setGeneral(GeneralRegister.rsp, 0x7000)
    machine.put(UInt32(0x3202), at: 0x7000)
    machine.execute(0x9D)
    #expect(core.rflags.rawValue == 0x2)
  }

  @Test("The bitmap in the TSS decides about ports beyond IOPL")
  func portBitmap() {
    machine.put(UInt16(0x68), at: Place.task + 102)
    for offset in UInt64(0)..<0x80 { machine.put(UInt8(0xFF), at: Place.task + 0x68 + offset) }
    // Ports 0x80 and 0x81 are allowed.
    machine.put(UInt8(0xFC), at: Place.task + 0x68 + 0x10)
    machine.enterUserMode(code: Selectors.userCode32)
    core.setGeneral(GeneralRegister.rax, 0x1234)
    machine.execute(0xE6, 0x80)  // out 0x80, al
    machine.execute(0x66, 0xE7, 0x80)  // out 0x80, ax
    #expect(machine.handledVector == nil)
    #expect(machine.platform.portWrites.map(\.value) == [0x34, 0x1234])
    machine.execute(0xE7, 0x80)  // out 0x80, eax
    #expect(machine.handledVector == 13)
    #expect(machine.platform.portWrites.count == 2)
    machine.enterUserMode(code: Selectors.userCode32)
    core.state.systemFlags.formUnion(.ioPrivilege)
    machine.execute(0xE7, 0x80)
    #expect(machine.platform.portWrites.count == 3)
  }

  @Test("REP OUTS writes element by element and stops at its own address for interrupts")
  func repeatedOutput() {
    for index in UInt64(0)..<100 { machine.put(UInt8(index), at: Place.data + index) }
    core.setGeneral(GeneralRegister.rcx, 100)
    core.setGeneral(GeneralRegister.rsi, Place.data)
    core.setGeneral(GeneralRegister.rdx, 0xE9)
    machine.execute(0xF3, 0x6E)  // rep outsb
    #expect(core.state.rip == Place.code)
    #expect(core.general(GeneralRegister.rcx) == 36)
    machine.run(1)
    #expect(core.state.rip == Place.code + 2)
    #expect(core.general(GeneralRegister.rsi) == Place.data + 100)
    #expect(machine.platform.portWrites.map { UInt8($0.value) } == (0..<100).map { UInt8($0) })
  }

  @Test("A page that INS cannot write is found before the port is read")
  func inputToNowhere() {
    core.setSegment(.es, Segment(selector: 0))
    core.setGeneral(GeneralRegister.rdi, Place.data)
    machine.execute(0x6C)  // insb
    #expect(machine.handledVector == 13)
    #expect(core.general(GeneralRegister.rdi) == Place.data)
  }
}
