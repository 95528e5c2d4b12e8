import Interfaces
import Processor
import Testing
import Tracing
import X86

@testable import Machine

/// What the machine records of programs of a few instructions.
@Suite("Events of the machine")
struct MachineTraceTests {
  private func records(_ code: [UInt8], _ events: String, processors: Int = 1) throws -> [String] {
    try TracedProgram(code: code, processors: processors).run(events).records
  }

  @Test("RDMSR and WRMSR are recorded as Linux records its own")
  func modelSpecificRegisters() throws {
    let code = Code.readRegister(0xC000_0080) + Code.writeRegister(0xC000_0102, 0x1234_5678)
    #expect(
      try records(code + Code.halt, "msr:*") == [
        "read_msr: c0000080, value 500", "write_msr: c0000102, value 12345678",
      ])
  }

  @Test("A register that is not there fails, and the exception says where")
  func unknownRegister() throws {
    let run = try TracedProgram(code: Code.readRegister(0xBAD)).run("msr,exceptions")
    #expect(run.event == .tripleFault(processor: 0))
    #expect(run.records.first == "read_msr: bad, value 0 #GP")
    #expect(run.records.dropFirst().first == "exception: #GP ip=0x200005 cpl=0 error_code=0x0")
    #expect(run.records.last?.hasPrefix("triple_fault: ip=0x200005 cr3=0x") == true)
  }

  @Test("CPUID is recorded with what was asked and what was told")
  func identification() throws {
    let run = try TracedProgram(code: [0xB8, 0, 0, 0, 0x80, 0x31, 0xC9, 0x0F, 0xA2] + Code.halt).run("cpuid")
    let registers = run.machine.processors[0].registers.general
    func value(_ name: String) -> String {
      String(registers.first { $0.name == name }?.value ?? 0, radix: 16)
    }
    #expect(
      run.records == [
        "cpuid: leaf=0x80000000 subleaf=0x0 eax=0x\(value("rax")) ebx=0x\(value("rbx")) ecx=0x\(value("rcx"))"
          + " edx=0x\(value("rdx")) ip=0x200009"
      ])
  }

  @Test("A page fault is recorded with its address")
  func pageFault() throws {
    // MOV RAX, 80_0000_0000h; MOV [RAX], AL.
    let code: [UInt8] = [0x48, 0xB8] + Code.bytes(0x80_0000_0000 as UInt64) + [0x88, 0x00]
    #expect(
      try records(code, "exceptions:page_fault*") == [
        "page_fault_kernel: address=0x8000000000 ip=0x20000a error_code=0x2"
      ])
  }

  @Test("A page fault at CPL 3 is one of a user")
  func userPageFault() throws {
    // The page is the supervisor's: present, user, and no instruction fetch that NX forbids.
    let program = TracedProgram(
      code: Code.enterUserMode(at: 0x40_0000), data: [Code.userDescriptors, (0x40_0000, Code.halt)])
    #expect(
      try program.run("exceptions:page_fault*").records == [
        "page_fault_user: address=0x400000 ip=0x400000 error_code=0x5"
      ])
  }

  @Test("INT3 is recorded, and what follows from the lack of a gate")
  func softwareInterrupt() throws {
    let records = try records([0x90, 0xCC], "exceptions:software_interrupt,exceptions:exception")
    #expect(records.first == "software_interrupt: vector=0x03 ip=0x200002 cpl=0")
    #expect(records.dropFirst().first?.hasPrefix("exception: #") == true)
  }

  @Test("Accesses to ports and to registers in memory are recorded with the device's name")
  func accesses() throws {
    let code =
      Code.out(0x41, to: 0x3F8) + Code.load(at: 0xFEE0_0030) + Code.store(0x1FF, at: 0xFEE0_00F0) + Code.halt
    let records = try records(code, "port:*,mmio:*")
    try #require(records.count == 3, "\(records)")
    #expect(records[0] == "port_out: serial0: port=0x3f8 width=1 value=0x41 ip=0x200008")
    #expect(records[1].hasPrefix("mmio_read: lapic: address=0xfee00030 width=4 value=0x"))
    #expect(records[1].hasSuffix(" ip=0x20000f"))
    #expect(records[2] == "mmio_write: lapic: address=0xfee000f0 width=4 value=0x1ff ip=0x20001a")
  }

  @Test("A store to CR3 is recorded with both address spaces")
  func addressSpace() throws {
    // MOV RAX, CR3; MOV CR3, RAX.
    let run = try TracedProgram(code: [0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8] + Code.halt).run("context")
    let control = run.machine.processors[0].registers.control
    let root = String(control.first { $0.name == "cr3" }?.value ?? 0, radix: 16)
    #expect(run.records == ["cr3_write: old=0x\(root) new=0x\(root) ip=0x200006"])
  }

  @Test("The end of a machine is recorded", arguments: [(0xCF9, 6 as UInt8, "reset")])
  func end(port: UInt16, value: UInt8, name: String) throws {
    #expect(
      try records(Code.out(value, to: port) + Code.halt, "power:machine_end") == ["machine_end: \(name)"])
  }

  @Test("A processor that waits is recorded")
  func waiting() throws {
    #expect(try records(Code.halt, "power:cpu_idle") == ["cpu_idle: state=1 cpu_id=0"])
  }

  @Test("INIT and a startup IPI are recorded on both sides")
  func startup() throws {
    let destination = Code.store(1 << 24, at: 0xFEE0_0310)
    let code =
      destination + Code.store(0x4500, at: 0xFEE0_0300) + Code.store(0x4608, at: 0xFEE0_0300) + [0xEB, 0xFE]
    let run = try TracedProgram(code: code, processors: 2).run("ipi")
    #expect(
      run.records == [
        "ipi_send: apic=0 delivery=INIT vector=0x00 to physical destination 0x1 shorthand=none",
        "ipi_send: apic=0 delivery=startup vector=0x08 to physical destination 0x1 shorthand=none",
        "ipi_init: ip=0xfff0", "ipi_startup: address=0x8000",
      ])
    #expect(run.machine.tracer.contents.processors.map(\.written) == [2, 2])
  }

  @Test("A line of the IOAPIC is recorded when its level changes")
  func line() throws {
    // The serial port's interrupt for an empty transmitter (OUT 2 to 3F9h, OUT 8 to 3FCh).
    let code = Code.out(8, to: 0x3FC) + Code.out(2, to: 0x3F9) + Code.halt
    #expect(try records(code, "irq:irq_line").contains("irq_line: input=4 level=1"))
  }

  @Test("A message of a device is recorded with what it wrote where")
  func message() throws {
    let machine = try TracedProgram(code: Code.halt).machine()
    for index in try EventSelection("irq:irq_message").indices(in: machine.tracer.events) {
      machine.tracer.setEnabled(index, true)
    }
    machine.board.interrupts.router.deliver(address: 0xFEE0_1004, data: 0x4041)
    #expect(
      try TracedProgram.records(of: machine) == ["irq_message: address=0xfee01004 data=0x4041"])
  }

  @Test("Nothing is kept, and no memory taken, of events that are not enabled")
  func disabled() throws {
    let run = try TracedProgram(code: Code.readRegister(0xC000_0080) + Code.halt).run("cpuid")
    #expect(run.records == [])
    let silent = try TracedProgram(code: Code.halt).machine()
    _ = silent.run()
    #expect(silent.tracer.contents.processors.map(\.pages) == [[]])
  }

  @Test("A machine that takes the place of another one goes on with its records, and with the time")
  func reset() throws {
    let program = TracedProgram(code: Code.readRegister(0xC000_0080) + Code.out(6, to: 0xCF9) + Code.halt)
    let first = try program.run("msr,power:machine_end")
    #expect(first.event == .reset)
    let second = try program.machine(after: first.machine)
    #expect(second.run() == .reset)
    #expect(
      try TracedProgram.records(of: second) == [
        "read_msr: c0000080, value 500", "machine_end: reset", "read_msr: c0000080, value 500",
        "machine_end: reset",
      ])
    var times: [UInt64] = []
    try TraceFile(second.tracer.contents, TraceFileDescription()).forEachRecord { times.append($0.time) }
    try #require(times.count == 4)
    #expect(times[2] - times[0] == first.machine.nanoseconds)
    #expect(times[3] - times[2] == times[1] - times[0])
  }

  @Test("The names of exceptions are those of the processor")
  func exceptionNames() throws {
    for (vector, name) in try #require(Self.symbols(of: ExceptionTraceEvents.exception)) {
      let known = try #require(ExceptionVector(rawValue: UInt8(vector)))
      #expect(known.mnemonic == name)
    }
    #expect(Self.symbols(of: ExceptionTraceEvents.exception)?.count == ExceptionVector.allCases.count)
  }

  private static func symbols(of event: TraceEvent) -> [(Int64, String)]? {
    for case .symbol(_, let symbols) in event.arguments { return symbols.map { ($0.value, "\($0.name)") } }
    return nil
  }
}
