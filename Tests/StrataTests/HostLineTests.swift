import Foundation
import Glibc
import Testing

@testable import strata

@Suite struct HostLineTests {
  /// A folder that is removed with this object.
  private final class Folder {
    let path: String

    init() throws {
      var template = Array("/tmp/strata-lines.XXXXXX".utf8CString)
      path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, containing text: String) throws -> String {
      let place = path + "/" + name
      try text.write(toFile: place, atomically: false, encoding: .utf8)
      return place
    }
  }

  @Test func aFileIsEmptiedAndFilled() throws {
    let folder = try Folder()
    let path = try folder.file("log", containing: "what was there before")
    let line = try FileLine(path: path)
    line.transmit(Array("new".utf8))
    line.output.flush(mayWait: { true })
    line.close()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
  }

  @Test func onlyARegularFileIsOverwritten() throws {
    let folder = try Folder()
    for path in ["/dev/null", folder.path] {
      #expect { try FileLine(path: path) } throws: {
        ($0 as? CommandError)?.exitCode == SystemExit.cannotCreate
      }
    }
  }

  @Test func aSocketDoesNotReplaceAFile() throws {
    let folder = try Folder()
    let path = try folder.file("file", containing: "precious")
    #expect { try SocketLine(path: path) } throws: {
      ($0 as? CommandError)?.exitCode == SystemExit.cannotCreate
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
  }

  @Test func aSocketThatSomebodyListensOnIsLeftAlone() throws {
    let folder = try Folder()
    let path = folder.path + "/socket"
    let first = try SocketLine(path: path)
    #expect(throws: CommandError.self) { try SocketLine(path: path) }
    first.close()
    #expect(access(path, F_OK) != 0)
  }

  @Test func aSocketThatWasLeftBehindIsReplaced() throws {
    let folder = try Folder()
    let path = folder.path + "/socket"
    let abandoned = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #expect(bind(abandoned, to: path) == 0)
    close(abandoned)
    let line = try SocketLine(path: path)
    line.close()
  }

  @Test func aNameThatIsTooLongIsRefused() {
    let path = "/tmp/" + String(repeating: "x", count: 120)
    #expect(throws: CommandError.self) { try SocketLine(path: path) }
  }

  @Test func oneClientAfterTheOtherTalksWithTheGuest() throws {
    let folder = try Folder()
    let path = folder.path + "/socket"
    let line = try SocketLine(path: path)
    defer { line.close() }
    line.transmit(Array("early".utf8))
    line.output.flush(mayWait: { false })
    for word in ["one", "two"] {
      let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      #expect(connect(client, to: path) == 0)
      // The first call takes the client, the second what it says.
      #expect(line.receive() == [])
      #expect(write(client, word, word.utf8.count) == word.utf8.count)
      #expect(line.receive() == word.utf8.map { .character($0) })
      line.transmit(Array(word.utf8))
      line.output.flush(mayWait: { false })
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = read(client, &bytes, bytes.count)
      #expect(
        String(decoding: bytes[..<max(0, count)], as: UTF8.self) == (word == "one" ? "early" : "") + word)
      close(client)
      #expect(line.receive() == [])
    }
  }

  private func address<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  private func bind(_ descriptor: Int32, to path: String) -> Int32 {
    address(path) { Glibc.bind(descriptor, $0, $1) }
  }

  private func connect(_ descriptor: Int32, to path: String) -> Int32 {
    address(path) { Glibc.connect(descriptor, $0, $1) }
  }
}
