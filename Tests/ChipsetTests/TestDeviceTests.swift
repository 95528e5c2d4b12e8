import Bus
import Testing

@testable import Chipset

@Suite("Debug exit and firmware configuration")
struct TestDeviceTests {
  @Test func exitCodesAreOdd() {
    let device = DebugExit()
    var codes: [UInt32] = []
    device.exitRequested = { codes.append($0) }
    device.writePort(0, width: .doubleword, value: 0)
    device.writePort(0, width: .byte, value: 0x10)
    device.writePort(0, width: .doubleword, value: 0xFFFF_FFFF)
    #expect(codes == [1, 0x21, 0xFFFF_FFFF])
  }

  @Test func theTestDeviceKeepsBytesAndDrivesLines() throws {
    let controller = RecordingController()
    let device = TestDevice(interrupts: (0..<24).map(controller.line))
    device.writePort(0, width: .doubleword, value: 0x4433_2211)
    device.writePort(9, width: .byte, value: 0xAA)
    #expect(device.readPort(0, width: .doubleword) == 0x4433_AA11)
    #expect(device.readPort(10, width: .word) == 0x4433)
    device.writePort(12 + 23, width: .byte, value: 1)
    device.writePort(12, width: .doubleword, value: 1)
    device.writePort(12, width: .byte, value: 0)
    #expect(controller.asserted == [23])
    #expect(controller.risingEdges == 2)

    device.writeRegister(0xFFFC, width: .doubleword, value: 0x8877_6655)
    #expect(device.readRegister(0xFFFE, width: .word) == 0x8877)
    #expect(device.readRegister(0xFFFE, width: .doubleword) == 0xFFFF_FFFF)
    device.writeRegister(.max, width: .quadword, value: 0)
    var writer = StateWriter()
    device.save(to: &writer)
    let other = TestDevice(interrupts: [])
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    #expect(other.readRegister(0xFFFC, width: .byte) == 0x55)
    #expect(other.readPort(8, width: .byte) == 0x11)
  }

  private func read(_ device: FirmwareConfiguration, _ item: UInt32, _ count: Int) -> [UInt8] {
    device.writePort(0, width: .word, value: item)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: device.readPort(1, width: .byte)) }
  }

  @Test func itemsAreReadByteByByteAndEndInZeros() {
    let device = FirmwareConfiguration(processorCount: 3, memorySize: 0x1_2345_6000)
    #expect(read(device, 0x00, 5) == Array("QEMU".utf8) + [0])
    #expect(read(device, 0x01, 4) == [1, 0, 0, 0])
    #expect(read(device, 0x05, 2) == [3, 0])
    #expect(read(device, 0x0F, 2) == [3, 0])
    #expect(read(device, 0x03, 8) == [0x00, 0x60, 0x45, 0x23, 0x01, 0, 0, 0])
    #expect(read(device, 0x7777, 2) == [0, 0])
    #expect(read(device, 0x00, 1) == [UInt8(ascii: "Q")])
  }

  @Test func theDirectoryNamesTheFiles() {
    let device = FirmwareConfiguration(processorCount: 1, memorySize: 0)
    #expect(read(device, 0x19, 4) == [0, 0, 0, 0])
    #expect(device.addFile("opt/first", contents: [1, 2, 3]))
    #expect(device.addFile("opt/second", contents: [4]))
    #expect(!device.addFile(String(repeating: "x", count: 56), contents: []))
    let directory = read(device, 0x19, 4 + 2 * 64)
    #expect(directory[0..<4] == [0, 0, 0, 2])
    #expect(directory[4..<12] == [0, 0, 0, 3, 0x00, 0x20, 0, 0])
    #expect(Array(directory[12..<22]) == Array("opt/first".utf8) + [0])
    #expect(directory[68..<76] == [0, 0, 0, 1, 0x00, 0x21, 0, 0])
    #expect(read(device, 0x21, 2) == [4, 0])
  }

  @Test func theReadPositionIsState() throws {
    let device = FirmwareConfiguration(processorCount: 1, memorySize: 0)
    _ = read(device, 0x00, 2)
    var writer = StateWriter()
    device.save(to: &writer)
    let other = FirmwareConfiguration(processorCount: 1, memorySize: 0)
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    #expect(other.readPort(1, width: .byte) == UInt32(UInt8(ascii: "M")))
  }
}
