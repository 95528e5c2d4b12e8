import Interfaces

// The context in which the hypervisor starts a processor: what the kernel's own tables and control registers
// say.

extension HyperV.InitialContext {
  /// A context like this processor's, with the tables of another, which do not have to be loaded yet.
  ///
  /// No two processors share a stack or a task state, so that any number of them may begin at once. What the
  /// segment registers would hold comes from the descriptors.
  ///
  /// - Parameters:
  ///   - entry: the 64-bit code to begin with.
  ///   - stackPointer: RSP.
  init(
    entry: UInt64, stackPointer: UInt64, _ segments: SegmentDescriptorTable,
    _ interrupts: InterruptDescriptorTable
  ) {
    self.init()
    instructionPointer = entry
    self.stackPointer = stackPointer
    cs = segments.register(.kernelCode)
    ds = segments.register(.kernelData)
    es = ds
    ss = ds
    tr = segments.register(.taskState)
    tr.attributes |= Self.busy
    gdtr = segments.tableRegister
    idtr = interrupts.tableRegister
    efer = ExtendedFeatures.current.rawValue
    cr0 = ControlRegister0.current.rawValue
    cr3 = readCR3()
    cr4 = ControlRegister4.current.withoutExtendedSave.rawValue
    pageAttributeTable = ModelSpecificRegister.pageAttributeTable.value
  }

  /// Of a task state's type: TR is loaded with it.
  private static let busy: UInt16 = 1 << 1
}

extension HyperV.SegmentRegister {
  /// What a segment register holds after a load of a descriptor: AMD64 APM volume 2, section 4.8.
  ///
  /// - Parameter descriptor: 8 bytes, or 16 of a system segment.
  public init(selector: UInt16, descriptor: UnsafePointer<UInt64>) {
    let low = descriptor[0]
    let isSystem = low >> 44 & 1 == 0
    let isInPages = low >> 55 & 1 == 1
    let upperBase = isSystem ? descriptor[1] << 32 : 0
    let limit = UInt32(low & 0xFFFF | low >> 32 & 0xF_0000)
    self.init(
      base: low >> 16 & 0xFF_FFFF | low >> 32 & 0xFF00_0000 | upperBase,
      limit: isInPages ? limit << 12 | 0xFFF : limit, selector: selector,
      // AVL, L, D/B and G follow four bits of the limit in a descriptor, and here four zeros.
      attributes: UInt16(truncatingIfNeeded: low >> 40) & 0xF0FF)
  }
}

extension ControlRegister4 {
  /// The register of a kernel that does not use XSAVE.
  ///
  /// All trust levels share what XSAVE saves, and XCR0: a kernel above another that does not exchange them
  /// must not touch them. Where the processor offers XSAVE nonetheless, the kernel keeps it masked for
  /// itself.
  public var withoutExtendedSave: Self { subtracting(.extendedSave) }
}
