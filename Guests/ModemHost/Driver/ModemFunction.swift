import Bedrock

/// The modem as a PCI function.
struct ModemFunction {
  /// Who makes such modems (Linux, `mhi_pci_id_table`).
  private static let vendors: [UInt16] = [0x17CB, 0x1EAC, 0x105B, 0x1269, 0x203E, 0x03F0]
  /// Modems have no class.
  private static let classCode: UInt32 = 0xFF_0000

  let function: PCIFunction
  let registers: ModemRegisters
  let interrupts: MessageSignalledInterrupts

  /// The first modem on the bus; nil if there is none that the driver can use.
  static func find() -> ModemFunction? {
    for function in PCIFunction.all()
    where vendors.contains(function.vendor) && function.classCode == classCode {
      guard let address = function.memory(0), let registers = ModemRegisters(at: address),
        let interrupts = MessageSignalledInterrupts(of: function)
      else { continue }
      return ModemFunction(function: function, registers: registers, interrupts: interrupts)
    }
    return nil
  }
}
