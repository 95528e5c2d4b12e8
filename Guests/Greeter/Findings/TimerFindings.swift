import Bedrock

/// The counters there are, and how fast they count.
enum TimerFindings {
  static func print(_ computer: Computer, _ clocks: Clocks) {
    let console = computer.console
    console.print("timers")
    console.print("  TSC         \(megahertz(clocks.timeStampCounter))")
    console.print("  local APIC  \(megahertz(clocks.localAPICTimer)) after division by 16")
    if let timer = computer.acpi.flatMap(EventTimerDescription.timer) {
      console.print("  HPET        \(megahertz(timer.frequency)), \(timer.comparators) comparators")
    }
    if computer.fixedDescription?.timer != nil {
      console.print("  ACPI PM     \(megahertz(PowerManagementTimer.frequency))")
    }
    console.print("  8254        \(megahertz(ProgrammableIntervalTimer.frequency))")
  }

  private static func megahertz(_ hertz: UInt64?) -> String {
    guard let hertz else { return "not measured" }
    let thousandths = "\(hertz / 1000 % 1000)"
    let zeros = String(repeating: "0", count: 3 - thousandths.utf8.count)
    return "\(hertz / 1_000_000).\(zeros)\(thousandths) MHz"
  }
}
