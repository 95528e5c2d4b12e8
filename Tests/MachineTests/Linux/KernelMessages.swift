import Glibc
import SystemPackage
import Testing

@testable import Images

/// A message of the kernel's log as `dmesg -r` prints it.
struct KernelMessage {
  /// From 0, an emergency, to 7, for debugging.
  let level: Int
  /// The message without its time.
  let text: String

  private static let warning = 4

  /// Whether somebody should look at it.
  var isComplaint: Bool { level <= Self.warning }

  /// Reads a line such as `<6>[    0.000000] Linux version 6.12`.
  init?(_ line: String) {
    guard line.hasPrefix("<"), let end = line.firstIndex(of: ">"),
      let priority = Int(line[line.index(after: line.startIndex)..<end])
    else { return nil }
    level = priority & 7  // The higher bits are the facility.
    var rest = line[line.index(after: end)...]
    if rest.hasPrefix("["), let bracket = rest.firstIndex(of: "]") {
      rest = rest[rest.index(after: bracket)...].drop { $0 == " " }
    }
    text = String(rest)
  }
}

/// The complaints that `Documentation/KernelMessages.md` explains.
struct KernelMessages {
  /// A row of its table.
  private struct Row {
    /// The message; `*` stands for anything.
    let pattern: String
    /// The kernels that print it.
    let kernels: String
  }

  private let rows: [Row]

  /// Reads the document: rows of the table begin with a message in backquotes, then come the kernels.
  private static func documented() throws -> KernelMessages {
    let file = TestFiles.repository.appending("Documentation").appending("KernelMessages.md")
    let text = String(decoding: try HostFiles.read(file), as: UTF8.self)
    return KernelMessages(
      rows: text.split(separator: "\n").compactMap { line in
        let columns = line.split(separator: "|").map { $0.trimmingSpaces() }
        guard columns.count == 3, columns[0].hasPrefix("`"), columns[0].hasSuffix("`") else { return nil }
        return Row(pattern: String(columns[0].dropFirst().dropLast()), kernels: String(columns[1]))
      })
  }

  /// The complaints of a kernel's log that are not among them.
  static func unexplained(in messages: [KernelMessage], of kernel: DebianKernel) throws -> [String] {
    let explained = try documented()
    return messages.filter { $0.isComplaint && !explained.explain($0, of: kernel) }.map(\.text)
  }

  /// Whether a complaint is among them.
  private func explain(_ message: KernelMessage, of kernel: DebianKernel) -> Bool {
    rows.contains { row in
      row.kernels.split(separator: ", ").contains { $0 == kernel.rawValue }
        && fnmatch(row.pattern, message.text, 0) == 0
    }
  }
}

extension LinuxRun {
  /// The kernel's log, as a script prints it after `dmesg: `.
  var messages: [KernelMessage] { lines("dmesg").compactMap(KernelMessage.init) }
}
