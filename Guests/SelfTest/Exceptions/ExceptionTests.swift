import Bedrock

/// Exceptions of the processor: that they are raised, with which error code, and where RIP points.
enum ExceptionTests {
  /// An address whose upper bits are not copies of bit 47.
  private static let nonCanonical: UInt64 = 0x8000_0000_0000_0000

  static func add(to list: inout SelfTestList) {
    let processor = Processor.current
    list.test("#UD points at the instruction") { expectations in
      let outcome = processor.probe(probeUndefined)
      expectations.expect("ud2", outcome, raises: .invalidOpcode)
      expectations.expect(
        "RIP", outcome.exception?.instructionPointer ?? 0, is: address(of: probeUndefined))
    }
    list.test("#DE for division by zero and for overflow") { expectations in
      expectations.expect("by zero", processor.probe(probeDivideByZero), raises: .divideError)
      expectations.expect("overflow", processor.probe(probeDivideOverflow), raises: .divideError)
    }
    list.test("#BP points behind the instruction") { expectations in
      let outcome = processor.probe(probeBreakpoint)
      expectations.expect("int3", outcome, raises: .breakpoint)
      expectations.expect(
        "RIP", outcome.exception?.instructionPointer ?? 0, is: address(of: breakpointNext))
    }
    list.test("#GP for addresses that are not canonical") { expectations in
      expectations.expect("read", processor.probe(probeRead, nonCanonical), raises: .generalProtection)
    }
    list.strictTest("#SS for such addresses relative to the stack", "APM 2, 8.2.13") { expectations in
      expectations.expect("through RBP", processor.probe(probeStackFault, nonCanonical), raises: .stackFault)
    }
    list.test("#GP tells the selector") { expectations in
      let beyondLimit: UInt64 = 0x100
      expectations.expect(
        "beyond the table's limit", processor.probe(probeLoadDataSegment, beyondLimit),
        raises: .generalProtection, errorCode: beyondLimit)
    }
    list.strictTest("#GP for a model-specific register that does not exist", "APM 3, RDMSR") { expectations in
      let absent = ModelSpecificRegister(index: 0xC000_FFFF)
      expectations.expect("RDMSR", absent.probe(), raises: .generalProtection)
    }
    list.test("#DF on its own stack when the stack is lost") { expectations in
      expectations.expect("push", processor.probe(probeLoseStack, nonCanonical), raises: .doubleFault)
    }
  }
}
