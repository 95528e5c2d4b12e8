import Interfaces
import Processor

/// The way of a call from VMMCALL to its result (TLFS 3).
extension HyperVHypervisor {
  /// See ``ProcessorHypervisor``.
  public func call(by processor: VirtualProcessor) -> Bool {
    let caller = partitionProcessor(processor)
    guard processor.isInProtectedMode, processor.privilegeLevel == 0,
      partition(caller.active).acceptsCalls
    else { return false }
    let registers = CallRegisters(of: processor)
    if let transition = registers.transition { return move(caller, by: transition) }
    let control = registers.control
    func finish(_ result: HyperV.HypercallResult) {
      if let code = HyperV.HypercallCode(rawValue: control.code) { statistics.note(code) }
      registers.setResult(result)
      tracePoints.called(control, result, by: caller)
    }
    // A call between levels has no control word.
    guard !LevelTransition.codes.contains(control.code) else { return false }
    do throws(HyperV.HypercallStatus) {
      guard let code = HyperV.HypercallCode(rawValue: control.code), let shape = HypercallShape(code) else {
        throw .invalidCode
      }
      guard shape.allows(control) else { throw .invalidInput }
      let size = (input: shape.inputSize(control), output: shape.outputSize(control))
      if control.isFast {
        guard try hasVectorRegisters(for: size) else { return false }
        let output = Self.alignedUp(size.input)
        registers.loadFast(into: buffers.input)
        let completed = try perform(code, shape, control, size, by: caller)
        registers.storeFast(buffers.output, count: size.output, at: output)
        finish(HyperV.HypercallResult(.success, completed: completed))
        return true
      }
      try readInput(registers.input, count: size.input, of: processor)
      try checkOutput(registers.output, count: size.output, of: processor)
      defer { writeOutput(registers.output, count: size.output, of: processor) }
      let completed = try perform(code, shape, control, size, by: caller)
      finish(HyperV.HypercallResult(.success, completed: completed))
    } catch {
      if let code = HyperV.HypercallCode(rawValue: control.code) { statistics.note(error, of: code) }
      finish(HyperV.HypercallResult(error, completed: completedRepetitions))
      completedRepetitions = 0
    }
    return true
  }

  /// Does a call whose input lies in the buffer.
  ///
  /// - Returns: the repetitions that are done; a call that fails leaves them in ``completedRepetitions``.
  private func perform(
    _ code: HyperV.HypercallCode, _ shape: HypercallShape, _ control: HyperV.HypercallControl,
    _ size: (input: Int, output: Int), by caller: PartitionProcessor
  ) throws(HyperV.HypercallStatus) -> Int {
    guard configuration.privileges.isSuperset(of: shape.privileges) else { throw .accessDenied }
    let call = Hypercall(
      caller: caller, control: control, shape: shape,
      input: UnsafeRawBufferPointer(rebasing: buffers.input[..<size.input]),
      output: UnsafeMutableRawBufferPointer(rebasing: buffers.output[..<size.output]))
    switch code {
    case .flushAddressSpace, .flushAddressSpaceOfSet, .flushAddressList, .flushAddressListOfSet:
      try flush(call)
    case .notifyLongSpin: break
    case .sendInterrupt, .sendInterruptToSet: try sendInterrupt(call)
    case .modifyProtection: try modifyProtection(call)
    case .enablePartitionLevel: try enablePartitionLevel(call)
    case .enableProcessorLevel: try enableProcessorLevel(call)
    case .startProcessor: try startProcessor(call)
    case .getRegisters: try getRegisters(call)
    case .setRegisters: try setRegisters(call)
    case .getProcessorIndex: try getProcessorIndex(call)
    case .callLevel, .returnLevel: throw .invalidCode
    }
    return control.count
  }

  /// Does something for each element of a call's list that is asked for.
  func forEachElement(
    of call: Hypercall, _ body: (Int) throws(HyperV.HypercallStatus) -> Void
  ) throws(HyperV.HypercallStatus) {
    for number in call.control.start..<call.control.count {
      completedRepetitions = number
      try body(number)
    }
    completedRepetitions = 0
  }

  // MARK: Input and output

  private static let registerBytes = 16
  private static let allRegisterBytes = 112

  private static func alignedUp(_ size: Int) -> Int { (size + registerBytes - 1) & ~(registerBytes - 1) }

  /// Whether a fast call's input and output may be where they have to be.
  ///
  /// - Returns: `false` if it takes registers that the hypervisor does not offer, which is #UD (TLFS 3.7.4).
  private func hasVectorRegisters(
    for size: (input: Int, output: Int)
  ) throws(HyperV.HypercallStatus) -> Bool {
    guard Self.alignedUp(size.input) + size.output <= Self.allRegisterBytes else { throw .invalidInput }
    if size.input > Self.registerBytes, !configuration.features.contains(.vectorInput) { return false }
    return size.output == 0 || configuration.features.contains(.vectorOutput)
  }

  private func readInput(
    _ address: UInt64, count: Int, of processor: VirtualProcessor
  ) throws(HyperV.HypercallStatus) {
    guard address & 7 == 0, count <= buffers.input.count,
      processor.readPhysical(address, into: UnsafeMutableRawBufferPointer(rebasing: buffers.input[..<count]))
    else { throw .invalidAlignment }
  }

  private func checkOutput(
    _ address: UInt64, count: Int, of processor: VirtualProcessor
  ) throws(HyperV.HypercallStatus) {
    guard count > 0 else { return }
    guard address & 7 == 0, count <= buffers.output.count,
      processor.readPhysical(
        address, into: UnsafeMutableRawBufferPointer(rebasing: buffers.output[..<count])),
      processor.canWritePhysical(address, count: count)
    else { throw .invalidAlignment }
  }

  /// Elements that a call did not get to are written back as they were.
  private func writeOutput(_ address: UInt64, count: Int, of processor: VirtualProcessor) {
    guard count > 0 else { return }
    _ = processor.writePhysical(address, from: UnsafeRawBufferPointer(rebasing: buffers.output[..<count]))
  }
}
