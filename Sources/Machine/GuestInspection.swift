import Bus
import Processor
import X86

/// The registers of a processor in lines of text.
public struct RegisterListing: CustomStringConvertible {
  private let registers: RegisterSnapshot

  /// A listing of these registers.
  public init(_ registers: RegisterSnapshot) { self.registers = registers }

  /// Lines without a newline after the last.
  public var description: String { lines.joined(separator: "\n") }

  private var lines: [String] {
    var lines = rows(of: registers.general)
    let flags = registers.flags
    let numbers = [
      RegisterSnapshot.Named(name: "rip", value: registers.instructionPointer),
      RegisterSnapshot.Named(name: "flg", value: flags.rawValue),
    ]
    lines += rows(of: numbers).map { "\($0)  [\(flags.mnemonics)]" }
    lines.append("\(registers.mode.rawValue), privilege level \(registers.privilegeLevel)")
    for segment in registers.segments {
      let selector = Hexadecimal.padded(UInt64(segment.selector), digits: 4)
      let base = Hexadecimal.padded(segment.base, digits: 16)
      let limit = Hexadecimal.padded(UInt64(segment.limit), digits: 8)
      let attributes = Hexadecimal.padded(UInt64(segment.attributes), digits: 4)
      lines.append(
        "\(aligned(segment.name)) \(selector) base \(base) limit \(limit) attributes \(attributes)")
    }
    for table in registers.tables {
      let base = Hexadecimal.padded(table.base, digits: 16)
      lines.append(
        "\(aligned(table.name))      base \(base) limit \(Hexadecimal.padded(UInt64(table.limit), digits: 8))"
      )
    }
    return lines + rows(of: registers.control) + rows(of: registers.debug)
  }

  private static let columns = 3

  private func rows(of named: [RegisterSnapshot.Named]) -> [String] {
    stride(from: 0, to: named.count, by: Self.columns).map { first in
      named[first..<min(first + Self.columns, named.count)]
        .map { "\(aligned($0.name)) \(Hexadecimal.padded($0.value, digits: 16))" }.joined(separator: "  ")
    }
  }

  private func aligned(_ name: String) -> String {
    name + String(repeating: " ", count: max(0, 4 - name.count))
  }
}

extension RFLAGS {
  /// The names of the flags that are set, as the manuals abbreviate them.
  fileprivate var mnemonics: String {
    let names: [(RFLAGS, String)] = [
      (.identification, "ID"), (.virtualInterruptPending, "VIP"), (.virtualInterrupt, "VIF"),
      (.alignmentCheck, "AC"), (.virtual8086, "VM"), (.resume, "RF"), (.nestedTask, "NT"), (.overflow, "OF"),
      (.direction, "DF"), (.interruptEnable, "IF"), (.trap, "TF"), (.sign, "SF"), (.zero, "ZF"),
      (.auxiliaryCarry, "AF"), (.parity, "PF"), (.carry, "CF"),
    ]
    var set = names.filter { contains($0.0) }.map(\.1)
    let privilege = rawValue >> 12 & 3
    if privilege > 0 { set.append("IOPL=\(privilege)") }
    return set.joined(separator: " ")
  }
}

extension Activity {
  /// What the processor is doing, in words.
  public var text: String {
    switch self {
    case .running: "runs"
    case .halted, .idle: "waits for an interrupt"
    case .waitingForStartup: "waits for a startup IPI"
    case .shutdown: "shut down"
    }
  }
}

/// A region of memory in lines of 16 bytes.
public struct MemoryListing: CustomStringConvertible {
  private let start: UInt64
  private let bytes: [UInt8?]

  /// The bytes from an address on; `nil` where there is no RAM to be read.
  public init(from start: UInt64, bytes: [UInt8?]) {
    self.start = start
    self.bytes = bytes
  }

  /// Lines without a newline after the last: address, bytes in hexadecimal, characters.
  public var description: String {
    stride(from: 0, to: bytes.count, by: 16).map { first in
      let row = bytes[first..<min(first + 16, bytes.count)]
      let numbers = row.map { $0.map { Hexadecimal.padded(UInt64($0), digits: 2) } ?? "??" }
        .joined(separator: " ")
      let characters = row.map { byte in
        guard let byte, (0x20..<0x7F).contains(byte) else { return "." }
        return String(UnicodeScalar(byte))
      }.joined()
      let gap = String(repeating: " ", count: 16 * 3 - 1 - numbers.count)
      return "\(Hexadecimal.padded(start &+ UInt64(first), digits: 16))  \(numbers)\(gap)  \(characters)"
    }.joined(separator: "\n")
  }
}

extension Machine {
  /// The bytes of RAM at physical addresses; `nil` where there is none.
  public func inspectMemory(physical address: UInt64, count: Int) -> [UInt8?] {
    (0..<max(count, 0)).map { memory.load(address &+ UInt64($0), as: UInt8.self) }
  }

  /// The bytes at linear addresses as a processor sees them; `nil` where no RAM is mapped.
  public func inspectMemory(
    linear address: UInt64, count: Int, by processor: VirtualProcessor
  ) -> [UInt8?] {
    (0..<max(count, 0)).map {
      processor.physicalAddress(ofLinear: address &+ UInt64($0)).flatMap {
        memory.load($0, as: UInt8.self)
      }
    }
  }
}
