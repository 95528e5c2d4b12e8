import Foundation
import SystemPackage

/// Kernels that `Tests/build-kernel` builds.
public enum KernelBuild {
  /// The build did not end well; what it did is on standard error.
  public struct Failure: Error, CustomStringConvertible {
    /// One line for a person.
    public let description: String
  }

  /// The folder of a kernel; it is built first if it is not in the cache.
  ///
  /// - Parameter name: the name of its options in `Tests/Kernels`.
  public static func folder(of name: String) throws -> FilePath {
    let build = Process()
    build.executableURL = URL(filePath: repository.appending("Tests/build-kernel").string)
    build.arguments = [name]
    let pipe = Pipe()
    build.standardOutput = pipe
    try build.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    build.waitUntilExit()
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
    guard build.terminationStatus == 0, let folder = lines.last else {
      throw Failure(description: "Tests/build-kernel \(name) ended with status \(build.terminationStatus)")
    }
    return repository.pushing(FilePath(String(folder)))
  }

  private static let repository: FilePath = {
    var path = FilePath(#filePath)
    for _ in 0..<3 { path.removeLastComponent() }
    return path
  }()
}
