import Testing

@testable import Processor

@Suite("Numbers of address spaces")
struct AddressSpacesTests {
  private typealias Identity = AddressSpaces.Identity
  private static let host = Identity()
  private static let guest = Identity(asid: 1, pcid: 0)

  @Test("Host and guest keep their numbers while they take turns")
  func turns() {
    var spaces = AddressSpaces()
    _ = spaces.select(Self.host, keepingTranslations: false)
    let host = spaces.current
    _ = spaces.select(Self.guest, keepingTranslations: true)
    let guest = spaces.current
    #expect(guest != host)
    for _ in 0..<3 {
      _ = spaces.select(Self.host, keepingTranslations: true)
      #expect(spaces.current == host)
      _ = spaces.select(Self.guest, keepingTranslations: true)
      #expect(spaces.current == guest)
    }
  }

  @Test("Forgetting an ASID leaves the numbers of others")
  func forgetsOneGuest() {
    var spaces = AddressSpaces()
    let others = [Self.host, Identity(asid: 0, pcid: 7), Identity(asid: 2, pcid: 0)]
    let numbers = others.map { identity in
      _ = spaces.select(identity, keepingTranslations: false)
      return spaces.current
    }
    let forgotten = [Self.guest, Identity(asid: 1, pcid: 7)]
    let before = forgotten.map { identity in
      _ = spaces.select(identity, keepingTranslations: false)
      return spaces.current
    }
    spaces.forgetAll(of: 1)
    for (identity, number) in zip(others, numbers) {
      _ = spaces.select(identity, keepingTranslations: true)
      #expect(spaces.current == number)
    }
    for (identity, number) in zip(forgotten, before) {
      _ = spaces.select(identity, keepingTranslations: true)
      #expect(spaces.current != number)
    }
  }

  @Test("Two guests never share a number, whichever drives the other out")
  func collisions() {
    var spaces = AddressSpaces()
    var seen: [UInt16] = []
    for asid in 0..<100 as Range<UInt32> {
      for pcid in [0, 0x5E5] as [UInt32] {
        _ = spaces.select(Identity(asid: asid, pcid: pcid), keepingTranslations: true)
        #expect(!seen.contains(spaces.current))
        seen.append(spaces.current)
      }
    }
  }

  @Test("When numbers run out the tables have to be cleared, and all begin again")
  func exhaustion() {
    var spaces = AddressSpaces()
    var clears = 0
    for _ in 0..<5000 where !spaces.select(Self.guest, keepingTranslations: false) { clears += 1 }
    #expect(clears == 2)
  }
}
