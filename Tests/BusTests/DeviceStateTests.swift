import Testing

@testable import Bus

@Suite("Device state")
struct DeviceStateTests {
  @Test func numbersAreLittleEndian() throws {
    var writer = StateWriter()
    writer.write(UInt32(0x0403_0201))
    writer.write(Int16(-2))
    #expect(writer.bytes == [1, 2, 3, 4, 0xFE, 0xFF])
    var reader = StateReader(writer.bytes)
    #expect(try reader.read(UInt32.self) == 0x0403_0201)
    #expect(try reader.read(Int16.self) == -2)
  }

  @Test func truthValuesAreZeroOrOne() throws {
    var writer = StateWriter()
    writer.write(true)
    writer.write(false)
    var reader = StateReader(writer.bytes + [2])
    #expect(try reader.readBool())
    #expect(try !reader.readBool())
    #expect(throws: StateError.invalid) { try reader.readBool() }
  }

  @Test func runsOfBytesKnowTheirLength() throws {
    var writer = StateWriter()
    writer.write([9, 8, 7] as [UInt8])
    writer.write([UInt8]())
    writer.write(UInt8(5))
    var reader = StateReader(writer.bytes)
    #expect(try reader.readBytes() == [9, 8, 7])
    #expect(try reader.readBytes() == [])
    #expect(try reader.read(UInt8.self) == 5)
  }

  @Test func missingBytesAreAnError() {
    var number = StateReader([1, 2, 3])
    #expect(throws: StateError.truncated) { try number.read(UInt32.self) }
    var run = StateReader([4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3])
    #expect(throws: StateError.truncated) { try run.readBytes() }
    var huge = StateReader([UInt8](repeating: 0xFF, count: 16))
    #expect(throws: StateError.truncated) { try huge.readBytes() }
  }
}
