import Bedrock

/// What kind of processors there are.
enum ProcessorFindings {
  private static let lineWidth = 78

  static func print(_ computer: Computer, notStarted: Int = 0) {
    let console = computer.console
    let identification = ProcessorIdentification()
    console.print("processor")
    console.print("  vendor      \(identification.vendor)")
    if !identification.brand.isEmpty { console.print("  brand       \(identification.brand)") }
    console.print(
      "  family      \(hexadecimal(identification.family))h, model \(hexadecimal(identification.model))h, "
        + "stepping \(identification.stepping)")
    printFeatures(identification, to: console)

    if let listed = computer.apicDescription?.processors.count {
      var line = "  processors  \(listed) in ACPI's MADT, \(computer.processors.count) running"
      if notStarted > 0 { line += ", \(notStarted) did not start" }
      console.print(line)
    } else {
      console.print("  processors  1 (no MADT)")
    }
    let identifiers = computer.processors.map { "\($0.apicIdentifier)" }
    console.print("  local APICs \(identifiers.joined(separator: " "))")
  }

  private static func printFeatures(_ identification: ProcessorIdentification, to console: SerialConsole) {
    var line = "  features   "
    ProcessorFeature.forEach { feature in
      guard identification.has(feature) else { return }
      if line.utf8.count + 1 + feature.name.utf8CodeUnitCount > lineWidth {
        console.print(line)
        line = "             "
      }
      line += " \(feature.name)"
    }
    console.print(line)
  }
}
