import Bedrock
import Interfaces

/// What the tests share: the computer, its partition, and pages to make calls with.
final class Bench: @unchecked Sendable {
  let computer: Computer
  let partition: Partition
  /// Two pages one behind the other, for inputs that cross from one into the next.
  let inputPages: PhysicalAddress
  let input: UnsafeMutableRawPointer
  let outputPage: PhysicalAddress
  let output: UnsafeMutableRawPointer
  /// The first processor's index.
  let ownIndex: UInt32
  /// The identifiers of all processors' local APICs, the first processor's among them.
  let apicIdentifiers: [UInt32]

  /// Where there is no RAM.
  static let nowhere: UInt64 = 1 << 38

  /// Nil if there is no memory.
  init?(_ computer: Computer, _ partition: Partition) {
    guard let inputPages = computer.frames.allocate(count: 2), let input = inputPages.pointer,
      let outputPage = computer.frames.allocate(), let output = outputPage.pointer
    else { return nil }
    self.computer = computer
    self.partition = partition
    self.inputPages = inputPages
    self.input = input
    self.outputPage = outputPage
    self.output = output
    apicIdentifiers = computer.apicIdentifiers
    ownIndex = UInt32(truncatingIfNeeded: ModelSpecificRegister(.processorIndex).value)
  }

  /// Whether there are synthetic timers that interrupt directly.
  var hasTimers: Bool {
    partition.privileges.contains(.syntheticTimers) && partition.features.contains(.directTimers)
  }

  /// Clears the pages.
  func clear() {
    input.initializeMemory(as: UInt8.self, repeating: 0, count: 2 * HyperV.pageSize)
    output.initializeMemory(as: UInt8.self, repeating: 0, count: HyperV.pageSize)
  }

  /// Makes a call with what is in the input page.
  func call(_ control: HyperV.HypercallControl, at offset: UInt64 = 0) -> HyperV.HypercallResult {
    partition.call(control, (inputPages + offset).rawValue, outputPage.rawValue)
  }

  /// Makes a call that does not repeat.
  func call(_ code: HyperV.HypercallCode) -> HyperV.HypercallResult {
    call(HyperV.HypercallControl(code))
  }

  /// Makes a call that repeats.
  func call(_ code: HyperV.HypercallCode, count: Int) -> HyperV.HypercallResult {
    call(HyperV.HypercallControl(code, count: count))
  }

  /// Lets a moment pass in which what should not happen would.
  func pause() { computer.delay.spin(microseconds: 500) }

  /// Waits until something has happened; false if it does not.
  func waits(for condition: () -> Bool) -> Bool {
    computer.delay.wait(microseconds: 200_000, for: condition)
  }
}

extension Expectations {
  /// Expects all of RAX: the status, the repetitions that were done, and zeros.
  @inline(never)
  mutating func expect(
    _ what: StaticString, _ result: HyperV.HypercallResult, is status: HyperV.HypercallStatus,
    completed: Int = 0
  ) {
    expect(what, result.rawValue, is: HyperV.HypercallResult(status, completed: completed).rawValue)
  }

  /// Expects that a call of a kernel's is done, and returns what came of it.
  @inline(never) @discardableResult
  mutating func expectSuccess<Value>(
    _ what: StaticString, _ body: () throws(HypercallFailure) -> Value
  ) -> Value? {
    do throws(HypercallFailure) {
      return try body()
    } catch {
      expect(what, error.result.rawValue, is: 0)
      return nil
    }
  }

  /// Expects that a call of a kernel's is refused.
  @inline(never)
  mutating func expect(
    _ what: StaticString, fails status: HyperV.HypercallStatus,
    _ body: () throws(HypercallFailure) -> Void
  ) {
    do throws(HypercallFailure) {
      try body()
      expect(false, "\(what): success instead of status \(status.rawValue)")
    } catch {
      expect(what, error.result.rawValue, is: HyperV.HypercallResult(status).rawValue)
    }
  }
}
