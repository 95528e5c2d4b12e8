import Bedrock
import Interfaces

/// What VMRUN refuses, one condition at a time, and what it takes (APM volume 2, 15.5.1).
enum ConsistencyTests {
  private typealias Offset = SVM.ControlBlock
  private typealias Change = (VirtualProcessor) -> Void

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    for (name, change) in controlArea(bench) {
      list.test(name) { refuses(change, bench, &$0) }
    }
    for (name, change) in stateSaveArea(bench) {
      list.test(name) { refuses(change, bench, &$0) }
    }
    for (name, manual, change) in strict(bench) {
      list.strictTest(name, manual) { refuses(change, bench, &$0) }
    }
    for (name, change) in legal(bench) {
      list.test(name) { expectations in
        let guest = bench.run([], change)
        expectations.expect("VMRUN", guest, exits: .call)
      }
    }
    addLenient(to: &list, bench)
    list.strictTest("VMEXIT_INVALID has 64 bits", "APM volume 2, appendix C") { expectations in
      expectations.expect("VMRUN", bench.run { $0.block.addressSpace = 0 }, exits: .invalid)
    }
  }

  private static func refuses(_ change: Change, _ bench: Bench, _ expectations: inout Expectations) {
    let guest = bench.run([], change)
    // Of the code, hypervisors read the lower half.
    let code = UInt32(truncatingIfNeeded: guest.block.exitCode.rawValue)
    expectations.expect("VMRUN: exit", UInt64(code), is: UInt64(UInt32.max))
    // The same block without the defect runs.
    expectations.expect("without it", bench.run(), exits: .call)
  }

  private static func controlArea(_ bench: Bench) -> [(StaticString, Change)] {
    [
      ("VMRUN refuses a block that does not intercept VMRUN", { $0.block.intercept(.run, false) }),
      ("VMRUN refuses address space 0", { $0.block.addressSpace = 0 }),
      (
        "VMRUN refuses a permission map of registers that ends beyond memory",
        {
          $0.block.intercept(.modelSpecificRegister)
          $0.block[Offset.registerPermissionMap] = bench.beyondMemory - 0x1000
        }
      ),
      (
        "VMRUN refuses a permission map of ports that ends beyond memory",
        {
          $0.block.intercept(.port)
          $0.block[Offset.portPermissionMap] = bench.beyondMemory - 0x2000
        }
      ),
    ]
  }

  private static func stateSaveArea(_ bench: Bench) -> [(StaticString, Change)] {
    [
      (
        "VMRUN refuses a guest without EFER.SVME",
        { $0.block[Offset.efer] &= ~ExtendedFeatures.virtualMachineEnable.rawValue }
      ),
      ("VMRUN refuses reserved bits of EFER", { $0.block[Offset.efer] |= 1 << 16 }),
      ("VMRUN refuses the upper half of EFER", { $0.block[Offset.efer] |= 1 << 63 }),
      ("VMRUN refuses the upper half of CR0", { $0.block[Offset.cr0] |= 1 << 32 }),
      (
        "VMRUN refuses CR0.NW without CR0.CD",
        { $0.block[Offset.cr0] |= ControlRegister0.notWriteThrough.rawValue }
      ),
      ("VMRUN refuses the upper half of CR4", { $0.block[Offset.cr4] |= 1 << 32 }),
      ("VMRUN refuses reserved bits of CR4", { $0.block[Offset.cr4] |= 1 << 31 }),
      ("VMRUN refuses the upper half of DR6", { $0.block[Offset.dr6] |= 1 << 32 }),
      ("VMRUN refuses the upper half of DR7", { $0.block[Offset.dr7] |= 1 << 63 }),
      (
        "VMRUN refuses long mode without CR4.PAE",
        { $0.block[Offset.cr4] &= ~ControlRegister4.physicalAddressExtension.rawValue }
      ),
      (
        "VMRUN refuses long mode with paging and without CR0.PE",
        { $0.block[Offset.cr0] &= ~ControlRegister0.protectedMode.rawValue }
      ),
      (
        "VMRUN refuses a code segment of 64 and of 32 bits",
        { $0.block.set(SVM.SegmentState(selector: 8, attributes: 0xE9B), at: Offset.cs) }
      ),
    ]
  }

  private static func strict(_ bench: Bench) -> [(StaticString, StaticString, Change)] {
    let nested = bench.memory.nested.root.rawValue
    return [
      (
        "VMRUN refuses bits 52 to 63 of CR3 in long mode", "APM volume 2, 15.5.1",
        { $0.block[Offset.cr3] |= 1 << 62 }
      ),
      (
        "VMRUN refuses a nested root beyond memory", "APM volume 2, 15.25.3",
        { $0.block[Offset.nestedRoot] = nested | bench.beyondMemory }
      ),
      (
        "VMRUN refuses a memory type that does not exist in G_PAT", "APM volume 2, 15.25.4",
        { $0.block[Offset.pageAttributeTable] = 0x0007_0406_0007_0402 }
      ),
      (
        "VMRUN refuses to inject an event of a reserved type", "APM volume 2, 15.20",
        { $0.block[Offset.eventInjection] = 1 << 31 | 5 << 8 | 0x30 }
      ),
      (
        "VMRUN refuses to inject #OF into 64-bit code, which cannot raise it", "APM volume 2, 15.20",
        {
          $0.block.eventInjection = SVM.EventInjection(.exception, vector: ExceptionVector.overflow.rawValue)
        }
      ),
      (
        "VMRUN refuses to inject #BR into 64-bit code, which cannot raise it", "APM volume 2, 15.20",
        {
          $0.block.eventInjection = SVM.EventInjection(
            .exception, vector: ExceptionVector.boundRange.rawValue)
        }
      ),
      (
        "VMRUN refuses reserved bits of a root of PAE paging without nested paging", "APM volume 2, 15.5.1",
        {
          bench.memory.resetWindow()
          bench.memory.windowFrame(0).pointer?.storeBytes(of: 0x1E7, as: UInt64.self)
          $0.setProtectedMode()
          $0.block[Offset.nestedPagingControl] = 0
          $0.block[Offset.cr3] = bench.memory.windowFrame(0).rawValue
          $0.block[Offset.cr4] = ControlRegister4.physicalAddressExtension.rawValue
          $0.block[Offset.cr0] |= ControlRegister0.paging.rawValue
        }
      ),
      (
        "VMRUN refuses to inject vector 2 as an exception", "APM volume 2, 15.20",
        { $0.block.eventInjection = SVM.EventInjection(.exception, vector: 2) }
      ),
      (
        "VMRUN refuses to inject an exception above 31", "APM volume 2, 15.20",
        { $0.block.eventInjection = SVM.EventInjection(.exception, vector: 32) }
      ),
    ]
  }

  private static func legal(_ bench: Bench) -> [(StaticString, Change)] {
    [
      (
        "VMRUN takes CR0.CD, alone and with CR0.NW",
        {
          $0.block[Offset.cr0] |=
            ControlRegister0([.cacheDisable, .notWriteThrough]).rawValue
        }
      ),
      (
        "VMRUN does not look at the low bits of a map's address",
        { $0.block[Offset.portPermissionMap] = 0xFFF }
      ),
      (
        "VMRUN takes permission maps that end with physical memory",
        {
          $0.block[Offset.portPermissionMap] = bench.beyondMemory - 0x3000
          $0.block[Offset.registerPermissionMap] = bench.beyondMemory - 0x3000
        }
      ),
      ("VMRUN takes the last address space", { $0.block.addressSpace = bench.svm.addressSpaces - 1 }),
      (
        "VMRUN takes bases that are not canonical",
        { $0.block[Offset.gs + Offset.Segment.base] = 0x0100_0000_0000_0000 }
      ),
      ("VMRUN takes a guest in protected mode without paging", { $0.setProtectedMode() }),
      ("VMRUN takes a guest in real mode", { $0.setRealMode() }),
    ]
  }

  private static func addLenient(to list: inout SelfTestList, _ bench: Bench) {
    list.strictTest("VMRUN computes EFER.LMA instead of checking it", "APM volume 2, 15.5.1") {
      let guest = bench.run { $0.block[Offset.efer] &= ~ExtendedFeatures.longModeActive.rawValue }
      $0.expect("VMRUN", guest, exits: .call)
      let features = ExtendedFeatures(rawValue: guest.block[Offset.efer])
      $0.expect(features.contains(.longModeActive), "EFER.LMA is clear")
    }
    list.test("a guest that begins at an address that is not canonical gets #GP") { expectations in
      let guest = bench.run {
        $0.block.instructionPointer = 1 << 60
        $0.block.intercept(.exception(ExceptionVector.generalProtection.rawValue))
      }
      expectations.expect("VMRUN", guest, exits: .exception(ExceptionVector.generalProtection.rawValue))
    }
    list.test("without nested paging a guest's tables lead to physical memory") { expectations in
      let guest = bench.run([0x90]) { $0.block[Offset.nestedPagingControl] = 0 }
      expectations.expect("NOP", guest, exits: .call, at: 1)
    }
  }
}
