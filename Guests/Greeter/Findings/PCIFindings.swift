import Bedrock

/// The PCI functions there are.
enum PCIFindings {
  static func print(_ computer: Computer) {
    let console = computer.console
    let functions = PCIFunction.all()
    console.print("PCI")
    for function in functions {
      let address = function.address
      console.print(
        "  \(hexadecimal(address.bus, digits: 2)):\(hexadecimal(address.device, digits: 2))"
          + ".\(address.function)  \(hexadecimal(function.vendor, digits: 4)):"
          + "\(hexadecimal(function.device, digits: 4))  \(function.className)")
    }
    console.print("  \(functions.count) functions")
  }
}
