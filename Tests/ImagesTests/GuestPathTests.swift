import Testing

@testable import Images

@Suite struct GuestPathTests {
  @Test(arguments: [("/a/b", "/a/b"), ("a//b/", "/a/b"), ("", "/"), ("///", "/"), ("...", "/...")])
  func slashesOnlySeparate(text: String, expected: String) throws {
    #expect(try GuestPath(text).description == expected)
  }

  @Test(arguments: ["..", "../etc", "/a/../b", "a/.", "a\0b", "a/.."])
  func namesThatMeanAnotherPlaceAreRefused(text: String) {
    #expect(throws: ImageError.self) { try GuestPath(text) }
  }

  @Test func lengthsEndWhereThoseOfLinuxEnd() throws {
    let name = String(repeating: "n", count: 255)
    _ = try GuestPath(name)
    #expect(throws: ImageError.self) { try GuestPath(name + "n") }
    let longest = Array(repeating: name, count: 15).joined(separator: "/") + "/" + name
    #expect(longest.utf8.count == 4095)
    _ = try GuestPath(longest)
    #expect(throws: ImageError.self) { try GuestPath(longest + "/n") }
  }

  @Test func orderIsThatOfBytes() throws {
    let paths = try ["b/a", "b", "b-c", "B", "ä", "z"].map { text throws(ImageError) in try GuestPath(text) }
    #expect(paths.sorted().map(\.description) == ["/B", "/b", "/b-c", "/b/a", "/z", "/ä"])
  }

  @Test(arguments: [
    ("usr/bin", "/sbin/usr/bin"), ("../bin", "/bin"), ("/bin", "/bin"), ("../../../../bin", "/bin"),
    (".", "/sbin"),
  ])
  func linksLeadFromTheirOwnFolder(target: String, expected: String) throws {
    #expect(try GuestPath("/sbin/init").following(link: target).description == expected)
  }
}
