import Foundation
import Testing

@testable import strata

@Suite struct JSONValueTests {
  private func parse(_ value: JSONValue) throws -> NSObject {
    let data = Data(value.description.utf8)
    return try #require(try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) as? NSObject)
  }

  @Test func textKeepsEveryCharacter() throws {
    let text = "\"\\/\n\r\t\u{0}\u{1F}\u{7F}é\u{2028}🙂"
    #expect(try parse(.text(text)) == NSString(string: text))
  }

  @Test func membersKeepTheirOrder() {
    let value = JSONValue.object([("b", .integer(1)), ("a", .array([.null, .truth(true), .truth(false)]))])
    #expect(value.description == #"{"b":1,"a":[null,true,false]}"#)
  }

  @Test func theLargestNumberIsExact() {
    #expect(JSONValue.integer(.max).description == "18446744073709551615")
  }

  @Test(arguments: [
    (0.0, "0.000"), (1.0005, "1.001"), (123.4564, "123.456"), (0.9999, "1.000"), (-2.5, "-2.500"),
    (.infinity, "0"), (.nan, "0"),
  ])
  func decimalsAreRounded(number: Double, text: String) {
    #expect(JSONValue.decimal(number, decimals: 3).description == text)
  }

  @Test func nothingHasNoDecimalPoint() {
    #expect(DecimalText.fixed(7.6, decimals: 0) == "8")
  }
}
