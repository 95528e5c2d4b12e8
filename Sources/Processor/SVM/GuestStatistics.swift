import Interfaces

/// What a processor did as the host of guests.
public struct GuestStatistics: Sendable {
  /// How often VMRUN was executed.
  public let entries: UInt64
  /// How often guests were left, by the reason, in the order of the codes.
  public let exits: [(code: SVM.ExitCode, count: UInt64)]
  /// The reads of registers of the APIC that AVIC answered, by the register's offset in its page.
  public let acceleratedReads: [(offset: Int, count: UInt64)]
  /// The writes, likewise; those that make the processor leave the guest are not among them.
  public let acceleratedWrites: [(offset: Int, count: UInt64)]
  /// Interprocessor interrupts that AVIC sent without an exit.
  public let interprocessorInterrupts: UInt64
  /// How often the doorbell was rung, by AVIC or by software.
  public let doorbells: UInt64
  /// Interrupts that AVIC delivered.
  public let virtualInterrupts: UInt64
}

extension VirtualProcessor {
  /// What the processor did as the host of guests; `nil` without AMD-V.
  public var guestStatistics: GuestStatistics? {
    guard let counters = virtualMachine?.pointee.statistics else { return nil }
    func used(_ counts: InlineArray<256, UInt64>) -> [(offset: Int, count: UInt64)] {
      counts.indices.compactMap { counts[$0] > 0 ? ($0 * LocalAPICRegister.stride, counts[$0]) : nil }
    }
    return GuestStatistics(
      entries: counters.entries, exits: counters.exitsByCode,
      acceleratedReads: used(counters.acceleratedReads), acceleratedWrites: used(counters.acceleratedWrites),
      interprocessorInterrupts: counters.interprocessorInterrupts, doorbells: counters.doorbells,
      virtualInterrupts: counters.virtualInterrupts)
  }
}
