import Interfaces
import TestSupport
import Testing

@testable import Tracing

@Suite("Symbols")
struct SymbolTests {
  // MARK: ELF

  private struct Symbol {
    let name: String
    let address: UInt64
    var type: UInt8 = 2
    var section: UInt16 = 1
  }

  /// An ELF file with the sections null, .text, .data, .symtab and .strtab.
  private static func elf(_ symbols: [Symbol]) -> [UInt8] {
    var names = ByteWriter()
    names.put(UInt8(0))
    var table = ByteWriter()
    table.put([UInt8](repeating: 0, count: 24))
    for symbol in symbols {
      table.put(UInt32(names.bytes.count))
      table.put(symbol.type)
      table.put(UInt8(0))
      table.put(symbol.section)
      table.put(symbol.address)
      table.put(UInt64(16))
      names.put(terminated: symbol.name)
    }
    let tableOffset = 64
    let namesOffset = tableOffset + table.bytes.count
    let headersOffset = namesOffset + names.bytes.count
    var file = ByteWriter()
    file.put(ELFSymbols.magic + [2, 1, 1] + [UInt8](repeating: 0, count: 9))
    file.put(UInt16(2))
    file.put(UInt16(62))
    file.put(UInt32(1))
    file.put(UInt64(0))
    file.put(UInt64(0))
    file.put(UInt64(headersOffset))
    file.put(UInt32(0))
    for number in [64, 56, 0, 64, 5, 0] as [UInt16] { file.put(number) }
    file.put(table.bytes)
    file.put(names.bytes)
    let sections: [(type: UInt32, flags: UInt64, offset: Int, size: Int, link: UInt32)] = [
      (0, 0, 0, 0, 0), (1, 6, 0, 0, 0), (1, 3, 0, 0, 0), (2, 0, tableOffset, table.bytes.count, 4),
      (3, 0, namesOffset, names.bytes.count, 0),
    ]
    for section in sections {
      file.put(UInt32(0))
      file.put(section.type)
      file.put(section.flags)
      file.put(UInt64(0))
      file.put(UInt64(section.offset))
      file.put(UInt64(section.size))
      file.put(section.link)
      file.put([UInt8](repeating: 0, count: 20))
    }
    return file.bytes
  }

  private static let kernel = elf([
    Symbol(name: "do_idle", address: 0xFFFF_FFFF_8100_1000),
    Symbol(name: "startup_64", address: 0xFFFF_FFFF_8100_0000, type: 0),
    Symbol(name: "jiffies", address: 0xFFFF_FFFF_8100_0800, type: 1, section: 2),
    Symbol(name: "undefined", address: 0xFFFF_FFFF_8100_0900, section: 0),
    Symbol(name: "schedule", address: 0xFFFF_FFFF_8100_2000),
  ])

  private func table(_ bytes: [UInt8]) throws -> SymbolTable {
    try SymbolFile.functions(in: MemoryStorage(bytes: bytes))
  }

  @Test("The functions of a kernel are found by addresses in them")
  func addresses() throws {
    let table = try table(Self.kernel)
    #expect(table.count == 3)
    let symbol = table.symbol(at: 0xFFFF_FFFF_8100_1FFF)
    #expect(symbol == SymbolTable.Symbol(address: 0xFFFF_FFFF_8100_1000, name: "do_idle", size: 0x1000))
    #expect(table.symbol(at: 0xFFFF_FFFF_8100_0900)?.name == "startup_64")
    #expect(table.symbol(at: 0xFFFF_FFFF_8100_2000)?.name == "schedule")
    #expect(table.symbol(at: 0xFFFF_FFFF_80FF_FFFF) == nil)
    // Too far behind the last one.
    #expect(table.symbol(at: 0xFFFF_FFFF_9100_0000) == nil)
  }

