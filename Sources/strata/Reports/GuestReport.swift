import Interfaces
import Processor

/// What a processor did as the host of guests, in a run's report for programs.
struct GuestReport {
  private let statistics: GuestStatistics

  init(_ statistics: GuestStatistics) { self.statistics = statistics }

  /// The members of the object. Exits stand under the names of Linux's `kvm_exit`, registers under their offsets.
  var members: [(String, JSONValue)] {
    [
      ("entries", .integer(statistics.entries)),
      ("exits", .object(statistics.exits.map { (Self.name(of: $0.code), .integer($0.count)) })),
      ("acceleratedReads", .object(statistics.acceleratedReads.map(Self.member(of:)))),
      ("acceleratedWrites", .object(statistics.acceleratedWrites.map(Self.member(of:)))),
      ("virtualIPIs", .integer(statistics.interprocessorInterrupts)),
      ("doorbells", .integer(statistics.doorbells)),
      ("virtualInterrupts", .integer(statistics.virtualInterrupts)),
    ]
  }

  private static func name(of code: SVM.ExitCode) -> String {
    let number = Int64(bitPattern: code.rawValue)
    let symbol = SVM.ExitCode.symbols.first { $0.value == number }
    return symbol.map { "\($0.name)" } ?? "0x" + String(code.rawValue, radix: 16)
  }

  private static func member(of register: (offset: Int, count: UInt64)) -> (String, JSONValue) {
    ("0x" + String(register.offset, radix: 16), .integer(register.count))
  }
}
