import Bedrock
import _Volatile

/// What the handlers of `ControllerPrograms.S` note: how many interrupts a processor has handled, and which.
struct InterruptRecord {
  private static let vectors: UInt64 = 16

  private let frame: PhysicalAddress

  /// The record in a page.
  init(_ frame: PhysicalAddress) { self.frame = frame }

  func clear() { frame.pointer?.initializeMemory(as: UInt8.self, repeating: 0, count: 4096) }

  /// How many interrupts. A processor that runs may change it.
  var count: UInt64 {
    VolatileMappedRegister<UInt64>(unsafeBitPattern: UInt(frame.rawValue)).load()
  }

  /// The vector of an interrupt, counted from 0.
  subscript(index: UInt64) -> UInt8 {
    VolatileMappedRegister<UInt8>(unsafeBitPattern: UInt((frame + Self.vectors + index).rawValue)).load()
  }
}
