import Interfaces
import Synchronization

/// One processor of the computer: its tables, its stack, and the work it was given.
///
/// The object of the processor that runs the code is `Processor.current`; the processor finds it through
/// the base of GS.
public final class Processor: @unchecked Sendable {
  /// Where an application processor is on its way.
  enum State: UInt, AtomicRepresentable {
    case off, idle, assigned, working
  }

  static let stackSize = 65536

  /// The processor's place in the MADT, counted from 0 for the one that runs first.
  public let number: Int
  /// The identifier of the processor's local APIC.
  public let apicIdentifier: UInt32
  /// The handlers of this processor's interrupts.
  public let interrupts: InterruptDescriptorTable
  /// This processor's view of its local APIC.
  public let localAPIC: LocalAPIC

  let state = Atomic<State>(.off)
  var work: (@Sendable (Processor) -> Void)?
  var recovery: UnsafeMutablePointer<ProbeRecovery>?

  private let segments = SegmentDescriptorTable()
  private let block: UnsafeMutablePointer<UnsafeRawPointer>
  let reportFatal: @Sendable (InterruptFrame, Processor) -> Never

  /// A processor that has not been taken over yet.
  ///
  /// - Parameter reportFatal: what to do about an exception that nobody handles.
  init(
    number: Int, apicIdentifier: UInt32, interrupts: InterruptDescriptorTable, localAPIC: LocalAPIC,
    reportFatal: @escaping @Sendable (InterruptFrame, Processor) -> Never
  ) {
    self.number = number
    self.apicIdentifier = apicIdentifier
    self.interrupts = interrupts
    self.localAPIC = localAPIC
    self.reportFatal = reportFatal
    block = .allocate(capacity: 1)
    // The processor points at its object until the guest ends: the reference is never given back.
    block.initialize(to: UnsafeRawPointer(Unmanaged.passRetained(self).toOpaque()))
  }

  /// The processor that runs this code.
  public static var current: Processor {
    Unmanaged<Processor>.fromOpaque(currentProcessorPointer()).takeUnretainedValue()
  }

  /// Makes the processor that runs this code be this one.
  func takeOver() {
    segments.load()
    interrupts.load()
    ModelSpecificRegister.gsBase.write(UInt64(UInt(bitPattern: block)))
    ModelSpecificRegister.kernelGSBase.write(0)
  }

  /// A context like the current processor's, with this processor's tables.
  func context(startingAt entry: UInt64, stackPointer: UInt64) -> HyperV.InitialContext {
    HyperV.InitialContext(entry: entry, stackPointer: stackPointer, segments, interrupts)
  }

  /// Sets the stack that interrupts of user mode switch to (RSP0).
  public func setExceptionStack(top: UnsafeMutableRawPointer) {
    segments.setKernelStack(top: UInt64(UInt(bitPattern: top)))
  }

  fileprivate func receive(_ frame: inout InterruptFrame) {
    if recover(&frame) { return }
    let vector = UInt8(truncatingIfNeeded: frame.vector)
    if let handler = interrupts.handler(of: vector) {
      handler(&frame, self)
    } else if frame.vector < 32 {
      reportFatal(frame, self)
    } else if vector != LocalAPIC.spuriousVector {
      localAPIC.endOfInterrupt()
    }
  }
}

/// Where `InterruptEntry.S` enters Swift.
@c(bedrock_interrupt)
func receiveInterrupt(_ frame: UnsafeMutableRawPointer) {
  Processor.current.receive(&frame.assumingMemoryBound(to: InterruptFrame.self).pointee)
}
