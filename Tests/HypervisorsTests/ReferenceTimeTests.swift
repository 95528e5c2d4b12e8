import Interfaces
import Testing

@testable import Hypervisors

@Suite("Reference time")
struct ReferenceTimeTests {
  /// Times from power-on to ten years later.
  private static let times: [UInt64] = {
    var generator = Xorshift(state: 7)
    return [0, 1, 99, 100, 101, 1_000_000_000]
      + (0..<10_000).map { _ in generator.next() % 315_360_000_000_000_000 }
  }()

  private struct Xorshift {
    var state: UInt64

    /// Marsaglia's xorshift64.
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }

  @Test("The page's formula gives what the register gives")
  func pageAgreesWithRegister() {
    let page = UnsafeMutableRawPointer.allocate(byteCount: HyperV.pageSize, alignment: 8)
    defer { page.deallocate() }
    ReferenceTime.write(to: page)
    #expect(page.load(fromByteOffset: HyperV.ReferencePage.sequence, as: UInt32.self) != 0)
    let scale = page.load(fromByteOffset: HyperV.ReferencePage.scale, as: UInt64.self)
    let offset = page.load(fromByteOffset: HyperV.ReferencePage.offset, as: UInt64.self)
    for counter in Self.times {
      let time = counter.multipliedFullWidth(by: scale).high &+ offset
      #expect(time == ReferenceTime.units(atNanoseconds: counter))
    }
  }

  @Test("A unit is a hundred nanoseconds")
  func unitIsHundredNanoseconds() {
    for nanoseconds in Self.times {
      let exact = nanoseconds / 100
      #expect(exact - min(exact, 1)...exact ~= ReferenceTime.units(atNanoseconds: nanoseconds))
    }
  }

  @Test("A timer expires at the first nanosecond at which its time has come")
  func expirationIsFirstNanosecond() {
    for nanoseconds in Self.times where nanoseconds > 0 {
      let units = ReferenceTime.units(atNanoseconds: nanoseconds)
      let first = ReferenceTime.nanoseconds(atUnits: units)
      #expect(ReferenceTime.units(atNanoseconds: first) >= units)
      if first > 0 { #expect(ReferenceTime.units(atNanoseconds: first - 1) < units) }
    }
  }

  @Test("A time that never comes is no time")
  func farAwayIsNever() {
    #expect(ReferenceTime.nanoseconds(atUnits: .max) == .max)
    #expect(ReferenceTime.nanoseconds(atUnits: .max / 100 + 1) == .max)
  }
}
