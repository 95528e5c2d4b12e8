/// Reads what ``EventFormat`` and Linux write.
struct EventFormatParser {
  private let lines: [Substring]
  private let system: String

  init(_ text: String, system: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    self.system = system
  }

  /// The event; `nil` for a text that has no name, number or format.
  func parse() -> EventDescription? {
    guard let name = value(of: "name: "), let number = value(of: "ID: ").flatMap({ Int($0) }) else {
      return nil
    }
    let common = Set(EventDescription.commonFields.map(\.name))
    let fields = lines.compactMap(Self.field).filter {
      !common.contains($0.name) && !$0.name.hasPrefix("common_")
    }
    // The kernel leaves an end of line in the quotes as it is.
    guard let start = lines.firstIndex(where: { $0.hasPrefix("print fmt: ") }) else { return nil }
    let printed = lines[start...].joined(separator: "\n").dropFirst("print fmt: ".count)
    var parser = PrintExpressionParser(String(printed), fields: fields)
    return EventDescription(
      system: system, name: name, number: number, fields: fields, text: parser.format())
  }

  private func value(of key: String) -> String? {
    lines.first { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)) }
  }

  /// A line `field:TYPE NAME; offset:N; size:N; signed:N;`.
  private static func field(_ line: Substring) -> EventDescription.Field? {
    let parts = line.split(separator: ";").map { $0.drop { $0 == "\t" || $0 == " " } }
    guard parts.count >= 3, parts[0].hasPrefix("field:") else { return nil }
    func number(_ key: String) -> Int? {
      parts.first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) }
    }
    let declaration = parts[0].dropFirst("field:".count)
    guard let space = declaration.lastIndex(of: " "), let offset = number("offset:"),
      let size = number("size:"), 0..<(1 << 20) ~= offset, 0..<(1 << 20) ~= size
    else { return nil }
    var name = declaration[declaration.index(after: space)...]
    var elementCount: Int?
    if let bracket = name.firstIndex(of: "[") {
      // A length that is none of digits stands for one that C worked out.
      elementCount = Int(name[bracket...].dropFirst().prefix { $0 != "]" }) ?? 0
      name = name[..<bracket]
    }
    return EventDescription.Field(
      String(name), type: String(declaration[..<space]), elementCount: elementCount, offset: offset,
      size: size, isSigned: number("signed:") == 1)
  }
}
