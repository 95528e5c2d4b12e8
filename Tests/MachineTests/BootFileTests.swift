import SystemPackage
import Testing

@testable import Machine

@Suite struct BootFileTests {
  private func error(_ path: FilePath) -> BootError? {
    do throws(BootError) {
      _ = try BootFile.read(path)
      return nil
    } catch {
      return error
    }
  }

  @Test func missingFilesAreMissing() {
    #expect(
      error("/nonexistent/vmlinuz")
        == .unreadableFile(path: "/nonexistent/vmlinuz", reason: "No such file or directory"))
  }

  @Test func foldersAreNoFiles() {
    #expect(error("/") == .unreadableFile(path: "/", reason: "Is a directory"))
  }

  @Test func emptyFilesAreEmpty() {
    #expect(error("/dev/null") == .emptyFile(path: "/dev/null"))
  }

  @Test func filesAreReadWhole() throws {
    let bytes = try BootFile.read(FilePath(#filePath))
    #expect(bytes.starts(with: "import SystemPackage".utf8))
    #expect(bytes.last == UInt8(ascii: "\n"))
  }
}