  @Test("System.map and kallsyms say the same", arguments: ["", "\t[mhi]"])
  func text(module: String) throws {
    let text = """
      0000000000000000 A fixed_percpu_data
      ffffffff81001000 T do_idle\(module)
      ffffffff81001000 t alias\(module)
      FFFFFFFF81000000 t startup_64
      ffffffff81000800 D jiffies
      ffffffffffffffff B The real System.map is elsewhere
      not a line
      ffffffff81002000 W schedule
      """
    let table = try table(Array(text.utf8))
    #expect(table.count == 3)
    #expect(table.symbol(at: 0xFFFF_FFFF_8100_1004)?.name == "do_idle")
    let again = try self.table(SymbolText.text(of: table))
    #expect(again.count == 3)
    #expect(again.symbol(at: 0xFFFF_FFFF_8100_2001)?.name == "schedule")
  }

  @Test("Files without functions are refused, and it is said why")
  func refusals() throws {
    #expect(throws: SymbolFileError.empty) { try table([]) }
    #expect(throws: SymbolFileError.empty) { try table(Array("dear reader\n".utf8)) }
    #expect(throws: SymbolFileError.hidden) { try table(Array("0000000000000000 T do_idle\n".utf8)) }
    #expect(throws: SymbolFileError.damaged) { try table(ELFSymbols.magic + [1, 1]) }
    #expect(throws: SymbolFileError.damaged) { try table(Array(Self.kernel.dropLast(100))) }
  }

  @Test("Damaged ELF files are read to an end")
  func damage() {
    for bytes in DamagedCopies(of: Self.kernel, count: 3000, changes: 4, seed: 3) { _ = try? table(bytes) }
  }

  // MARK: Traces

  private static let event = TraceEvent(
    "context", "switch", [TraceField("ip", .pointer), TraceField("caller", .uint64)],
    format: "ip=%pS caller=%ps", [.field(0), .field(1)])

  private func file() throws -> TraceFile {
    let tracer = Tracer([Self.event], processorCount: 1)
    tracer.setEnabled(0, true)
    for address in [0xFFFF_FFFF_8100_1004, 0xFFFF_FFFF_8100_2000, 0x40_1000] as [UInt64] {
      tracer.point(for: 0).record(processor: 0, time: 0) {
        $0.put(address)
        $0.put(address)
      }
    }
    var file = TraceFile(tracer.contents, TraceFileDescription())
    file.symbols = try table(Self.kernel)
    return file
  }

  private func lines(_ format: TraceFileFormat) throws -> [String] {
    var bytes: [UInt8] = []
    try file().write(format) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test("Code addresses have names in text")
  func namesInText() throws {
    let lines = try lines(.text(TraceTextStyle(.tracefs)))
    #expect(lines[2].hasSuffix("switch: ip=do_idle+0x4/0x1000 caller=do_idle"))
    #expect(lines[3].hasSuffix("switch: ip=schedule+0x0 caller=schedule"))
    #expect(lines[4].hasSuffix("switch: ip=0x401000 caller=0x401000"))
  }

  @Test("Code addresses have names in JSON")
  func namesInJSON() throws {
    let lines = try lines(.json)
    #expect(lines[0].contains(#""symbols":{"ip":"do_idle+0x4","caller":"do_idle+0x4"}"#))
    #expect(!lines[2].contains("symbols"))
  }

  enum Version: CaseIterable {
    case six, seven

    var format: TraceFileFormat { self == .six ? .version6 : .version7 }
  }

  @Test("Files hold the names, and trace-cmd finds them", arguments: Version.allCases, [[], ["-R"]])
  func namesInFiles(version: Version, options: [String]) throws {
    var bytes: [UInt8] = []
    try file().write(version.format) { bytes += $0 }
    let folder = try TemporaryFolder()
    let path = try folder.write("trace.dat", bytes)
    let expected = try HostTool.run("trace-cmd", ["report"] + options + ["-i", path.string])
    var style = TraceTextStyle(.traceCommand)
    if !options.isEmpty { style.content = .fields }
    var text: [UInt8] = []
    try TraceFile(HostFileStorage(path)).write(.text(style)) { text += $0 }
    #expect(String(decoding: text, as: UTF8.self) == expected)
    #expect(expected.contains("do_idle"))
  }
}
