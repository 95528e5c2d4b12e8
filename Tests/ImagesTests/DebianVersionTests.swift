import Testing

@testable import Images

@Suite struct DebianVersionTests {
  @Test(arguments: [
    // The example of Debian Policy section 5.6.12.
    ["~~", "~~a", "~", "", "a"],
    [
      "1.0~rc1-1", "1.0-1", "1.0-1+b1", "1.0a-1", "1.0+dfsg-1", "1.0.1-1", "1.2-1", "1.10-1",
      "6.12.9-1~deb12u1",
      "6.12.117-1~bpo12+1", "6.12.117-1~deb12u1", "6.12.117-1", "6.12.117-2", "1:0.1-1", "2:0.1-1",
    ],
  ])
  func orderIsThatOfThePolicy(ascending: [String]) {
    for (index, left) in ascending.enumerated() {
      for right in ascending[(index + 1)...] {
        #expect(DebianVersion(left) < DebianVersion(right), "\(left) < \(right)")
        #expect(!(DebianVersion(right) < DebianVersion(left)), "\(right) > \(left)")
        #expect(DebianVersion(left) != DebianVersion(right))
      }
    }
  }

  @Test(arguments: [("1.0", "1.00"), ("0:1", "1"), ("1.0-0", "1.0"), ("1.", "1.0"), ("007", "7")])
  func leadingZerosAndMissingPartsMeanNothing(left: String, right: String) {
    #expect(DebianVersion(left) == DebianVersion(right))
  }

  @Test func numbersMayBeLongerThanAnyInteger() {
    let nines = String(repeating: "9", count: 60)
    #expect(DebianVersion(nines) < DebianVersion("1" + String(repeating: "0", count: 60)))
    #expect(DebianVersion("1.0") < DebianVersion(nines))
  }

  @Test func aVersionKeepsItsSpelling() {
    #expect(DebianVersion("1:1.35.0-4+deb12u1+b1").description == "1:1.35.0-4+deb12u1+b1")
  }
}
