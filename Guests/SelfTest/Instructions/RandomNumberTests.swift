import Bedrock

/// RDRAND.
enum RandomNumberTests {
  private static let draws = 16

  static func add(to list: inout SelfTestList) {
    guard ProcessorIdentification().has(.randomNumbers) else {
      list.skip("RDRAND", because: "the processor does not have it")
      return
    }
    list.test("RDRAND delivers different numbers") { expectations in
      var numbers: [UInt64] = []
      for _ in 0..<draws {
        guard let number = RandomNumber.draw() else {
          expectations.expect(false, "no number")
          return
        }
        expectations.expect(!numbers.contains(number), "the same number twice")
        numbers.append(number)
      }
    }
  }
}
