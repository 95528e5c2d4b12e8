import _Volatile

/// The local APIC of the processor that uses it, through its memory-mapped registers (AMD64 APM volume 2,
/// chapter 16).
///
/// All processors find their own APIC at the same address.
public struct LocalAPIC: Sendable {
  private enum Register {
    static let identifier: UInt64 = 0x020
    static let version: UInt64 = 0x030
    static let taskPriority: UInt64 = 0x080
    static let endOfInterrupt: UInt64 = 0x0B0
    static let spuriousInterrupt: UInt64 = 0x0F0
    static let errorStatus: UInt64 = 0x280
    static let interruptCommandLow: UInt64 = 0x300
    static let interruptCommandHigh: UInt64 = 0x310
    static let timerVector: UInt64 = 0x320
    static let timerInitialCount: UInt64 = 0x380
    static let timerCurrentCount: UInt64 = 0x390
    static let timerDivide: UInt64 = 0x3E0
  }

  private enum InterruptCommand {
    static let fixed: UInt32 = 0 << 8
    static let nonMaskable: UInt32 = 4 << 8
    static let initialize: UInt32 = 5 << 8
    static let startUp: UInt32 = 6 << 8
    static let pending: UInt32 = 1 << 12
    static let assert: UInt32 = 1 << 14
    static let allButSelf: UInt32 = 3 << 18
  }

  private enum TimerVector {
    static let masked: UInt32 = 1 << 16
    static let periodic: UInt32 = 1 << 17
  }

  private enum Base {
    static let enable: UInt64 = 1 << 11
    static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000
  }

  private static let softwareEnable: UInt32 = 1 << 8

  /// The vector of interrupts that went away before they were delivered. They are not acknowledged.
  public static let spuriousVector: UInt8 = 0xFF

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
    base = PhysicalAddress(value & Base.addressMask)
    if value & Base.enable == 0 { ModelSpecificRegister.apicBase.write(value | Base.enable) }
  }

  /// Lets the APIC deliver interrupts of every priority.
  public func enable() {
    register(Register.spuriousInterrupt).store(Self.softwareEnable | UInt32(Self.spuriousVector))
    register(Register.taskPriority).store(0)
    stopTimer()
  }

  /// The processor's identifier.
  public var identifier: UInt32 { register(Register.identifier).load() >> 24 }

  /// The version register: version in the low byte, highest local vector entry in bits 16 to 23.
  public var version: UInt32 { register(Register.version).load() }

  /// Interrupts are delivered whose vector divided by 16 exceeds that of this number.
  public var taskPriority: UInt8 { UInt8(truncatingIfNeeded: register(Register.taskPriority).load()) }

  /// Sets the task priority.
  public func setTaskPriority(_ priority: UInt8) { register(Register.taskPriority).store(UInt32(priority)) }

  /// Acknowledges the interrupt being handled.
  public func endOfInterrupt() { register(Register.endOfInterrupt).store(0) }

  // MARK: - Interprocessor interrupts

  /// Interrupts one processor.
  public func send(_ vector: UInt8, to destination: UInt32) {
    command(InterruptCommand.fixed | InterruptCommand.assert | UInt32(vector), to: destination)
  }

  /// Sends a processor an NMI; this one may be it.
  public func sendNonMaskable(to destination: UInt32) {
    command(InterruptCommand.nonMaskable | InterruptCommand.assert, to: destination)
  }

  /// Interrupts every processor but this one.
  public func sendToAllOthers(_ vector: UInt8) {
    command(
      InterruptCommand.fixed | InterruptCommand.assert | InterruptCommand.allButSelf | UInt32(vector), to: 0)
  }

  /// Puts a processor into its state after reset, in which it waits for a start-up interrupt.
  public func sendInitialize(to destination: UInt32) {
    command(InterruptCommand.initialize | InterruptCommand.assert, to: destination)
  }

  /// Starts a waiting processor in real mode at the given page, which must be below 1 MiB.
  public func sendStartUp(page: PhysicalAddress, to destination: UInt32) {
    let vector = UInt32(truncatingIfNeeded: page.rawValue >> 12) & 0xFF
    command(InterruptCommand.startUp | InterruptCommand.assert | vector, to: destination)
  }

  private func command(_ low: UInt32, to destination: UInt32) {
    InterruptFlag.withInterruptsHeldBack {
      register(Register.interruptCommandHigh).store(destination << 24)
      register(Register.interruptCommandLow).store(low)
      while register(Register.interruptCommandLow).load() & InterruptCommand.pending != 0 {
        ProcessorControl.spinHint()
      }
    }
  }

  // MARK: - Timer

  /// Starts the timer with the bus clock divided by 16.
  public func startTimer(_ mode: TimerMode, vector: UInt8, count: UInt32) {
    let divideBy16: UInt32 = 0b0011
    let periodic = mode == .periodic ? TimerVector.periodic : 0
    register(Register.timerDivide).store(divideBy16)
    register(Register.timerVector).store(periodic | UInt32(vector))
    register(Register.timerInitialCount).store(count)
  }

  /// Stops the timer.
  public func stopTimer() {
    register(Register.timerVector).store(TimerVector.masked)
    register(Register.timerInitialCount).store(0)
  }

  /// What is left of the timer's count.
  public var timerCount: UInt32 { register(Register.timerCurrentCount).load() }

  private func register(_ offset: UInt64) -> VolatileMappedRegister<UInt32> {
    VolatileMappedRegister(unsafeBitPattern: UInt((base + offset).rawValue))
  }
}
