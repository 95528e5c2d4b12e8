/// An exception that an instruction raised while it was probed.
public struct RaisedException: Sendable {
  /// Which exception.
  public let vector: ExceptionVector
  /// The error code, or 0 for exceptions without one.
  public let errorCode: UInt64
  /// CR2 at that moment: the address that missed, if this is a page fault.
  public let faultAddress: UInt64
  /// The registers as they were then.
  public let frame: InterruptFrame

  /// RIP as the processor pushed it: of the instruction for a fault, after it for a trap.
  public var instructionPointer: UInt64 { frame.rip }
}

/// How a probed routine ended.
public enum ProbeOutcome: Sendable {
  /// It returned a value.
  case returned(UInt64)
  /// It was abandoned at an exception.
  case raised(RaisedException)

  /// The exception, if there was one.
  public var exception: RaisedException? {
    if case .raised(let exception) = self { exception } else { nil }
  }

  /// The value, if the routine returned.
  public var value: UInt64? {
    if case .returned(let value) = self { value } else { nil }
  }
}

/// A routine that can be abandoned at any of its instructions.
///
/// Write it in assembly: abandoning compiled Swift would skip its releases and leave accesses open.
public typealias ProbeRoutine = @convention(c) (UInt64, UInt64) -> UInt64

/// Where an abandoned routine's caller continues. `bedrock_probe` fills the first two fields.
struct ProbeRecovery {
  var stackPointer: UInt64 = 0
  var instructionPointer: UInt64 = 0
  /// RFLAGS before the routine: whatever it did to them is forgotten.
  var flags: UInt64 = 0
  var raised: RaisedException?
}

@_extern(c, "bedrock_probe")
private func bedrockProbe(
  _ routine: ProbeRoutine, _ first: UInt64, _ second: UInt64, _ recovery: UnsafeMutableRawPointer
) -> UInt64

extension Processor {
  /// Calls a routine that may raise an exception, and tells whether it did.
  ///
  /// Only for the processor that is running this; probes do not nest.
  public func probe(_ routine: ProbeRoutine, _ first: UInt64 = 0, _ second: UInt64 = 0) -> ProbeOutcome {
    var storage = ProbeRecovery()
    storage.flags = readFlags()
    return withUnsafeMutablePointer(to: &storage) { pointer in
      recovery = pointer
      let value = bedrockProbe(routine, first, second, UnsafeMutableRawPointer(pointer))
      recovery = nil
      if let raised = pointer.pointee.raised { return .raised(raised) }
      return .returned(value)
    }
  }

  /// Abandons the routine being probed, if there is one and the exception is its own.
  func recover(_ frame: inout InterruptFrame) -> Bool {
    guard let recovery, frame.vector < 32, recovery.pointee.raised == nil,
      let vector = ExceptionVector(rawValue: UInt8(truncatingIfNeeded: frame.vector)),
      vector.belongsToInstruction
    else { return false }
    recovery.pointee.raised = RaisedException(
      vector: vector, errorCode: frame.errorCode, faultAddress: readCR2(), frame: frame)
    frame.rip = recovery.pointee.instructionPointer
    frame.rsp = recovery.pointee.stackPointer
    // The routine may have gone to user mode; its caller has not.
    frame.cs = UInt64(SegmentSelector.kernelCode.rawValue)
    frame.ss = UInt64(SegmentSelector.kernelData.rawValue)
    frame.rflags = recovery.pointee.flags
    return true
  }
}
