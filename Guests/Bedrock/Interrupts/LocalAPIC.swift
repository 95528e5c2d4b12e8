import Interfaces
import _Volatile

/// The local APIC of the processor that uses it, through its memory-mapped registers (AMD64 APM volume 2,
/// chapter 16).
///
/// All processors find their own APIC at the same address.
public struct LocalAPIC: Sendable {
  /// The vector of interrupts that went away before they were delivered. They are not acknowledged.
  public static var spuriousVector: UInt8 { UInt8(truncatingIfNeeded: SpuriousInterrupt.vector) }

  /// How the timer counts.
  public enum TimerMode: Sendable {
    /// Down to zero, with one interrupt there.
    case oneShot
    /// Down to zero, with an interrupt there, and again.
    case periodic
  }

  private let base: PhysicalAddress

  /// The local APIC at the address that the current processor's MSR tells, switched on in the MSR.
  public init() {
    let value = ModelSpecificRegister.apicBase.value
    base = PhysicalAddress(value & APICBase.addressMask)
    if value & APICBase.enable == 0 { ModelSpecificRegister.apicBase.write(value | APICBase.enable) }
  }

  /// The APIC of the processor that runs this code.
  public static var current: LocalAPIC { Processor.current.localAPIC }

  // MARK: - Registers

  /// A register.
  public subscript(register: LocalAPICRegister) -> UInt32 {
    get { self[offset: register.offset] }
    nonmutating set { self[offset: register.offset] = newValue }
  }

  /// What is at an offset in the page of registers.
  public subscript(offset offset: Int) -> UInt32 {
    get { word(at: offset).load() }
    nonmutating set { word(at: offset).store(newValue) }
  }

  /// Whether a set has a vector.
  public func contains(_ vector: UInt8, in set: VectorSet) -> Bool {
    self[offset: set.offset(of: vector)] & VectorSet.bit(of: vector) != 0
  }

  private func word(at offset: Int) -> VolatileMappedRegister<UInt32> {
    VolatileMappedRegister(unsafeBitPattern: UInt((base + UInt64(offset)).rawValue))
  }

  /// Lets the APIC deliver interrupts of every priority.
  public func enable() {
    self[.spuriousInterruptVector] = SpuriousInterrupt.softwareEnable | SpuriousInterrupt.vector
    self[.taskPriority] = 0
    stopTimer()
  }

  /// The processor's identifier.
  public var identifier: UInt32 { self[.identifier] >> 24 }

  /// Acknowledges the interrupt being handled.
  public func endOfInterrupt() { self[.endOfInterrupt] = 0 }

  // MARK: - Interprocessor interrupts

  /// Sends an interrupt and waits until it is on its way.
  public func send(
    _ mode: DeliveryMode = .fixed, vector: UInt8 = 0, to destination: InterruptCommand.Destination
  ) {
    let command = InterruptCommand(mode, vector: vector, to: destination)
    InterruptFlag.withInterruptsHeldBack {
      self[.interruptCommandHigh] = command.high
      self[.interruptCommandLow] = command.low
      while InterruptCommand(rawValue: UInt64(self[.interruptCommandLow])).isPending {
        ProcessorControl.spinHint()
      }
    }
  }

  /// Interrupts one processor.
  public func send(_ vector: UInt8, to destination: UInt32) {
    send(vector: vector, to: .physical(destination))
  }

  // MARK: - Timer

  /// Starts the timer with the bus clock divided by 16.
  public func startTimer(_ mode: TimerMode, vector: UInt8, count: UInt32) {
    let divideBy16: UInt32 = 0b0011
    let periodic = mode == .periodic ? LocalVectorField.periodicTimer : 0
    self[.timerDivideConfiguration] = divideBy16
    self[.timerVector] = periodic | UInt32(vector)
    self[.timerInitialCount] = count
  }

  /// Stops the timer.
  public func stopTimer() {
    self[.timerVector] = LocalVectorField.mask
    self[.timerInitialCount] = 0
  }
}
