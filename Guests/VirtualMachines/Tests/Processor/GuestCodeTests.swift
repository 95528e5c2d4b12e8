import Bedrock
import Interfaces

/// Code of a guest behind nested tables that change, breakpoints, HLT, and instructions at the edges of pages.
enum GuestCodeTests {
  private typealias Offset = SVM.ControlBlock

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    addMappings(to: &list, bench)
    addEdges(to: &list, bench)
    addDebugging(to: &list, bench)
    addHalt(to: &list, bench)
  }

  /// Writes code into a page of the window, with VMMCALL behind it.
  private static func write(_ code: [UInt8], toPage page: Int, at offset: Int = 0, _ bench: Bench) {
    for (index, byte) in (code + Bench.call).enumerated() where offset + index < SVM.pageSize {
      bench.memory.windowFrame(page).pointer?.storeBytes(
        of: byte, toByteOffset: offset + index, as: UInt8.self)
    }
  }

  /// Runs the code in a page of the window. RIP of the exit is relative to the page.
  private static func runPage(
    _ page: Int, at offset: UInt64 = 0, _ bench: Bench, _ prepare: (VirtualProcessor) -> Void = { _ in }
  ) -> UInt64 {
    bench.guest.reset()
    bench.guest.block.instructionPointer = GuestMemory.windowPage(page) + offset
    prepare(bench.guest)
    bench.enter()
    return bench.guest.block.instructionPointer &- GuestMemory.windowPage(page)
  }

  private static func addMappings(to list: inout SelfTestList, _ bench: Bench) {
    list.test("the code behind an address is what the nested tables lead to") { expectations in
      bench.memory.resetWindow()
      write([0x90], toPage: 0, bench)
      write([0x90, 0x90, 0x90], toPage: 1, bench)
      for (frame, end) in [(0, 1), (1, 3), (0, 1)] as [(Int, UInt64)] {
        bench.memory.nestedEntry(ofWindowPage: 0)?.pointee = bench.memory.windowFrame(frame).rawValue | 7
        expectations.expect("frame \(frame)", runPage(0, bench), is: end)
      }
      bench.memory.resetWindow()
    }
    list.test("code that the guest writes through another address is executed") { expectations in
      bench.memory.resetWindow()
      write([0x90, 0x90], toPage: 0, bench)
      expectations.expect("before", runPage(0, bench), is: 2)
      // Page 1 leads to the same frame: MOV BYTE PTR [RDI], 0Fh; MOV WORD PTR [RDI + 1], D901h; JMP RSI
      bench.memory.nestedEntry(ofWindowPage: 1)?.pointee = bench.memory.windowFrame(0).rawValue | 7
      let guest = bench.run([0xC6, 0x07, 0x0F, 0x66, 0xC7, 0x47, 0x01, 0x01, 0xD9, 0xFF, 0xE6]) {
        $0.registers.rdi = GuestMemory.windowPage(1)
        $0.registers.rsi = GuestMemory.windowPage(0)
      }
      expectations.expect("exit", guest, exits: .call)
      expectations.expect("RIP", guest.block.instructionPointer, is: GuestMemory.windowPage(0))
      bench.memory.resetWindow()
    }
  }

  private static func addEdges(to list: inout SelfTestList, _ bench: Bench) {
    list.test("a fetch that reaches into a page that is not there tells that page") { expectations in
      bench.memory.resetWindow()
      // MOV EAX, imm32, of which two bytes are in the next page.
      write([0xB8, 1, 2, 3, 4], toPage: 0, at: 0xFFD, bench)
      bench.memory.nestedEntry(ofWindowPage: 1)?.pointee = 0
      let offset = runPage(0, at: 0xFFD, bench)
      expectations.expect("RIP", offset, is: 0xFFD)
      expectations.expect(
        "fetch", bench.guest, faults: [.user, .instructionFetch, .finalAddress], GuestMemory.windowPage(1))
      bench.memory.resetWindow()
    }
    list.test("a descriptor that is not there tells its address") { expectations in
      bench.memory.resetWindow()
      bench.memory.nestedEntry(ofWindowPage: 3)?.pointee = 0
      // MOV DS, AX
      let guest = bench.run([0x8E, 0xD8]) {
        $0.block.rax = UInt64(SegmentSelector.kernelData.rawValue)
        $0.block[Offset.gdtr + Offset.Segment.base] = GuestMemory.windowPage(3)
      }
      expectations.expect("load", guest, exits: .nestedPageFault, at: 0)
      expectations.expect(
        "EXITINFO2", guest.block[Offset.exitInformation2],
        is: GuestMemory.windowPage(3) + UInt64(SegmentSelector.kernelData.rawValue))
      bench.memory.resetWindow()
    }
    if bench.svm.hasDecodeAssists {
      list.test("the bytes of an instruction end with the guest's page if the next one is not there") {
        expectations in
        bench.memory.resetWindow()
        // MOV AL, [RDI] in the last two bytes.
        write([0x8A, 0x07], toPage: 0, at: 0xFFE, bench)
        bench.memory.linearEntry(ofWindowPage: 1)?.pointee = 0
        bench.memory.nestedEntry(ofWindowPage: 2)?.pointee = 0
        _ = runPage(0, at: 0xFFE, bench) { $0.registers.rdi = GuestMemory.windowPage(2) }
        expectations.expect("read", bench.guest, exits: .nestedPageFault)
        let block = bench.guest.block
        expectations.expect(
          "count", UInt64(block.load(Offset.instructionByteCount, as: UInt8.self)), is: 2)
        expectations.expect(
          "bytes", UInt64(block.load(Offset.instructionBytes, as: UInt16.self)), is: 0x078A)
        bench.memory.resetWindow()
      }
    }
  }

  private static func addDebugging(to list: inout SelfTestList, _ bench: Bench) {
    list.test("a breakpoint of the guest's exits with DR6 written, and the host has none") { expectations in
      // MOV DR0, RDI; MOV DR7, RSI; NOP; NOP
      let program: [UInt8] = [0x0F, 0x23, 0xC7, 0x0F, 0x23, 0xFE, 0x90, 0x90]
      let guest = bench.run(program) {
        $0.registers.rdi = $0.memory.code.rawValue + 7
        $0.registers.rsi = VirtualProcessor.debugControl | 2
        $0.block.intercept(.exception(ExceptionVector.debug.rawValue))
      }
      expectations.expect("#DB", guest, exits: .exception(ExceptionVector.debug.rawValue), at: 7)
      expectations.expect("DR6.B0", guest.block[Offset.dr6] & 1, is: 1)
      expectations.expect("DR7", guest.block[Offset.dr7], is: VirtualProcessor.debugControl | 2)
    }
    list.test("MOV SS holds interrupts back for one instruction, and an exit tells of it") { expectations in
      // MOV SS, AX; VMMCALL
      let guest = bench.run([0x8E, 0xD0]) { $0.block.rax = UInt64(SegmentSelector.kernelData.rawValue) }
      expectations.expect("exit", guest, exits: .call, at: 2)
      expectations.expect(guest.block.isInInterruptShadow, "the shadow is not told")
    }
  }

  private static func addHalt(to list: inout SelfTestList, _ bench: Bench) {
    list.test("a guest that halts by itself is woken by an interrupt of the host, and exits behind HLT") {
      expectations in
      let guest = bench.run([Bench.halt, 0x90]) { $0.block.intercept(.halt, false) }
      expectations.expect("exit", guest, exits: .interrupt, at: 1)
      guest.block.setTranslationControl(.keep)
      bench.enter()
      expectations.expect("afterwards", guest, exits: .call, at: 2)
    }
    list.test("a guest that halts by itself is woken by a virtual interrupt") { expectations in
      // STI; HLT with an interrupt that waits for the end of the shadow.
      let guest = bench.run([0xFB, Bench.halt, 0x90]) {
        $0.block.intercept(.halt, false)
        $0.block.interruptControl = SVM.InterruptControl(pending: (0x36, 4), isMaskingVirtual: true)
      }
      expectations.expect("V_IRQ", guest, takes: 0x36)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 2)
    }
    list.strictTest("RDMSR of the time-stamp counter has the guest's offset, too", "APM volume 2, 15.30.5") {
      expectations in
      let offset: UInt64 = 1 << 50
      let guest = bench.run([0x0F, 0x32]) {
        $0.registers.rcx = 0x10
        $0.block[Offset.timeStampCounterOffset] = offset
      }
      expectations.expect("RDMSR", guest, exits: .call)
      expectations.expect("upper half", guest.registers.rdx >> 18, is: 1)
    }
  }
}
