import Bedrock
import Interfaces

/// VTL2 above VTL1 above VTL0: the ways between them, and whose protection counts.
///
/// The tests build on each other: the first brings VTL2.
struct ThreeLevelTests {
  private static let written: UInt64 = 0x3333_CCCC_3333_CCCC

  let middle: LevelBench
  let top: LevelBench
  /// The same page, as VTL1 and as VTL2 protects it.
  let middlePage: ProtectedPage
  let topPage: ProtectedPage

  private var address: UInt64 { ProtectedPage.address.rawValue }

  static func add(to list: inout SelfTestList, _ middle: LevelBench, _ page: ProtectedPage) {
    let status = (try? middle.partition.register(.partitionLevelStatus).low).map {
      HyperV.PartitionLevelStatus(rawValue: $0)
    }
    guard let maximum = status?.maximum, maximum >= .vtl2,
      let top = LevelBench(.vtl2, middle.bench, above: middle)
    else {
      list.skip("VTL2 above VTL1", because: "the partition cannot have VTL2")
      return
    }
    let tests = ThreeLevelTests(
      middle: middle, top: top, middlePage: page, topPage: ProtectedPage(top, sharing: page))
    list.test("VTL1 enables VTL2, for itself alone", tests.enable)
    list.test("calls and returns go one level at a time", tests.steps)
    list.test("VTL2's protection holds though VTL1 allows the access", tests.topForbids)
    list.test("VTL2 protects a page from VTL1", tests.middleIsBelow)
    list.test("of two levels that forbid an access, the lower one hears of it first", tests.bothForbid)
  }

  private func enable(_ expectations: inout Expectations) {
    let index = top.bench.ownIndex
    let level = middle.status { [top] partition throws(HypercallFailure) in
      try partition.enable(.vtl2)
      try partition.enable(.vtl2, of: index, in: top.upper.context)
    }
    expectations.expect("from VTL1", level, is: 0)
    let status = expectations.expectSuccess("status") { () throws(HypercallFailure) in
      HyperV.ProcessorLevelStatus(rawValue: try top.partition.register(.processorLevelStatus).low)
    }
    expectations.expect("enabled", UInt64(status?.enabled ?? 0), is: 0b111)
    expectations.expect(status?.active == .vtl0, "another level runs")
  }

  private func steps(_ expectations: inout Expectations) {
    expectations.expect((middle.above { $0.level }) == .vtl1, "a call from VTL0 does not enter VTL1")
    expectations.expect((top.above { $0.level }) == .vtl2, "a call from VTL1 does not enter VTL2")
    let order = middle.above { [top] partition -> [HyperV.VirtualTrustLevel?] in
      var order: [HyperV.VirtualTrustLevel?] = [active(partition)]
      top.upper.perform(from: partition) { order.append(active($0)) }
      order.append(active(partition))
      return order
    }
    expectations.expect(order == [.vtl1, .vtl2, .vtl1], "another order")
    expectations.expect(active(top.partition) == .vtl0, "the end is not at VTL0")
  }

  private func active(_ partition: Partition) -> HyperV.VirtualTrustLevel? {
    (try? partition.register(.processorLevelStatus).low).flatMap {
      HyperV.ProcessorLevelStatus(rawValue: $0).active
    }
  }

  private func reset() {
    middlePage.reset()
    topPage.reset()
  }

  private func expectHeard(_ middle: Int, _ top: Int, _ expectations: inout Expectations) {
    expectations.expect("by VTL1", UInt64(middlePage.intercepts.count), is: UInt64(middle))
    expectations.expect("by VTL2", UInt64(topPage.intercepts.count), is: UInt64(top))
  }

  private func topForbids(_ expectations: inout Expectations) {
    reset()
    expectations.expect("enable", topPage.begin(), is: 0)
    expectations.expect("VTL1", middlePage.protect(.all), is: 0)
    expectations.expect("VTL2", topPage.protect([.read]), is: 0)
    expectations.expect("VTL1 again", middlePage.protect(.all), is: 0)
    expectations.expectReturn("a write", Processor.current.probe(probeStore, address, Self.written))
    expectations.expect("value", Processor.current.probe(probeLoad, address), returns: Self.written)
    expectHeard(0, 1, &expectations)
    expectations.expect(
      "the offender's level", (topPage.intercepts.first?.state ?? .max) >> 7 & 0xF, is: 0)
  }

  private func middleIsBelow(_ expectations: inout Expectations) {
    reset()
    expectations.expect("VTL2", topPage.protect([]), is: 0)
    let value = middle.above { _ in Processor.current.probe(probeLoad, address).value }
    expectations.expect("value", (value ?? nil) ?? 0, is: ProtectedPage.pattern)
    expectHeard(0, 1, &expectations)
    expectations.expect(
      "the offender's level", (topPage.intercepts.first?.state ?? .max) >> 7 & 0xF, is: 1)
  }

  private func bothForbid(_ expectations: inout Expectations) {
    reset()
    expectations.expect("VTL1", middlePage.protect([]), is: 0)
    expectations.expect("VTL2", topPage.protect([]), is: 0)
    // VTL2 is to hear of it only after VTL1 has given its rights back.
    var earlier = -1
    topPage.onIntercept = { [middlePage] in earlier = middlePage.intercepts.count }
    expectations.expect("value", Processor.current.probe(probeLoad, address), returns: ProtectedPage.pattern)
    topPage.onIntercept = nil
    expectHeard(1, 1, &expectations)
    expectations.expect(earlier == 1, "VTL2 heard of it first")
  }
}
