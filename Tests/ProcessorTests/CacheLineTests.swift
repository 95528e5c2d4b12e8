import Testing
import X86

@testable import Processor

/// CLFLUSH, CLFLUSHOPT, CLWB and CLZERO.
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

  @Test("CLZERO clears the line around its address, and faults as a store would")
  func clearing() throws {
    typealias Place = SystemMachine.Place
    let machine = try #require(SystemMachine.longMode())
    let clzero: [UInt8] = [0x0F, 0x01, 0xFC]
    machine.put(clzero + clzero, at: Place.code)
    machine.put([UInt8](repeating: 0xFF, count: 192), at: Place.data)
    machine.core.setGeneral(GeneralRegister.rax, Place.data + 0x5B)
    machine.run(1)
    #expect(machine.handledVector == nil)
    for offset in 0..<192 as Range<UInt64> {
      let byte = machine.processor.memory.load(Place.data + offset, as: UInt8.self)
      #expect(byte == (64..<128 ~= offset ? 0 : 0xFF))
    }
    machine.unmap(Place.data)
    machine.run(1)
    #expect(machine.handledVector == 14)
    #expect(machine.stack64(0) == 2)
  }
}
