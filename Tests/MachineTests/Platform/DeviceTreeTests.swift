import SystemPackage
import TestSupport
import Testing

@testable import Images
@testable import Machine

/// The device tree of a legacy-free machine and its flattened form.
@Suite struct DeviceTreeTests {
  private func flattened(processors: Int = 4, memory: UInt64 = 512 << 20) -> [UInt8] {
    FlattenedDeviceTree(MachineDeviceTree(processorCount: processors, memorySize: memory).root).bytes
  }

  private func tree(processors: Int = 4, memory: UInt64 = 512 << 20) throws -> DeviceTreeReader {
    try DeviceTreeReader(flattened(processors: processors, memory: memory))
  }

  // MARK: The flattened form

  @Test func aSmallTreeIsTheBytesOfTheSpecification() {
    let root = DeviceTreeNode(
      "", [.cells("#a", 0x0102_0304), .marker("b")],
      children: [DeviceTreeNode("abc@1", [.text("#a", "xyz!")])])
    let structure: [UInt8] = [
      0, 0, 0, 1, 0, 0, 0, 0,
      0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 1, 2, 3, 4,
      0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3,
      0, 0, 0, 1, 0x61, 0x62, 0x63, 0x40, 0x31, 0, 0, 0,
      0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 0, 0x78, 0x79, 0x7A, 0x21, 0, 0, 0, 0,
      0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 9,
    ]
    let strings: [UInt8] = [0x23, 0x61, 0, 0x62, 0]
    let header: [UInt8] = [
      0xD0, 0x0D, 0xFE, 0xED, 0, 0, 0, UInt8(56 + structure.count + strings.count), 0, 0, 0, 56,
      0, 0, 0, UInt8(56 + structure.count), 0, 0, 0, 40, 0, 0, 0, 17, 0, 0, 0, 16, 0, 0, 0, 0,
      0, 0, 0, UInt8(strings.count), 0, 0, 0, UInt8(structure.count),
    ]
    let reservations = [UInt8](repeating: 0, count: 16)
    #expect(FlattenedDeviceTree(root).bytes == header + reservations + structure + strings)
  }

  @Test(
    "The device tree compiler reads the tree without a warning", arguments: [1, 64], [64, 8192] as [UInt64])
  func compilerAccepts(processors: Int, mebibytes: UInt64) throws {
    let folder = try TemporaryFolder()
    let tree = flattened(processors: processors, memory: mebibytes << 20)
    try HostFiles.replace(folder.path.appending("machine.dtb")) { _ = try $0.writeAll(tree) }
    let messages = try folder.run("dtc -I dtb -O dts -o machine.dts machine.dtb 2>&1")
    #expect(messages == "")
    let source = try folder.run("cat machine.dts")
    #expect(source.split(separator: "\n").count { $0.contains("cpu@") } == processors)
    #expect(source.contains("compatible = \"ns16550a\";"))
  }

  // MARK: The machine's tree

  @Test func eachProcessorIsNamedByItsAPICIdentifier() throws {
    let tree = try tree(processors: 12)
    #expect(tree.nodes.keys.count { $0.hasPrefix("/cpus/") } == 12)
    #expect(tree.cells("/cpus", "#address-cells") == [1])
    #expect(tree.cells("/cpus", "#size-cells") == [0])
    #expect(tree.cells("/cpus/cpu@b", "reg") == [11])
    #expect(tree.text("/cpus/cpu@b", "device_type") == "cpu")
  }

  @Test func theIOAPICIsWhereTheBoardHasIt() throws {
    let node = "/interrupt-controller@fec00000"
    let tree = try tree()
    #expect(tree.text(node, "compatible") == "intel,ce4100-ioapic")
    #expect(tree.cells(node, "reg") == [0, 0xFEC0_0000, 0, 0x1000])
    #expect(tree.cells(node, "#interrupt-cells") == [2])
    #expect(tree.cells(node, "interrupt-controller") == [])
  }

  @Test func theSerialPortIsOnTheISABus() throws {
    let tree = try tree()
    #expect(tree.text("/isa@i0", "compatible") == "isa")
    #expect(tree.cells("/isa@i0", "#address-cells") == [2])
    #expect(tree.cells("/isa@i0", "ranges") == [1, 0, 0, 0, 0x1_0000])
    let node = "/isa@i0/serial@3f8"
    #expect(tree.text(node, "compatible") == "ns16550a")
    #expect(tree.cells(node, "reg") == [1, 0x3F8, 8])
    #expect(tree.cells(node, "interrupts") == [4, 3], "edge-triggered, active high")
    #expect(tree.cells(node, "interrupt-parent") == tree.cells("/interrupt-controller@fec00000", "phandle"))
    #expect(tree.text("/chosen", "stdout-path") == node)
  }

  @Test func memoryGoesAroundTheHole() throws {
    #expect(try tree(memory: 64 << 20).cells("/memory@0", "reg") == [0, 0, 0, 64 << 20])
    #expect(try tree(memory: 4 << 30).cells("/memory@0", "reg") == [0, 0, 0, 3 << 30, 1, 0, 0, 1 << 30])
  }
}
