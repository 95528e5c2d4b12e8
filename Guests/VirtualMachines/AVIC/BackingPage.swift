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

  /// The external interrupt controller's delivery mode, at LINT0 after reset.
  private static let externalInterrupt: UInt32 = 7 << 8
  /// Version 10h with six entries in the local vector table.
  private static let version: UInt32 = 0x0005_0010

  private static let localVectors: [LocalAPICRegister] = [
    .timerVector, .thermalVector, .performanceCounterVector, .localInterrupt0Vector, .localInterrupt1Vector,
    .errorVector,
  ]

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
    self[.identifier] = UInt32(identifier) << 24
    self[.version] = Self.version
    self[.destinationFormat] = .max
    self[.spuriousInterruptVector] = SpuriousInterrupt.vector
    for register in Self.localVectors { self[register] = LocalVectorField.mask }
  }

  /// Gives the registers the values that they have in x2APIC mode, where the logical ID follows from the physical one.
  func becomeExtended(identifier: UInt8) {
    self[.identifier] = UInt32(identifier)
    self[.logicalDestination] = UInt32(identifier >> 4) << 16 | 1 << UInt32(identifier & 15)
  }

  /// A register.
  subscript(register: LocalAPICRegister) -> UInt32 {
    get { self[register.offset] }
    nonmutating set { self[register.offset] = newValue }
  }

  /// The register at an offset.
  subscript(offset: Int) -> UInt32 {
    get { word(offset).pointee.load(ordering: .relaxed) }
    nonmutating set { word(offset).pointee.store(newValue, ordering: .relaxed) }
  }

  // MARK: - Vectors

  /// Adds a vector to a set. The processor may change the same register meanwhile.
  func set(_ vector: UInt8, in set: VectorSet) {
    word(set.offset(of: vector)).pointee
      .bitwiseOr(VectorSet.bit(of: vector), ordering: .sequentiallyConsistent)
  }

  /// Removes a vector.
  func clear(_ vector: UInt8, in set: VectorSet) {
    word(set.offset(of: vector)).pointee
      .bitwiseAnd(~VectorSet.bit(of: vector), ordering: .sequentiallyConsistent)
  }

  func contains(_ vector: UInt8, in set: VectorSet) -> Bool {
    self[set.offset(of: vector)] & VectorSet.bit(of: vector) != 0
  }

  /// The highest vector of a set.
  func highest(in set: VectorSet) -> UInt8? {
    for first in stride(from: 0, through: UInt8.max, by: 32).reversed() {
      let bits = self[set.offset(of: first)]
      if bits != 0 { return first + 31 - UInt8(bits.leadingZeroBitCount) }
    }
    return nil
  }

  /// A set has no vector.
  func isEmpty(_ set: VectorSet) -> Bool { highest(in: set) == nil }

  // MARK: - What software does where the processor does not

  /// The priority that a vector must exceed, of which only bits 4 to 7 count.
  var processorPriority: UInt8 {
    let task = UInt8(truncatingIfNeeded: self[.taskPriority])
    let service = highest(in: .inService) ?? 0
    return task >> 4 >= service >> 4 ? task : service & 0xF0
  }

  /// The vector that a processor with its interrupt flag set takes next.
  var nextRequest: UInt8? {
    guard let request = highest(in: .requests), request >> 4 > processorPriority >> 4 else {
      return nil
    }
    return request
  }

  /// Moves a vector from the requests to what is in service.
  func acknowledge(_ vector: UInt8) {
    clear(vector, in: .requests)
    set(vector, in: .inService)
    self[.processorPriority] = UInt32(processorPriority)
  }

  /// Ends the service of the highest vector.
  func endOfInterrupt() {
    guard let vector = highest(in: .inService) else { return }
    clear(vector, in: .inService)
    self[.processorPriority] = UInt32(processorPriority)
  }

  /// The word's storage: processors change it at the same time.
  private func word(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    (bytes + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
  }
}
