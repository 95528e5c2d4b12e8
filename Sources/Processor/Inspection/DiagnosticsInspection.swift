import X86

/// An encoding that raised #UD because the processor does not have it.
public struct ObservedEncoding: Equatable, Sendable {
  /// The encoding.
  public let bytes: [UInt8]
  /// The instruction in Intel's syntax; `(bad)` if no processor has it.
  public let text: String
  /// How often it was executed.
  public let count: UInt64
}

/// An exception that was delivered to the guest.
public struct ObservedException: Equatable, Sendable {
  /// Its vector.
  public let vector: ExceptionVector
  /// The error code, of vectors that push one.
  public let errorCode: UInt32?
  /// RIP when it was raised.
  public let instructionPointer: UInt64
  /// The address that could not be accessed, of page faults.
  public let faultAddress: UInt64?
}

extension VirtualProcessor {
  /// The encodings that the processor was asked for and does not have, in the order in which they appeared.
  public var undefinedEncodings: [ObservedEncoding] {
    diagnostics.undefinedEncodings.map {
      ObservedEncoding(
        bytes: $0.bytes, text: Self.describe($0.bytes, mode: core.state.codeMode).text, count: $0.count)
    }
  }

  /// The text of an encoding in the mode that code runs in now.
  public func instructionText(of bytes: [UInt8]) -> String {
    Self.describe(bytes, mode: core.state.codeMode).text
  }

  /// The last exceptions, oldest first.
  public var recentExceptions: [ObservedException] {
    diagnostics.recentExceptions.map {
      let vector = $0.exception.vector
      return ObservedException(
        vector: vector, errorCode: vector.pushesErrorCode ? $0.exception.errorCode : nil,
        instructionPointer: $0.rip, faultAddress: vector == .pageFault ? $0.cr2 : nil)
    }
  }

  /// How often each exception was delivered, in the order of vectors and without those that never were.
  public var exceptionCounts: [(vector: ExceptionVector, count: UInt64)] {
    ExceptionVector.allCases.compactMap {
      let count = diagnostics.exceptionCounts[Int($0.rawValue)]
      return count > 0 ? ($0, count) : nil
    }
  }
}

extension ExceptionVector {
  /// The name in the manuals, such as `#PF`.
  public var mnemonic: String {
    switch self {
    case .divideError: "#DE"
    case .debug: "#DB"
    case .nonMaskable: "NMI"
    case .breakpoint: "#BP"
    case .overflow: "#OF"
    case .boundRange: "#BR"
    case .invalidOpcode: "#UD"
    case .deviceNotAvailable: "#NM"
    case .doubleFault: "#DF"
    case .invalidTSS: "#TS"
    case .segmentNotPresent: "#NP"
    case .stackFault: "#SS"
    case .generalProtection: "#GP"
    case .pageFault: "#PF"
    case .x87FloatingPoint: "#MF"
    case .alignmentCheck: "#AC"
    case .machineCheck: "#MC"
    case .simdFloatingPoint: "#XF"
    case .controlProtection: "#CP"
    case .hypervisorInjection: "#HV"
    case .vmmCommunication: "#VC"
    case .security: "#SX"
    }
  }
}
