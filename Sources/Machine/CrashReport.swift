import Processor
import X86

/// What a person needs to find out why a processor shut down.
public struct CrashReport: CustomStringConvertible {
  private let processor: VirtualProcessor
  private let others: [VirtualProcessor]

  /// Lines without a newline after the last.
  public var description: String {
    let heading =
      "processor \(processor.index) shut down: an exception came while a double fault was being delivered"
    var sections = [heading, RegisterListing(processor.registers).description]
    sections.append("instructions:\n" + indented(instructionLines))
    sections.append("last exceptions, oldest first:\n" + indented(exceptionLines))
    if !others.isEmpty {
      sections.append("other processors:\n" + indented(others.map(line(of:))))
    }
    return sections.joined(separator: "\n")
  }

  fileprivate init(_ processor: VirtualProcessor, others: [VirtualProcessor]) {
    self.processor = processor
    self.others = others
  }

  private static let instructionCount = 5

  private var instructionLines: [String] {
    let pointer = processor.instructionPointer
    let instructions = processor.instructions(from: pointer, count: Self.instructionCount)
    guard !instructions.isEmpty else { return ["no memory is mapped at \(hexadecimal(pointer))"] }
    return instructions.map(\.description)
  }

  private var exceptionLines: [String] {
    let exceptions = processor.recentExceptions
    return exceptions.isEmpty ? ["none"] : exceptions.map(\.description)
  }

  private func line(of processor: VirtualProcessor) -> String {
    let place = "rip \(hexadecimal(processor.instructionPointer))"
    return "\(processor.index)  \(place)  \(processor.activity.text)"
  }

  private func indented(_ lines: [String]) -> String { lines.map { "  " + $0 }.joined(separator: "\n") }

  private func hexadecimal(_ value: UInt64) -> String { Hexadecimal.padded(value, digits: 16) }
}

extension Machine {
  /// A report about a processor that met a triple fault; `nil` if there is no such processor.
  public func crashReport(processor index: Int) -> CrashReport? {
    guard processors.indices.contains(index) else { return nil }
    return CrashReport(processors[index], others: processors.filter { $0.index != index })
  }
}

extension InspectedInstruction: CustomStringConvertible {
  /// Address, encoding and text in one line.
  public var description: String {
    let encoding = Hexadecimal.bytes(bytes)
    let gap = String(repeating: " ", count: max(1, 32 - encoding.count))
    return "\(Hexadecimal.padded(instructionPointer, digits: 16))  \(encoding)\(gap)\(text)"
  }
}

extension ObservedException: CustomStringConvertible {
  /// Name, error code and addresses in one line.
  public var description: String {
    var text = "\(vector.mnemonic) at rip \(Hexadecimal.padded(instructionPointer, digits: 16))"
    if let errorCode { text += ", error code \(Hexadecimal.padded(UInt64(errorCode), digits: 4))" }
    if let faultAddress { text += ", address \(Hexadecimal.padded(faultAddress, digits: 16))" }
    return text
  }
}
