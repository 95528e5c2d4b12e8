import Bedrock
import Interfaces

/// Calls that flush other processors' translations (TLFS 10.4).
struct FlushTests {
  private static let address = VirtualAddress(6 << 39)

  let bench: Bench
  private let old: PhysicalAddress
  private let new: PhysicalAddress

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    guard bench.apicIdentifiers.count > 1, let old = bench.computer.frames.allocate(),
      let new = bench.computer.frames.allocate()
    else { return }
    let tests = FlushTests(bench: bench, old: old, new: new)
    list.test("a call flushes all translations of other processors", tests.space)
    list.test("a call flushes some translations of other processors", tests.addresses)
    list.test("a call refuses unknown flags", tests.flags)
  }

  private init(bench: Bench, old: PhysicalAddress, new: PhysicalAddress) {
    self.bench = bench
    self.old = old
    self.new = new
    old.pointer?.storeBytes(of: 1, as: UInt64.self)
    new.pointer?.storeBytes(of: 2, as: UInt64.self)
  }

  /// What the second processor reads.
  private func remoteValue() -> UInt64 {
    let value = Box()
    let processor = bench.computer.processors[1]
    _ = processor.perform { processor in
      value.content = processor.probe(probeLoad, Self.address.rawValue).value ?? .max
    }
    _ = bench.waits { processor.isIdle }
    return value.content
  }

  private final class Box: @unchecked Sendable {
    var content: UInt64 = 0
  }

  /// Exchanges the page behind an address that the second processor knows, and flushes by a call.
  private func exchange(_ expectations: inout Expectations, _ flush: (inout Expectations) -> Void) {
    do throws(PageTable.Failure) {
      try bench.computer.pageTable.map(Self.address, to: old, .writable)
      expectations.expect("before", remoteValue(), is: 1)
      _ = bench.computer.pageTable.unmap(Self.address)
      try bench.computer.pageTable.map(Self.address, to: new, .writable)
    } catch {
      expectations.expect(false, "no memory for a mapping")
    }
    bench.clear()
    flush(&expectations)
    expectations.expect("afterwards", remoteValue(), is: 2)
    _ = bench.computer.pageTable.unmap(Self.address)
    // The other one is not to know of it in the next test.
    bench.clear()
    putFlags([.allProcessors, .allSpaces])
    expectations.expect("the last flush", bench.call(.flushAddressSpace), is: .success)
  }

  private func putFlags(_ flags: HyperV.FlushFlags) {
    bench.input.storeBytes(of: flags.rawValue, toByteOffset: HyperV.FlushInput.flags, as: UInt64.self)
  }

  private func space(_ expectations: inout Expectations) {
    exchange(&expectations) { expectations in
      putFlags([.allProcessors])
      bench.input.storeBytes(
        of: bench.computer.pageTable.root.rawValue, toByteOffset: HyperV.FlushInput.space, as: UInt64.self)
      expectations.expect("the call", bench.call(.flushAddressSpace), is: .success)
    }
  }

  private func addresses(_ expectations: inout Expectations) {
    exchange(&expectations) { expectations in
      guard
        let index = try? bench.partition.processorIndex(ofAPIC: bench.computer.processors[1].apicIdentifier)
      else { return }
      putFlags([.allSpaces])
      bench.input.storeBytes(
        of: 1 << UInt64(index), toByteOffset: HyperV.FlushInput.processors, as: UInt64.self)
      // Two ranges: a page and the one behind it, and one elsewhere.
      bench.input.storeBytes(
        of: Self.address.rawValue | 1, toByteOffset: HyperV.FlushInput.size, as: UInt64.self)
      bench.input.storeBytes(of: 0x1000, toByteOffset: HyperV.FlushInput.size + 8, as: UInt64.self)
      expectations.expect(
        "the call", bench.call(.flushAddressList, count: 2), is: .success, completed: 2)
    }
  }

  private func flags(_ expectations: inout Expectations) {
    bench.clear()
    for bit in [4, 12, 63] as [UInt64] {
      putFlags(HyperV.FlushFlags(rawValue: 1 << bit))
      expectations.expect("an unknown flag", bench.call(.flushAddressSpace), is: .invalidParameter)
    }
    putFlags([])
    expectations.expect("no processor", bench.call(.flushAddressSpace), is: .success)
  }
}
