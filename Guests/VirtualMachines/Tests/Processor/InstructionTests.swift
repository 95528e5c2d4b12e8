import Bedrock
import Interfaces

/// When the extension's instructions exist, and who may use them with which operands (APM volume 3, chapter 4).
enum InstructionTests {
  private static let skinit = ProcessorFeature("skinit", 0x8000_0001, .ecx, 12)

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    addFaults(to: &list, bench)
    addRegisters(to: &list, bench)
  }

  private static func addFaults(to list: inout SelfTestList, _ bench: Bench) {
    let page = bench.guest.hostState.rawValue
    let processor = Processor.current
    list.test("without EFER.SVME there are none of the instructions") { expectations in
      ExtendedFeatures.current.remove(.virtualMachineEnable)
      let run = processor.probe(probeRun, page)
      let load = processor.probe(probeLoad, page)
      let save = processor.probe(probeSave, page)
      let clear = processor.probe(probeClearGlobalInterruptFlag)
      let set = processor.probe(probeSetGlobalInterruptFlag)
      let invalidate = processor.probe(probeInvalidatePage)
      ExtendedFeatures.current.insert(.virtualMachineEnable)
      expectations.expect("VMRUN", run, raises: .invalidOpcode)
      expectations.expect("VMLOAD", load, raises: .invalidOpcode)
      expectations.expect("VMSAVE", save, raises: .invalidOpcode)
      expectations.expect("CLGI", clear, raises: .invalidOpcode)
      expectations.expect("STGI", set, raises: .invalidOpcode)
      expectations.expect("INVLPGA", invalidate, raises: .invalidOpcode)
    }
    list.test("VMMCALL is invalid outside of a guest") { expectations in
      expectations.expect("VMMCALL", processor.probe(probeCall), raises: .invalidOpcode)
    }
    if !ProcessorIdentification().has(skinit) {
      list.test("SKINIT is invalid where CPUID does not tell of it") { expectations in
        expectations.expect("SKINIT", processor.probe(probeSecureInitialisation), raises: .invalidOpcode)
      }
    }
    list.test("VMRUN, VMLOAD and VMSAVE refuse an address inside a page") { expectations in
      expectations.expect("VMRUN", processor.probe(probeRun, page + 8), raises: .generalProtection)
      expectations.expect("VMLOAD", processor.probe(probeLoad, page + 0x800), raises: .generalProtection)
      expectations.expect("VMSAVE", processor.probe(probeSave, page + 1), raises: .generalProtection)
    }
    list.test("VMRUN, VMLOAD and VMSAVE refuse an address beyond physical memory") { expectations in
      let beyond = bench.beyondMemory
      expectations.expect("VMRUN", processor.probe(probeRun, beyond), raises: .generalProtection)
      expectations.expect("VMLOAD", processor.probe(probeLoad, beyond), raises: .generalProtection)
      expectations.expect("VMSAVE", processor.probe(probeSave, 1 << 63), raises: .generalProtection)
    }
    addPrivilege(to: &list, bench)
  }

  private static func addPrivilege(to list: inout SelfTestList, _ bench: Bench) {
    let codes: [(StaticString, [UInt8], SVM.ExitCode)] = [
      ("VMRUN", [0x0F, 0x01, 0xD8], .run), ("VMLOAD", [0x0F, 0x01, 0xDA], .load),
      ("VMSAVE", [0x0F, 0x01, 0xDB], .save), ("STGI", [0x0F, 0x01, 0xDC], .setGlobalInterruptFlag),
      ("CLGI", [0x0F, 0x01, 0xDD], .clearGlobalInterruptFlag),
      ("INVLPGA", [0x0F, 0x01, 0xDF], .invalidatePageOfSpace),
    ]
    list.test("privilege level 3 gets #GP from all but VMMCALL, before any intercept") { expectations in
      for (name, code, exit) in codes {
        let guest = bench.run(code) {
          $0.setUserMode()
          $0.block.rax = 1  // no valid address either
          $0.block.intercept(exit)
          $0.block.intercept(.exception(ExceptionVector.generalProtection.rawValue))
        }
        expectations.expect(
          "\(name)", guest, exits: .exception(ExceptionVector.generalProtection.rawValue), at: 0)
        expectations.expect("\(name): error code", guest.block[SVM.ControlBlock.exitInformation1], is: 0)
      }
      expectations.expect("VMMCALL", bench.run { $0.setUserMode() }, exits: .call, at: 0)
    }
    list.test("a guest without SVM's instructions gets #UD from them") { expectations in
      // EFER.SVME of the guest must be set; protected mode is what it lacks.
      for (name, code, exit) in codes {
        let guest = bench.run(code) {
          $0.setRealMode()
          $0.block.intercept(exit)
          $0.block.intercept(.exception(ExceptionVector.invalidOpcode.rawValue))
        }
        expectations.expect("\(name)", guest, exits: .exception(ExceptionVector.invalidOpcode.rawValue))
      }
    }
  }

  private static func addRegisters(to list: inout SelfTestList, _ bench: Bench) {
    let control = ModelSpecificRegister(index: SVM.Register.control)
    let hostSave = ModelSpecificRegister(index: SVM.Register.hostSaveArea)
    list.test("VM_HSAVE_PA takes the address of a page only") { expectations in
      let before = hostSave.value
      expectations.expect("inside a page", hostSave.probe(writing: before + 0x10), raises: .generalProtection)
      expectations.expect(
        "beyond memory", hostSave.probe(writing: bench.beyondMemory), raises: .generalProtection)
      expectations.expect("VM_HSAVE_PA", hostSave.value, is: before)
    }
    list.strictTest("VM_CR refuses reserved bits, and SVMDIS while SVM is on", "APM volume 2, 15.30.1") {
      expectations in
      let before = control.value
      expectations.expect(
        "bit 5", control.probe(writing: before | 1 << 5), raises: .generalProtection)
      expectations.expect(
        "SVMDIS", control.probe(writing: before | SVM.Control.disable.rawValue), raises: .generalProtection)
      expectations.expect("VM_CR", control.value, is: before)
    }
    list.strictTest("SVMDIS keeps EFER.SVME from being set", "APM volume 2, 15.4") { expectations in
      let before = control.value
      let features = ExtendedFeatures.current
      ExtendedFeatures.current = features.subtracting(.virtualMachineEnable)
      control.write(before | SVM.Control.disable.rawValue)
      let outcome = ModelSpecificRegister.extendedFeatures.probe(writing: features.rawValue)
      control.write(before)
      ExtendedFeatures.current = features
      expectations.expect("EFER", outcome, raises: .generalProtection)
    }
  }
}
