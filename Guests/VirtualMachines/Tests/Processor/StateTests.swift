import Bedrock
import Interfaces

/// The state that a world switch exchanges, and the time of a guest (APM volume 2, 15.5, 15.6 and 15.30).
enum StateTests {
  private typealias Offset = SVM.ControlBlock

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    addHost(to: &list, bench)
    addGuest(to: &list, bench)
    addLoadAndSave(to: &list, bench)
    addTime(to: &list, bench)
    addBranches(to: &list, bench)
  }

  private static func addHost(to list: inout SelfTestList, _ bench: Bench) {
    list.test("the host's control registers are what they were") { expectations in
      let before = HostRegisters()
      let guest = bench.run([0x90]) {
        $0.setRealMode()
        $0.block[Offset.dr6] = 0xFFFF_0FF1
      }
      expectations.expect("NOP", guest, exits: .call)
      let after = HostRegisters()
      expectations.expect("CR0", after.cr0, is: before.cr0)
      expectations.expect("CR3", after.cr3, is: before.cr3)
      expectations.expect("CR4", after.cr4, is: before.cr4)
      expectations.expect("EFER", after.efer, is: before.efer)
      expectations.expect("GS base", after.gsBase, is: before.gsBase)
    }
    list.test("VMRUN leaves of the host's save area what VMSAVE would keep there") { expectations in
      let area = PhysicalAddress(ModelSpecificRegister(index: SVM.Register.hostSaveArea).value)
      guard let bytes = area.pointer else { return }
      let pattern: UInt64 = 0x1122_3344_5566_7788
      let ranges = [
        Offset.fs..<Offset.gdtr, Offset.ldtr..<Offset.idtr, Offset.tr..<Offset.tr + 16,
        Offset.star..<Offset.cr2,
      ]
      for range in ranges {
        for offset in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
          bytes.storeBytes(of: pattern, toByteOffset: offset, as: UInt64.self)
        }
      }
      expectations.expect("NOP", bench.run([0x90]), exits: .call)
      for range in ranges {
        for offset in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
          expectations.expect(
            "at \(hexadecimal(UInt64(offset)))h", bytes.load(fromByteOffset: offset, as: UInt64.self),
            is: pattern)
        }
      }
    }
  }

  private static func addGuest(to list: inout SelfTestList, _ bench: Bench) {
    list.test("what a guest changes of its state is in the control block") { expectations in
      // MOV EAX, 1234h; MOV CR2, RAX; MOV RBX, RAX; STC
      let guest = bench.run([0xB8, 0x34, 0x12, 0, 0, 0x0F, 0x22, 0xD0, 0x48, 0x89, 0xC3, 0xF9])
      expectations.expect("exit", guest, exits: .call)
      expectations.expect("RAX", guest.block.rax, is: 0x1234)
      expectations.expect("RBX", guest.registers.rbx, is: 0x1234)
      expectations.expect("CR2", guest.block[Offset.cr2], is: 0x1234)
      expectations.expect("RFLAGS.CF", guest.block.flags & 1, is: 1)
      expectations.expect("RSP", guest.block.stackPointer, is: guest.memory.stackTop)
    }
    list.test("a guest goes on where it was") { expectations in
      let guest = bench.run([0x48, 0xFF, 0xC3] + Bench.call + [0x48, 0xFF, 0xC3])
      expectations.expect("first", guest, exits: .call, at: 3)
      guest.block.instructionPointer += UInt64(Bench.call.count)
      bench.enter()
      expectations.expect("second", guest, exits: .call, at: 9)
      expectations.expect("RBX", guest.registers.rbx, is: 2)
    }
    list.test("the privilege level is told at every exit") { expectations in
      let guest = bench.run([0x90]) { $0.setUserMode() }
      expectations.expect("exit", guest, exits: .call)
      expectations.expect("CPL", UInt64(guest.block.privilegeLevel), is: 3)
    }
  }

  private static func addLoadAndSave(to list: inout SelfTestList, _ bench: Bench) {
    let pattern: UInt64 = 0x0000_1234_5678_9000
    let registers: [(StaticString, ModelSpecificRegister, Int, UInt64)] = [
      ("FS base", .fsBase, Offset.fs + Offset.Segment.base, pattern),
      ("GS base", .gsBase, Offset.gs + Offset.Segment.base, pattern + 1),
      ("KERNEL_GS_BASE", .kernelGSBase, Offset.kernelGSBase, pattern + 2),
      ("STAR", .star, Offset.star, 0x0023_0010_0000_0000),
      ("LSTAR", .longStar, Offset.lstar, pattern + 3),
      ("CSTAR", .compatibilityStar, Offset.cstar, pattern + 4),
      ("SFMASK", .flagMask, Offset.flagMask, 0x700),
      ("SYSENTER_CS", ModelSpecificRegister(index: 0x174), Offset.sysenterSelector, 0x10),
      ("SYSENTER_ESP", ModelSpecificRegister(index: 0x175), Offset.sysenterStackPointer, 0x1234_5000),
      ("SYSENTER_EIP", ModelSpecificRegister(index: 0x176), Offset.sysenterInstructionPointer, 0x1234_6000),
    ]
    list.test("VMLOAD gives a guest its registers") { expectations in
      for (name, register, offset, value) in registers {
        // RDMSR
        let guest = bench.run([0x0F, 0x32]) {
          $0.block[offset] = value
          $0.registers.rcx = UInt64(register.index)
        }
        expectations.expect("RDMSR", guest, exits: .call)
        expectations.expect("\(name)", guest.registers.rdx << 32 | guest.block.rax & 0xFFFF_FFFF, is: value)
      }
    }
    list.test("VMSAVE keeps what a guest has written") { expectations in
      for (name, register, offset, value) in registers {
        // WRMSR
        let guest = bench.run([0x0F, 0x30]) {
          $0.registers.rcx = UInt64(register.index)
          $0.registers.rdx = value >> 32
          $0.block.rax = value & 0xFFFF_FFFF
        }
        expectations.expect("WRMSR", guest, exits: .call)
        expectations.expect("\(name)", guest.block[offset], is: value)
      }
    }
    list.strictTest("VMLOAD makes bases canonical", "APM volume 3, VMLOAD") { expectations in
      let guest = bench.run([0x0F, 0x32]) {
        $0.block[Offset.fs + Offset.Segment.base] = 0x1234_9ABC_0000_1000
        $0.registers.rcx = 0xC000_0100
      }
      expectations.expect("RDMSR", guest, exits: .call)
      expectations.expect("upper half", guest.registers.rdx & 0xFFFF_FFFF, is: 0xFFFF_9ABC)
    }
  }

  private static func addTime(to list: inout SelfTestList, _ bench: Bench) {
    let counter = { (guest: VirtualProcessor) in guest.registers.rdx << 32 | guest.block.rax & 0xFFFF_FFFF }
    list.test("the guest's time-stamp counter has an offset of its own") { expectations in
      let offset: UInt64 = 1 << 50
      let before = TimeStampCounter.value
      let guest = bench.run([0x0F, 0x31]) { $0.block[Offset.timeStampCounterOffset] = offset }
      let after = TimeStampCounter.value
      expectations.expect("RDTSC", guest, exits: .call)
      let value = counter(guest) &- offset
      expectations.expect(before < value && value < after, "it is not between the host's two readings")
    }
    guard bench.svm.hasTimeStampCounterRatio else { return }
    let ratio = ModelSpecificRegister(index: SVM.Register.timeStampCounterRatio)
    list.test("the guest's time-stamp counter has a ratio of its own") { expectations in
      ratio.write(SVM.unityRatio * 4)
      let before = TimeStampCounter.value
      let guest = bench.run([0x0F, 0x31])
      let after = TimeStampCounter.value
      ratio.write(SVM.unityRatio)
      expectations.expect("RDTSC", guest, exits: .call)
      let value = counter(guest)
      expectations.expect(
        before * 4 <= value && value <= after * 4, "it is not between four times the host's two readings")
    }
    list.test("TSC_RATIO refuses reserved bits") { expectations in
      expectations.expect("bit 40", ratio.probe(writing: 1 << 40), raises: .generalProtection)
    }
  }
}

