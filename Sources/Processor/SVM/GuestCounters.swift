import Interfaces

/// How often guests were entered and left, and what AVIC did without that.
struct GuestCounters {
  /// How often VMRUN was executed.
  var entries: UInt64 = 0
  /// Interrupts that AVIC delivered.
  var virtualInterrupts: UInt64 = 0
  /// Interprocessor interrupts that AVIC sent without an exit.
  var interprocessorInterrupts: UInt64 = 0
  /// Doorbells that were rung, by AVIC or by software.
  var doorbells: UInt64 = 0
  /// Reads of each register of the APIC that AVIC answered, by the offset in units of 16.
  var acceleratedReads = InlineArray<256, UInt64>(repeating: 0)
  /// Writes, likewise.
  var acceleratedWrites = InlineArray<256, UInt64>(repeating: 0)

  private var exits = InlineArray<197, UInt64>(repeating: 0)

  /// Codes that are intercepts, then 0x400 to 0x403, then the invalid one.
  private static let firstOther = SVM.ExitCode.interceptCount
  private static let otherCodes = 0x400...0x403
  private static let invalid = 196

  /// Counts an exit.
  mutating func note(_ code: SVM.ExitCode) {
    let number = Int(truncatingIfNeeded: code.rawValue)
    if code.isIntercept {
      exits[number] &+= 1
    } else if Self.otherCodes.contains(number) {
      exits[Self.firstOther + number - Self.otherCodes.lowerBound] &+= 1
    } else {
      exits[Self.invalid] &+= 1
    }
  }

  /// The codes that were met, with their counts, in the order of the codes.
  var exitsByCode: [(code: SVM.ExitCode, count: UInt64)] {
    exits.indices.compactMap { index in
      guard exits[index] > 0 else { return nil }
      let number =
        index < Self.firstOther ? UInt64(index) : UInt64(Self.otherCodes.lowerBound + index - Self.firstOther)
      return (index == Self.invalid ? .invalid : SVM.ExitCode(rawValue: number), exits[index])
    }
  }
}
