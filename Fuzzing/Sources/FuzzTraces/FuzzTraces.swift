import FuzzSupport
import Interfaces

@testable import Tracing

/// Reads files of traces and of symbols, formats of events and filters that nobody vouches for.
///
/// The first byte chooses what the rest is.
@c(LLVMFuzzerTestOneInput)
public func tracesMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(start, count: count)
  let kind = Int(input.byte())
  switch kind % 8 {
  case 0: read(input.rest())
  case 1: read(SampleTrace.file(printing: input.rest()))
  case 2: readFilter(String(decoding: input.rest(), as: UTF8.self))
  case 3: readSymbols(input.rest())
  default: read(SampleTrace.files[kind % 8 - 4].edited(by: &input))
  }
  return 0
}

/// More than this much is not written: a small file of few blocks may be a large trace.
private let mostBytesOfPages = 4 << 20

/// What can be read can be shown, and what is written of it can be read.
private func read(_ bytes: [UInt8]) {
  guard let file = try? TraceFile(bytes),
    file.parts.processors.reduce(0, { $0 + $1.count * $1.pageSize }) <= mostBytesOfPages
  else { return }
  for format in [TraceFileFormat.text(TraceTextStyle(.traceCommand)), .text(TraceTextStyle(.tracefs)), .json]
  {
    _ = try? file.write(format) { _ in }
  }
  for format in [TraceFileFormat.version6, .version7] {
    var again: [UInt8] = []
    do { _ = try file.write(format) { again += $0 } } catch { continue }
    guard let copy = try? TraceFile(again) else { preconditionFailure("what was written cannot be read") }
    precondition(copy.processorCount == file.processorCount && copy.eventList.count == file.eventList.count)
  }
}

private func readFilter(_ text: String) {
  guard let filter = try? TraceFilter(text, for: SampleTrace.event) else { return }
  for record in [[], [UInt8](repeating: 0, count: 16), [UInt8](repeating: 0xFF, count: 64)] as [[UInt8]] {
    _ = record.withUnsafeBytes { filter.passes($0) }
  }
}

/// An address lies in the symbol that is found for it.
private func readSymbols(_ bytes: [UInt8]) {
  guard let table = try? SymbolFile.functions(in: MemoryStorage(bytes: bytes)) else { return }
  for address in [0, 0x1000, 0xFFFF_FFFF_8100_0000, .max] as [UInt64] {
    if let symbol = table.symbol(at: address) { precondition(symbol.address <= address) }
  }
}
