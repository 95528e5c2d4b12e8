import Bus
import Interfaces

/// The device's way to what its host keeps in memory: within the windows that the host opened, and only while the function
/// may access memory at all.
final class MHIHostMemory {
  /// Where rings and contexts may be.
  var control = MHIWindow()
  /// Where buffers may be.
  var data = MHIWindow()

  private let busMaster: BusMaster

  init(_ busMaster: BusMaster) { self.busMaster = busMaster }

  /// The function may access memory now.
  var isReachable: Bool { busMaster.isEnabled }

  // MARK: Contexts and rings

  /// A number in a context of a ring.
  func loadContext<Number: FixedWidthInteger>(
    _ address: UInt64, ring: UInt8, as type: Number.Type = Number.self
  ) throws(MHIHostError) -> Number {
    guard control.contains(address, count: MemoryLayout<Number>.size),
      let value: Number = busMaster.load(address)
    else { throw MHIHostError(violation: .unreachableContext, ring: ring, value: address) }
    return value
  }

  /// Stores a number in a context of a ring.
  func storeContext<Number: FixedWidthInteger>(
    _ value: Number, at address: UInt64, ring: UInt8
  ) throws(MHIHostError) {
    guard control.contains(address, count: MemoryLayout<Number>.size), busMaster.store(value, at: address)
    else { throw MHIHostError(violation: .unreachableContext, ring: ring, value: address) }
  }

  /// An element of a ring.
  func loadElement(_ address: UInt64, ring: UInt8) throws(MHIHostError) -> MHIRingElement {
    guard control.contains(address, count: MHIRingElement.size),
      let pointer: UInt64 = busMaster.load(address),
      let dwords: UInt64 = busMaster.load(address &+ UInt64(MHIRingElement.dword0Offset))
    else { throw MHIHostError(violation: .unreachableElement, ring: ring, value: address) }
    return MHIRingElement(
      pointer: pointer, dword0: UInt32(truncatingIfNeeded: dwords),
      dword1: UInt32(truncatingIfNeeded: dwords >> 32))
  }

  /// Stores an element of a ring.
  func storeElement(_ element: MHIRingElement, at address: UInt64, ring: UInt8) throws(MHIHostError) {
    let dwords = UInt64(element.dword1) << 32 | UInt64(element.dword0)
    guard control.contains(address, count: MHIRingElement.size),
      busMaster.store(element.pointer, at: address),
      busMaster.store(dwords, at: address &+ UInt64(MHIRingElement.dword0Offset))
    else { throw MHIHostError(violation: .unreachableElement, ring: ring, value: address) }
  }

  // MARK: Data

  /// Fills `buffer` from the host's; `false` if the host does not let it.
  func readData(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    data.contains(address, count: buffer.count) && busMaster.read(address, into: buffer)
  }

  /// Stores `buffer` in the host's; `false` if the host does not let it.
  func writeData(_ address: UInt64, from buffer: UnsafeRawBufferPointer) -> Bool {
    data.contains(address, count: buffer.count) && busMaster.write(address, from: buffer)
  }

  // MARK: Images

  /// Fills `buffer` from an image, which is outside of every window: it is loaded before they are opened.
  func readImage(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    busMaster.read(address, into: buffer)
  }

  /// A number in a vector of segments, likewise; `nil` if it is not there.
  func loadImageNumber(_ address: UInt64) -> UInt64? { busMaster.load(address) }

  /// Stores a part of a dump, likewise.
  func writeImage(_ address: UInt64, from buffer: UnsafeRawBufferPointer) -> Bool {
    busMaster.write(address, from: buffer)
  }
}
