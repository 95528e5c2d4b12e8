import Bus
import Testing

@testable import Devices

@Suite("Diagnostics")
struct DiagnosticTests {
  private let port = CollectingPort()
  private let service = DiagnosticService(identity: ModemIdentity(model: "test"))

  init() { service.open(port) }

  @Test("the check sequence is the one of X.25")
  func checkSequence() {
    #expect(HDLCFrame.checkSequence(Array("123456789".utf8)) == 0x906E)
  }

  /// What is in a frame without its check sequence, which has to be right.
  private func contents(_ frame: [UInt8]?) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in try #require(frame).dropLast() {
      if byte == 0x7D { isEscaped = true; continue }
      bytes.append(isEscaped ? byte ^ 0x20 : byte)
      isEscaped = false
    }
    let check = HDLCFrame.checkSequence(bytes.dropLast(2))
    #expect(bytes.suffix(2) == [UInt8(check & 0xFF), UInt8(check >> 8)])
    return bytes.dropLast(2)
  }

  @Test("the version is told in the 55 bytes that hosts expect, wherever the request is cut")
  func version() throws {
    // As on the wire: command 0 with its check sequence.
    for cut in 0..<4 {
      let request: [UInt8] = [0x00, 0x78, 0xF0, 0x7E]
      service.receive(Array(request[..<cut]))
      service.receive(Array(request[cut...]))
      let answer = try contents(port.take().first)
      #expect(answer.count == 55)
      #expect(answer[0] == 0)
      #expect(Array(answer[39..<47]) == Array("test".utf8) + [0, 0, 0, 0])
    }
  }

  @Test("anything else comes back as a bad command, escapes and all")
  func badCommand() throws {
    let command: [UInt8] = [0x7E, 0x7D, 0x41]
    service.receive(HDLCFrame.make(command))
    #expect(try contents(port.take().first) == [0x13] + command)
    service.receive([0x00, 0x00, 0x00, 0x7E])
    #expect(try contents(port.take().first) == [0x13, 0x00])
    service.receive([0x7E, 0x7E])
    #expect(port.take().isEmpty)
  }

  @Test("frames without end are bounded; random bytes do no harm")
  func hostile() throws {
    service.receive([UInt8](repeating: 1, count: 1_000_000))
    #expect(service.state.count < 5000)
    service.receive([0x7E])
    #expect(try contents(port.take().first)[0] == 0x13)
    var random = SeededGenerator(seed: 19)
    for _ in 0..<2000 { service.receive(random.bytes(100).map { $0 & 1 == 0 ? $0 : 0x7C | $0 & 3 }) }
    service.receive([0x7E])
    _ = port.take()
    service.receive([0x00, 0x78, 0xF0, 0x7E])
    #expect(try contents(port.take().first).count == 55)
  }
}
