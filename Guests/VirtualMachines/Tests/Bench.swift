import Bedrock
import Interfaces

/// What the tests share: the computer, a guest with one processor, and ways to run it.
final class Bench: @unchecked Sendable {
  let computer: Computer
  let svm: VirtualizationExtension
  let memory: GuestMemory
  let guest: VirtualProcessor
  /// The virtual processor that the watchdog stops.
  private(set) var watched: GuestProcessor?
  let clocks: Clocks
  private let watchdogCount: UInt32

  /// VMMCALL: where a program ends.
  static let call: [UInt8] = [0x0F, 0x01, 0xD9]
  /// HLT.
  static let halt: UInt8 = 0xF4
  /// How long a guest may run, in microseconds.
  private static let limit: UInt64 = 500_000
  private static let longLimit: UInt64 = 20_000_000

  /// Nil if there is no memory.
  init?(_ computer: Computer, _ svm: VirtualizationExtension) {
    guard Self.enable(on: computer), let memory = GuestMemory(computer.frames),
      let guest = VirtualProcessor(memory)
    else { return nil }
    self.computer = computer
    self.svm = svm
    self.memory = memory
    self.guest = guest
    clocks = Clocks(measuredOn: computer, timerVector: Vector.watchdog)
    watchdogCount = clocks.localAPICCount(microseconds: Self.limit)
    computer.interrupts.setHandler(Vector.watchdog) { [unowned(unsafe) self] _, processor in
      self.watched?.stop()
      processor.localAPIC.endOfInterrupt()
    }
  }

  /// Switches the extension on, on every processor.
  private static func enable(on computer: Computer) -> Bool {
    let frames = computer.frames
    let enabled = Counter()
    let enable: @Sendable (Processor) -> Void = { _ in
      if VirtualizationExtension.enable(frames) { enabled.increment() }
    }
    enable(Processor.current)
    for processor in computer.processors.dropFirst() { _ = processor.perform(enable) }
    return computer.delay.wait(microseconds: 1_000_000) {
      enabled.value == UInt64(computer.processors.count)
        && computer.processors.dropFirst().allSatisfy { $0.isIdle }
    }
  }

  /// Runs a processor of a virtual machine until it has something to tell, or has taken too long.
  func run(_ processor: GuestProcessor) -> SVM.ExitCode {
    let current = Processor.current
    watched = processor
    current.localAPIC.startTimer(
      .oneShot, vector: Vector.watchdog, count: clocks.localAPICCount(microseconds: Self.longLimit))
    defer {
      current.localAPIC.stopTimer()
      watched = nil
    }
    return processor.run(on: current)
  }

  /// Where there is no memory: above what the processor can address.
  var beyondMemory: UInt64 { 1 << UInt64(svm.physicalAddressBits) }

  /// Writes a program into the code page, with VMMCALL behind it.
  func write(_ program: [UInt8]) { memory.write(program + Self.call) }

  /// Runs the guest as it is until it exits. A guest that does not is stopped by an interrupt of the host.
  func enter() { enter(guest) }

  /// Runs a guest as it is until it exits, or is stopped.
  func enter(_ guest: VirtualProcessor) {
    let localAPIC = Processor.current.localAPIC
    localAPIC.startTimer(.oneShot, vector: Vector.watchdog, count: watchdogCount)
    guest.enter()
    localAPIC.stopTimer()
  }

  /// Runs a program from the beginning.
  ///
  /// - Parameter prepare: changes the guest before it starts.
  @discardableResult
  func run(_ program: [UInt8] = [], _ prepare: (VirtualProcessor) -> Void = { _ in }) -> VirtualProcessor {
    write(program)
    guest.reset()
    prepare(guest)
    enter()
    return guest
  }

  /// Runs a routine of the image from the beginning.
  @discardableResult
  func run(
    _ routine: @convention(c) () -> Void, _ prepare: (VirtualProcessor) -> Void = { _ in }
  ) -> VirtualProcessor {
    guest.reset()
    guest.block.instructionPointer = address(of: routine)
    prepare(guest)
    enter()
    return guest
  }
}

/// Where a routine begins.
func address(of routine: @convention(c) () -> Void) -> UInt64 {
  UInt64(unsafeBitCast(routine, to: UInt.self))
}

extension Expectations {
  /// Expects why and where the guest's program was left.
  ///
  /// - Parameter offset: from the start of the code page.
  @inline(never)
  mutating func expect(
    _ what: String, _ guest: VirtualProcessor, exits code: SVM.ExitCode, at offset: UInt64? = nil
  ) {
    guard guest.block.exitCode == code else {
      let block = guest.block
      append(
        "\(what): exit \(hexadecimal(block.exitCode.rawValue))h instead of \(hexadecimal(code.rawValue))h, "
          + "information \(hexadecimal(block[SVM.ControlBlock.exitInformation1]))h "
          + "\(hexadecimal(block[SVM.ControlBlock.exitInformation2]))h, "
          + "RIP \(hexadecimal(block.instructionPointer))h (+\(hexadecimal(guest.codeOffset))h)")
      return
    }
    if let offset { expect("\(what): RIP", guest.codeOffset, is: offset) }
  }

  /// Expects that the guest has taken a vector, and nothing of its routine has run.
  @inline(never)
  mutating func expect(_ what: String, _ guest: VirtualProcessor, takes vector: UInt8) {
    expect(what, guest, exits: .call)
    guard guest.block.exitCode == .call else { return }
    expect("\(what): RIP", guest.block.instructionPointer, is: guest.memory.entry(of: vector))
  }

  /// Expects a number.
  @inline(never)
  mutating func expect(_ what: String, _ value: UInt64, is expected: UInt64) {
    if value != expected {
      append("\(what): \(hexadecimal(value))h instead of \(hexadecimal(expected))h")
    }
  }

  private mutating func append(_ failure: String) { expect(false, failure) }
}
