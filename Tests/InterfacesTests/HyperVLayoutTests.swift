import Interfaces
import Testing

/// Against bytes that Linux 6.12 put into its calls.
@Suite("Layouts of Microsoft's hypervisor")
struct HyperVLayoutTests {
  /// What Linux passes to HvCallStartVirtualProcessor for its second processor.
  private static let start: [UInt8] = {
    let text = """
      ffffffffffffffff 01000000 02000000 30810181ffffffff 583f3a008088ffff 0200000000000000
      0000000000000000 ffffffff 1000 9ba0
      0000000000000000 0000000000000000 0000000000000000 0000000000000000
      0000000000000000 0000000000000000 0000000000000000 0000000000000000
      0000000000000000 ffffffff 1800 93c0
      00300000 00feffff 67000000 4000 8b00 0000000000000000 00000000 5000 8200
      000000000000 ff0f 0000000000feffff 000000000000 7f00 0010000000feffff
      010d000000000000 3300058000000000 0040810100000000 b006000000000000 0604070006040700
      """
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }()

  private var context: HyperV.InitialContext {
    Self.start.withUnsafeBytes { bytes in
      bytes.baseAddress.map { HyperV.InitialContext(reading: $0 + HyperV.ProcessorStartInput.context) }
        ?? HyperV.InitialContext()
    }
  }

  @Test("A context is read from where Linux puts it")
  func contextIsRead() {
    #expect(Self.start.count == HyperV.ProcessorStartInput.size)
    #expect(Self.start[HyperV.ProcessorStartInput.level] == HyperV.VirtualTrustLevel.vtl2.rawValue)
    #expect(context.instructionPointer == 0xFFFF_FFFF_8101_8130)
    #expect(context.stackPointer == 0xFFFF_8880_003A_3F58)
    #expect(context.cs == HyperV.SegmentRegister(limit: 0xFFFF_FFFF, selector: 0x10, attributes: 0xA09B))
    #expect(context.ds == HyperV.SegmentRegister())
    #expect(context.ss == HyperV.SegmentRegister(limit: 0xFFFF_FFFF, selector: 0x18, attributes: 0xC093))
    #expect(
      context.tr
        == HyperV.SegmentRegister(
          base: 0xFFFF_FE00_0000_3000, limit: 0x67, selector: 0x40, attributes: 0x8B))
    #expect(context.ldtr == HyperV.SegmentRegister(selector: 0x50, attributes: 0x82))
    #expect(context.idtr == HyperV.TableRegister(base: 0xFFFF_FE00_0000_0000, limit: 0xFFF))
    #expect(context.gdtr == HyperV.TableRegister(base: 0xFFFF_FE00_0000_1000, limit: 0x7F))
    #expect(context.efer == 0xD01)
    #expect(context.cr0 == 0x8005_0033)
    #expect(context.cr3 == 0x181_4000)
    #expect(context.cr4 == 0x6B0)
    #expect(context.pageAttributeTable == 0x0007_0406_0007_0406)
  }

  @Test("A context is written as Linux writes it")
  func contextIsWritten() {
    var bytes = [UInt8](repeating: 0, count: HyperV.InitialContext.size)
    bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { context.store(to: start) } }
    #expect(bytes == Array(Self.start[HyperV.ProcessorStartInput.context...]))
  }

  @Test("A control word has its parts where Linux puts them")
  func controlWord() {
    #expect(HyperV.HypercallControl(.getRegisters, count: 1).rawValue == 0x1_0000_0050)
    #expect(HyperV.HypercallControl(.sendInterrupt, isFast: true).rawValue == 0x1_000B)
    let control = HyperV.HypercallControl(rawValue: 0x0005_0007_0006_0014)
    #expect((control.code, control.count, control.start, control.headerSize) == (0x14, 7, 5, 3))
    #expect(control.isDefined)
  }

  @Test("A result says how far a call came")
  func result() {
    let result = HyperV.HypercallResult(.unknownRegister, completed: 3)
    #expect(result.rawValue == 0x3_0000_0087)
    #expect(result.status == .unknownRegister)
    #expect(result.completed == 3)
  }

  @Test("A level's byte names the caller's level unless it says otherwise")
  func inputLevel() {
    #expect(HyperV.InputLevel.current.level(of: .vtl1) == .vtl1)
    #expect(HyperV.InputLevel(rawValue: 0x02).level(of: .vtl1) == .vtl1)
    #expect(HyperV.InputLevel(.vtl2).rawValue == 0x12)
    #expect(HyperV.InputLevel(.vtl2).level(of: .vtl0) == .vtl2)
    #expect(HyperV.InputLevel(rawValue: 0x13).level(of: .vtl0) == nil)
    #expect(HyperV.InputLevel(rawValue: 0x32).level(of: .vtl0) == nil)
  }

  @Test("What Linux writes to its first timer means what Linux wants")
  func timerConfiguration() {
    let configuration = HyperV.TimerConfiguration(rawValue: 0x1ED9)
    #expect(configuration.isDefined && configuration.isEnabled && configuration.isEnabledByCount)
    #expect(configuration.isDirect && !configuration.isPeriodic && configuration.vector == 0xED)
  }
}
