import Interfaces
import Testing

@testable import Hypervisors

@Suite("What control words may ask for")
struct HypercallShapeTests {
  private func allows(
    _ code: HyperV.HypercallCode, headerSize: Int = 0, count: Int = 0, start: Int = 0, other: UInt64 = 0
  ) -> Bool? {
    var control = HyperV.HypercallControl(code, headerSize: headerSize, count: count, start: start)
    control.rawValue |= other
    return HypercallShape(code)?.allows(control)
  }

  @Test("A simple call has no repetitions")
  func simpleCallsDoNotRepeat() {
    #expect(allows(.startProcessor) == true)
    #expect(allows(.startProcessor, count: 1) == false)
    #expect(allows(.startProcessor, start: 1) == false)
  }

  @Test("A list has an element to start with")
  func listsHaveElements() {
    #expect(allows(.getRegisters) == false)
    #expect(allows(.getRegisters, count: 1) == true)
    #expect(allows(.getRegisters, count: 3, start: 2) == true)
    #expect(allows(.getRegisters, count: 3, start: 3) == false)
  }

  @Test("Only calls with sets have a variable header")
  func setsHaveVariableHeaders() {
    #expect(allows(.sendInterruptToSet, headerSize: 1) == true)
    #expect(allows(.sendInterrupt, headerSize: 1) == false)
  }

  @Test(
    "Every reserved bit is refused",
    arguments: [27, 28, 29, 30, 31, 44, 45, 46, 47, 60, 61, 62, 63] as [UInt64])
  func reservedBitsAreRefused(bit: UInt64) {
    #expect(allows(.startProcessor, other: 1 << bit) == false)
  }

  @Test("Sizes are those of header, sets and elements together")
  func sizesAddUp() throws {
    let flush = try #require(HypercallShape(.flushAddressListOfSet))
    let control = HyperV.HypercallControl(.flushAddressListOfSet, headerSize: 2, count: 3)
    #expect(flush.inputSize(control) == 0x20 + 2 * 8 + 3 * 8)
    #expect(flush.outputSize(control) == 0)
    let get = try #require(HypercallShape(.getRegisters))
    #expect(get.outputSize(HyperV.HypercallControl(.getRegisters, count: 5)) == 80)
  }
}