extension StateTests {
  private static func addBranches(to list: inout SelfTestList, _ bench: Bench) {
    guard bench.svm.hasBranchRecords else { return }
    typealias Offset = SVM.ControlBlock
    // JMP over a NOP; NOP
    let program: [UInt8] = [0xEB, 0x01, 0x90, 0x90]
    let lastBranchRecording: UInt64 = 1
    let debugControl = ModelSpecificRegister(index: 0x1D9)
    list.test("the guest's last branch is recorded in its control block, and not in the host's registers") {
      expectations in
      let before = debugControl.value
      let guest = bench.run(program) {
        $0.block[Offset.branchRecordControl] = 1
        $0.block[Offset.debugControl] = lastBranchRecording
      }
      expectations.expect("JMP", guest, exits: .call, at: 4)
      expectations.expect("from", guest.block[Offset.lastBranchFrom], is: guest.memory.code.rawValue)
      expectations.expect("to", guest.block[Offset.lastBranchTo], is: guest.memory.code.rawValue + 3)
      expectations.expect("DEBUGCTL of the host", debugControl.value, is: before)
    }
    list.test("without that the guest's last branch is not recorded") { expectations in
      let guest = bench.run(program) { $0.block[Offset.lastBranchFrom] = 0x77 }
      expectations.expect("JMP", guest, exits: .call, at: 4)
      expectations.expect("from", guest.block[Offset.lastBranchFrom], is: 0x77)
    }
  }
}

/// The registers of the processor that runs this, which it must find as they were.
private struct HostRegisters {
  let cr0 = ControlRegister0.current.rawValue
  let cr3 = PageTable.activeRoot.rawValue
  let cr4 = ControlRegister4.current.rawValue
  let efer = ExtendedFeatures.current.rawValue
  let gsBase = ModelSpecificRegister.gsBase.value
}
