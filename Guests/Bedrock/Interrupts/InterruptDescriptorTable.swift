import Interfaces

/// The interrupt descriptor table with the handlers behind it: AMD64 APM volume 2, sections 4.6.5 and 8.9.
///
/// One table serves any number of processors. Register handlers before the interrupts can arrive.
public final class InterruptDescriptorTable: @unchecked Sendable {
  /// What to do about an interrupt, on the processor that received it.
  public typealias Handler = @Sendable (_ frame: inout InterruptFrame, _ processor: Processor) -> Void

  private static let vectors = 256
  private let gates: UnsafeMutablePointer<Gate>
  private var handlers: [Handler?]

  /// A table whose every vector leads to Bedrock's entry code and has no handler.
  public init() {
    gates = .allocate(capacity: Self.vectors)
    handlers = Array(repeating: nil, count: Self.vectors)
    let entries = interruptEntries()
    for vector in 0..<Self.vectors {
      let entry = entries + UInt64(vector) * 16
      let exception = ExceptionVector(rawValue: UInt8(vector))
      (gates + vector).initialize(to: Gate(entry: entry, stack: InterruptStack(for: exception)))
    }
  }

  deinit { gates.deallocate() }

  /// Sets the handler of a vector, or takes it away.
  ///
  /// Without a handler an exception is reported and ends the guest; an interrupt is acknowledged and ignored.
  public func setHandler(_ vector: UInt8, _ handler: Handler?) {
    handlers[Int(vector)] = handler
  }

  func handler(of vector: UInt8) -> Handler? { handlers[Int(vector)] }

  /// Makes this the table of the current processor.
  func load() {
    DescriptorTablePointer.with(tableRegister) { lidt($0) }
  }

  /// IDTR of a processor whose table this is.
  var tableRegister: HyperV.TableRegister {
    HyperV.TableRegister(
      base: UInt64(UInt(bitPattern: gates)), limit: UInt16(Self.vectors * MemoryLayout<Gate>.stride - 1))
  }
}

/// A 64-bit interrupt gate.
private struct Gate {
  let offsetLow: UInt16
  let selector: UInt16
  let stackAndType: UInt16
  let offsetMiddle: UInt16
  let offsetHigh: UInt32
  let reserved: UInt32 = 0

  init(entry: UInt64, stack: InterruptStack) {
    let present: UInt16 = 1 << 15
    let interruptGate: UInt16 = 0xE << 8
    offsetLow = UInt16(truncatingIfNeeded: entry)
    selector = SegmentSelector.kernelCode.rawValue
    stackAndType = present | interruptGate | stack.rawValue
    offsetMiddle = UInt16(truncatingIfNeeded: entry >> 16)
    offsetHigh = UInt32(truncatingIfNeeded: entry >> 32)
  }
}

@_extern(c, "bedrock_interrupt_entries") private func interruptEntries() -> UInt64
