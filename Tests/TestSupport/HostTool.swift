import Foundation

/// A program of the host that judges what was written.
public enum HostTool {
  /// A program did not end with success.
  public struct Failure: Error, CustomStringConvertible {
    /// What it was, and what it said.
    public let description: String
  }

  /// What a program prints on standard output.
  ///
  /// - Throws: ``Failure`` if the program is not there or does not end with success.
  public static func run(_ name: String, _ arguments: [String], input: [UInt8] = []) throws -> String {
    let process = Process()
    let (standardInput, output, diagnostics) = (Pipe(), Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.standardInput = standardInput
    process.standardOutput = output
    process.standardError = diagnostics
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input))
    try standardInput.fileHandleForWriting.close()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let complaints = try diagnostics.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(
        description:
          "\(name) ends with \(process.terminationStatus): \(String(decoding: complaints, as: UTF8.self))")
    }
    return String(decoding: text, as: UTF8.self)
  }
}
