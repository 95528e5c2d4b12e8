import Interfaces

/// The description of a ring in shared memory, which tells the modem of it.
struct Context {
  private let memory: SharedMemory
  private let offset: Int

  /// The one with a number in an array of contexts.
  init(_ number: Int, in memory: SharedMemory) {
    self.memory = memory
    offset = number * MHIContext.size
  }

  /// One of its fields of 32 bits, by its offset.
  subscript(_ field: Int) -> UInt32 {
    get { memory.load32(offset + field) }
    nonmutating set { memory.store32(newValue, at: offset + field) }
  }

  /// Up to where the driver has come.
  var writePointer: UInt64 {
    get { memory.load64(offset + MHIContext.writePointer) }
    nonmutating set { memory.store64(newValue, at: offset + MHIContext.writePointer) }
  }

  /// Up to where the modem has come.
  var readPointer: UInt64 {
    get { memory.load64(offset + MHIContext.readPointer) }
    nonmutating set { memory.store64(newValue, at: offset + MHIContext.readPointer) }
  }

  /// Describes a ring; the pointers are places in it.
  func describe(_ ring: Ring, readPointer: Int, writePointer: Int) {
    describe(base: ring.memory.address, length: UInt64(ring.memory.count))
    self.readPointer = ring.address(of: readPointer)
    self.writePointer = ring.address(of: writePointer)
  }

  /// Describes anything as a ring.
  func describe(base: UInt64, length: UInt64) {
    memory.store64(base, at: offset + MHIContext.ringBase)
    memory.store64(length, at: offset + MHIContext.ringLength)
  }

  /// Forgets the ring.
  func clear() {
    describe(base: 0, length: 0)
    readPointer = 0
    writePointer = 0
  }
}
