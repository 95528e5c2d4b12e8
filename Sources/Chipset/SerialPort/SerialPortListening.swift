import Bus

extension SerialPort {
  /// Whether the guest wants an interrupt for a received character.
  ///
  /// A driver empties the receiver while it sets the port up, and enables this interrupt last: who holds
  /// characters back until then loses none. Looking changes nothing.
  public var isReceiveInterruptEnabled: Bool {
    let lineControl = readPort(SerialPortRegister.lineControl.rawValue, width: .byte)
    guard UInt8(truncatingIfNeeded: lineControl) & LineControl.divisorLatchAccess == 0 else { return false }
    let enabled = readPort(SerialPortRegister.interruptEnable.rawValue, width: .byte)
    return SerialInterruptEnable(rawValue: UInt8(truncatingIfNeeded: enabled)).contains(.receivedData)
  }
}
