import Interfaces
import Testing

/// Against APM volume 2, tables B-1 and B-2.
@Suite("Control blocks")
struct ControlBlockTests {
  private final class Page: SVM.ControlBlockMemory {
    private var bytes = [UInt8](repeating: 0, count: SVM.pageSize)

    func load<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value {
      bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
    }

    func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
      bytes.withUnsafeMutableBytes {
        $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
      }
    }
  }

  @Test("An intercept is the bit of its exit code, and can be taken back")
  func intercepts() {
    let block = Page()
    block.intercept(.interrupt)
    block.intercept(.run)
    block.intercept(.call)
    #expect(block.load(0x00C, as: UInt32.self) == 1)
    #expect(block.load(0x010, as: UInt32.self) == 3)
    block.intercept(.run, false)
    #expect(block.load(0x010, as: UInt32.self) == 2)
  }

  @Test("A guest that begins in 64-bit mode has what VMRUN asks for")
  func longMode() {
    let block = Page()
    block.startIn64BitMode(at: 0x7000, pageTableRoot: 0x2000)
    block.setNestedPaging(root: 0x4000)
    #expect(block[0x4D0] == 0x1500)
    #expect(block[0x548] == 0x20)
    #expect(block[0x550] == 0x2000)
    #expect(block[0x558] == 0x8000_0011)
    #expect(block[0x570] == 2)
    #expect(block[0x578] == 0x7000)
    #expect(block[0x410] == 0xFFFF_FFFF_0A9B_0000)
    #expect(block[0x420] == 0xFFFF_FFFF_0C93_0000)
    #expect(block[0x090] == 1)
    #expect(block[0x0B0] == 0x4000)
    #expect(block[0x668] == 0x0007_0406_0007_0406)
  }
}
