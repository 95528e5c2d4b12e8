/// A 16550 UART as a console: polled, 115200 baud, 8 data bits, no parity.
public final class SerialConsole: @unchecked Sendable {
  /// The registers as offsets from the base port (National Semiconductor PC16550D, table II).
  private enum Register {
    static let data: UInt16 = 0
    static let interruptEnable: UInt16 = 1
    static let fifoControl: UInt16 = 2
    static let lineControl: UInt16 = 3
    static let modemControl: UInt16 = 4
    static let lineStatus: UInt16 = 5
    /// With `LineControl.divisorLatch` set.
    static let divisorLow: UInt16 = 0
    static let divisorHigh: UInt16 = 1
  }

  private enum LineControl {
    static let eightDataBits: UInt8 = 0x03
    static let divisorLatch: UInt8 = 0x80
  }

  private enum LineStatus {
    static let dataReady: UInt8 = 0x01
    static let transmitterReady: UInt8 = 0x20
  }

  private enum InterruptEnable {
    static let dataReady: UInt8 = 0x01
  }

  private enum FIFOControl {
    static let enableAndClear: UInt8 = 0x07
  }

  private enum ModemControl {
    static let terminalReady: UInt8 = 0x01
    static let requestToSend: UInt8 = 0x02
    /// OUT2, which on a PC connects the UART to its interrupt line.
    static let interruptLine: UInt8 = 0x08
  }

  /// COM1's first port.
  public static let firstPort = IOPort(0x3F8)
  /// COM1's interrupt line on the ISA bus.
  public static let firstInterruptLine: UInt8 = 4

  private let port: IOPort
  private let lock = SpinLock()

  /// Sets the UART at `port` up.
  public init(port: IOPort = firstPort) {
    self.port = port
    register(Register.interruptEnable).write8(0)
    register(Register.lineControl).write8(LineControl.divisorLatch)
    register(Register.divisorLow).write8(1)
    register(Register.divisorHigh).write8(0)
    register(Register.lineControl).write8(LineControl.eightDataBits)
    register(Register.fifoControl).write8(FIFOControl.enableAndClear)
    register(Register.modemControl).write8(
      ModemControl.terminalReady | ModemControl.requestToSend | ModemControl.interruptLine)
  }

  /// Writes text; a line feed becomes carriage return and line feed. The text stays in one piece even if
  /// several processors write.
  public func write(_ text: String) {
    lock.withLock {
      for byte in text.utf8 {
        if byte == UInt8(ascii: "\n") { send(UInt8(ascii: "\r")) }
        send(byte)
      }
    }
  }

  /// Writes text and ends the line.
  public func print(_ text: String = "") { write(text + "\n") }

  /// The next byte that was received, or nil if there is none yet.
  public func read() -> UInt8? {
    guard register(Register.lineStatus).read8() & LineStatus.dataReady != 0 else { return nil }
    return register(Register.data).read8()
  }

  /// Makes the UART raise its interrupt line while bytes wait to be read.
  public func enableReceiveInterrupt() {
    register(Register.interruptEnable).write8(InterruptEnable.dataReady)
  }

  private func register(_ offset: UInt16) -> IOPort { port.advanced(by: offset) }

  private func send(_ byte: UInt8) {
    while register(Register.lineStatus).read8() & LineStatus.transmitterReady == 0 {
      ProcessorControl.spinHint()
    }
    register(Register.data).write8(byte)
  }
}
