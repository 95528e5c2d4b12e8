import Bedrock
import Interfaces

/// Contexts that no processor can begin in: what the hypervisor refuses, and what the kernel itself makes of
/// its own descriptors and control registers.
struct ContextTests {
  private static let nonCanonical: UInt64 = 1 << 47
  private static let longModeActive: UInt64 = 1 << 10

  let bench: Bench

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let tests = ContextTests(bench: bench)
    list.test("a descriptor's limit counts pages if its granularity says so", tests.granularity)
    list.test("a context has the kernel's segments, tables and control registers", tests.ownContext)
    list.test("a context does not use XSAVE, even if the kernel's processor does", tests.extendedSave)
  }

  private func granularity(_ expectations: inout Expectations) {
    var descriptors: [UInt64] = [
      0x00CF_9300_0000_FFFF, 0x0040_9300_0000_0FFF, 0x5680_8934_1234_0010, 0x0000_0000_FFFF_8000,
    ]
    descriptors.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let flat = HyperV.SegmentRegister(selector: 0x10, descriptor: base)
      expectations.expect("in pages", UInt64(flat.limit), is: 0xFFFF_FFFF)
      expectations.expect("attributes", UInt64(flat.attributes), is: 0xC093)
      let small = HyperV.SegmentRegister(selector: 0x18, descriptor: base + 1)
      expectations.expect("in bytes", UInt64(small.limit), is: 0xFFF)
      // A system segment of 17 pages, with a base of 64 bits.
      let system = HyperV.SegmentRegister(selector: 0x20, descriptor: base + 2)
      expectations.expect("of a system segment", UInt64(system.limit), is: 0x1_0FFF)
      expectations.expect("its base", system.base, is: 0xFFFF_8000_5634_1234)
    }
  }

  private func ownContext(_ expectations: inout Expectations) {
    let context = Processor.current.idleContext
    expectations.expect("CS", UInt64(context.cs.attributes), is: 0xA09B)
    expectations.expect("CS, limit", UInt64(context.cs.limit), is: 0xFFFF_FFFF)
    expectations.expect("SS", UInt64(context.ss.attributes & 0x9F), is: 0x93)
    expectations.expect("TR", UInt64(context.tr.attributes), is: 0x8B)
    expectations.expect("TR, limit", UInt64(context.tr.limit), is: 103)
    expectations.expect("CR0", context.cr0, is: ControlRegister0.current.rawValue)
    expectations.expect("EFER", context.efer, is: ExtendedFeatures.current.rawValue)
    expectations.expect("CR3", context.cr3, is: bench.computer.pageTable.root.rawValue)
    expectations.expect("RFLAGS", context.flags, is: 2)
  }

  private func extendedSave(_ expectations: inout Expectations) {
    let before = ControlRegister4.current
    if bench.partition.isAboveLowestLevel {
      expectations.expect(!before.contains(.extendedSave), "the kernel uses XSAVE")
    }
    if ProcessorIdentification().has(ProcessorFeature("xsave", 1, .ecx, 26)) {
      ControlRegister4.current = before.union(.extendedSave)
    }
    let context = Processor.current.idleContext
    ControlRegister4.current = before
    expectations.expect(
      !ControlRegister4(rawValue: context.cr4).contains(.extendedSave), "the context has CR4.OSXSAVE")
  }

  /// What makes a context wrong that is right.
  typealias Change = (name: StaticString, body: (inout HyperV.InitialContext) -> Void)

  /// What no level accepts.
  static var illegal: [Change] {
    [
      ("RIP", { $0.instructionPointer = nonCanonical }),
      ("RSP", { $0.stackPointer = nonCanonical }),
      ("the base of FS", { $0.fs.base = nonCanonical }),
      ("the base of GS", { $0.gs.base = nonCanonical }),
      ("the base of TR", { $0.tr.base = nonCanonical }),
      ("the base of GDTR", { $0.gdtr.base = nonCanonical }),
      ("the base of IDTR", { $0.idtr.base = nonCanonical }),
      ("RFLAGS, bit 1", { $0.flags = 0 }),
      ("long mode without PAE", { $0.cr4 &= ~(1 << 5) }),
      ("EFER.LMA without LME", { $0.efer &= ~(1 << 8) }),
      ("EFER.LME with paging, without LMA", { $0.efer &= ~longModeActive }),
      ("CR0.PG without PE", { $0.cr0 &= ~1 }),
      ("CR0, bit 32", { $0.cr0 |= 1 << 32 }),
      ("CR4, bit 63", { $0.cr4 |= 1 << 63 }),
      ("EFER, bit 63", { $0.efer |= 1 << 63 }),
      ("CS with L and D", { $0.cs.attributes |= 1 << 14 }),
      ("a PCID without PCIDE", { $0.cr3 |= 0x801 }),
      ("PAT with type 2", { $0.pageAttributeTable = 0x0007_0406_0007_0402 }),
      ("PAT with type 3", { $0.pageAttributeTable = 0x0307_0406_0007_0406 }),
      ("PAT with type 8", { $0.pageAttributeTable = 0x0007_0406_0007_0408 }),
    ]
  }

  /// Makes a context one of real mode, which levels above VTL0 do not have.
  static func enterRealMode(_ context: inout HyperV.InitialContext) {
    context.cr0 = 0x10
    context.efer = 0
    context.cr4 = 0
    context.cs = HyperV.SegmentRegister(limit: 0xFFFF, attributes: 0x9B)
    context.instructionPointer = 0x8000
  }
}
