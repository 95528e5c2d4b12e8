import Bedrock
import Interfaces
import Synchronization

/// A guest processor's APIC registers in memory: AVIC's virtual APIC backing page.
///
/// It is the only copy of the registers. Software that emulates the APIC uses the same page, so that switching AVIC on
/// and off loses nothing. Each guest processor has one of its own, which is never mapped into the guest: what the guest
/// reaches at the APIC's address is decided by the processor.
struct BackingPage: @unchecked Sendable {
  let address: PhysicalAddress
  private let bytes: UnsafeMutableRawPointer

  private static let words = 8
  private static let masked: UInt32 = 1 << 16
  /// The external interrupt controller's delivery mode, at LINT0 after reset.
  private static let externalInterrupt: UInt32 = 7 << 8
  /// Version 10h with six entries in the local vector table.
  private static let version: UInt32 = 0x0005_0010

  /// A page with the registers after reset. Nil if there is no memory.
  init?(_ frames: PageFrameAllocator, identifier: UInt8) {
    guard let frame = frames.allocate(), let pointer = frame.pointer else { return nil }
    address = frame
    bytes = pointer
    reset(identifier: identifier)
  }

  /// Gives the registers their values after reset.
  func reset(identifier: UInt8) {
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: SVM.pageSize)
    self[LocalRegister.identifier] = UInt32(identifier) << 24
    self[LocalRegister.version] = Self.version
    self[LocalRegister.destinationFormat] = .max
    self[LocalRegister.spuriousInterrupt] = 0xFF
    for offset in stride(from: LocalRegister.timerVector, through: LocalRegister.errorVector, by: 16) {
      self[offset] = Self.masked
    }
  }

  /// Gives the registers the values that they have in x2APIC mode, where the logical ID follows from the physical one.
  func becomeExtended(identifier: UInt8) {
    self[LocalRegister.identifier] = UInt32(identifier)
    self[LocalRegister.logicalDestination] = UInt32(identifier >> 4) << 16 | 1 << UInt32(identifier & 15)
  }

  /// The register at an offset.
  subscript(offset: Int) -> UInt32 {
    get { word(offset).pointee.load(ordering: .relaxed) }
    nonmutating set { word(offset).pointee.store(newValue, ordering: .relaxed) }
  }

  // MARK: - Vectors

  /// Sets a vector's bit in one of the registers of 256 bits. The processor may change the same word meanwhile.
  func set(_ vector: UInt8, in register: Int) {
    let mask = UInt32(1) << UInt32(vector % 32)
    word(register + Int(vector / 32) * 16).pointee.bitwiseOr(mask, ordering: .sequentiallyConsistent)
  }

  /// Clears a vector's bit.
  func clear(_ vector: UInt8, in register: Int) {
    let mask = UInt32(1) << UInt32(vector % 32)
    word(register + Int(vector / 32) * 16).pointee.bitwiseAnd(~mask, ordering: .sequentiallyConsistent)
  }

  func contains(_ vector: UInt8, in register: Int) -> Bool {
    self[register + Int(vector / 32) * 16] >> UInt32(vector % 32) & 1 != 0
  }

  /// The highest vector whose bit is set.
  func highest(in register: Int) -> UInt8? {
    for index in (0..<Self.words).reversed() {
      let bits = self[register + index * 16]
      if bits != 0 { return UInt8(index * 32 + 31 - bits.leadingZeroBitCount) }
    }
    return nil
  }

  /// No vector's bit is set.
  func isEmpty(_ register: Int) -> Bool { highest(in: register) == nil }

  // MARK: - What software does where the processor does not

  /// The priority that a vector must exceed, of which only bits 4 to 7 count.
  var processorPriority: UInt8 {
    let task = UInt8(truncatingIfNeeded: self[LocalRegister.taskPriority])
    let service = highest(in: LocalRegister.inService) ?? 0
    return task >> 4 >= service >> 4 ? task : service & 0xF0
  }

  /// The vector that a processor with its interrupt flag set takes next.
  var nextRequest: UInt8? {
    guard let request = highest(in: LocalRegister.requests), request >> 4 > processorPriority >> 4 else {
      return nil
    }
    return request
  }

  /// Moves a vector from the requests to what is in service.
  func acknowledge(_ vector: UInt8) {
    clear(vector, in: LocalRegister.requests)
    set(vector, in: LocalRegister.inService)
    self[LocalRegister.processorPriority] = UInt32(processorPriority)
  }

  /// Ends the service of the highest vector.
  func endOfInterrupt() {
    guard let vector = highest(in: LocalRegister.inService) else { return }
    clear(vector, in: LocalRegister.inService)
    self[LocalRegister.processorPriority] = UInt32(processorPriority)
  }

  /// The word's storage: processors change it at the same time.
  private func word(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    (bytes + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
  }
}
