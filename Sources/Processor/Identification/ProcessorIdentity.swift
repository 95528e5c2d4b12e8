/// The names and numbers by which software recognises the processor.
enum ProcessorIdentity {
  static let vendor = "AuthenticAMD"
  static let hypervisorVendor = "StrataStrata"
  static let brand = "Strata x86-64 Processor"

  static let family: UInt32 = 0x19
  static let model: UInt32 = 0x61
  static let stepping: UInt32 = 2

  /// Family, model and stepping as CPUID Fn0000_0001 puts them into EAX, and RESET into EDX.
  static let signature: UInt32 =
    (family - 0xF) << 20 | (model >> 4) << 16 | 0xF << 8 | (model & 0xF) << 4 | stepping

  /// The frequency of the TSC, in kHz: one tick is a nanosecond.
  static let timeStampCounterFrequency: UInt32 = 1_000_000
  /// The frequency of the local APIC's timer before its divider, in kHz.
  static let localAPICFrequency: UInt32 = 1_000_000

  static let cacheLineSize: UInt32 = 64

  /// Four letters of a name, as registers hold them.
  static func word(_ text: String, _ index: Int) -> UInt32 {
    var value: UInt32 = 0
    for (position, letter) in text.utf8.dropFirst(index * 4).prefix(4).enumerated() {
      value |= UInt32(letter) << UInt32(position * 8)
    }
    return value
  }
}
