import Testing
import X86

@testable import Processor

/// CLFLUSH, CLFLUSHOPT and CLWB.
@Suite struct CacheLineTests {
  private static let encodings: [[UInt8]] = [
    [0x0F, 0xAE, 0x3B], [0x66, 0x0F, 0xAE, 0x3B], [0x66, 0x0F, 0xAE, 0x33],
  ]

  @Test("Writing a line back changes nothing and faults as a read would", arguments: encodings)
  func faults(encoding: [UInt8]) throws {
    typealias Place = SystemMachine.Place
    let machine = try #require(SystemMachine.longMode())
    machine.put(encoding + encoding, at: Place.code)
    machine.core.setGeneral(GeneralRegister.rbx, Place.data)
    machine.run(1)
    #expect(machine.handledVector == nil)
    #expect(machine.core.state.rip == Place.code + UInt64(encoding.count))
    machine.unmap(Place.data)
    machine.run(1)
    #expect(machine.handledVector == 14)
    #expect(machine.core.state.cr2 == Place.data)
    #expect(machine.stack64(0) == 0)
  }
}
