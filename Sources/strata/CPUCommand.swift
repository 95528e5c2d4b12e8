import ArgumentParser
import Processor

/// `strata cpu`: the processors that a machine can have.
struct CPUCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cpu",
    abstract: "List processor models and features, or show what CPUID returns on one.",
    discussion: """
      Examples:
        strata cpu
        strata cpu x86-64-v2,+movbe,-pcid
        strata cpu default --json
      """)

  @Argument(
    help: ArgumentHelp(
      "A model, with changes to it: shows its features and what CPUID returns.",
      valueName: "model,+feature,-feature"),
    transform: ProcessorModel.fromArgument)
  var model: ProcessorModel?

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() throws {
    let text =
      if let model {
        json ? ModelListing(model).json.description : ModelListing(model).description
      } else {
        json ? CatalogueListing().json.description : CatalogueListing().description
      }
    try StandardOutput.reporting { try $0.write(text + "\n") }
  }
}

/// The models and features that there are.
private struct CatalogueListing: CustomStringConvertible {
  private static let lineLength = 78

  var description: String {
    let width = ProcessorModel.all.map(\.name.count).max() ?? 0
    var lines = ["Models:"]
    for model in ProcessorModel.all {
      lines.append(
        "  \(model.name)\(String(repeating: " ", count: width - model.name.count))  \(model.summary)")
    }
    lines.append("\nFeatures of the default model; -NAME leaves one out:")
    lines += wrapped(features { ProcessorModel.default.has($0) })
    lines.append("\nFeatures that +NAME adds:")
    lines += wrapped(features { $0.isImplemented && !ProcessorModel.default.has($0) && $0 != .ht })
    lines.append("\nFeatures that Strata knows and does not have:")
    lines += wrapped(features { !$0.isImplemented })
    return lines.joined(separator: "\n")
  }

  var json: JSONValue {
    let models = ProcessorModel.all.map { model in
      JSONValue.object([
        ("name", .text(model.name)), ("summary", .text(model.summary)),
        ("features", .array(features { model.has($0) }.map { .text($0) })),
      ])
    }
    let all = ProcessorFeature.allCases.map { feature in
      JSONValue.object([
        ("name", .text(feature.rawValue)), ("implemented", .truth(feature.isImplemented)),
        ("leaf", .integer(UInt64(feature.location.leaf))),
        ("subleaf", .integer(UInt64(feature.location.subleaf))),
        ("register", .text(feature.location.register.rawValue)),
        ("bit", .integer(UInt64(feature.location.bit))),
      ])
    }
    return .object([("models", .array(models)), ("features", .array(all))])
  }

  private func features(where isWanted: (ProcessorFeature) -> Bool) -> [String] {
    ProcessorFeature.allCases.filter(isWanted).map(\.rawValue)
  }

  private func wrapped(_ words: [String]) -> [String] {
    guard !words.isEmpty else { return ["  none"] }
    var lines: [String] = []
    var line = " "
    for word in words {
      if line.count + 1 + word.count > Self.lineLength {
        lines.append(line)
        line = " "
      }
      line += " " + word
    }
    return lines + [line]
  }
}

/// What one processor offers.
private struct ModelListing: CustomStringConvertible {
  private let model: ProcessorModel

  init(_ model: ProcessorModel) { self.model = model }

  var description: String {
    var lines = [
      "\(model.name): \(model.summary)", "", "leaf      subleaf  eax       ebx       ecx       edx",
    ]
    for leaf in model.identificationLeaves {
      let subleaf = leaf.subleaf.map(Self.digits) ?? "-       "
      let registers = [leaf.values.eax, leaf.values.ebx, leaf.values.ecx, leaf.values.edx]
      lines.append(
        "\(Self.digits(leaf.leaf))  \(subleaf) \(registers.map(Self.digits).joined(separator: "  "))")
    }
    return lines.joined(separator: "\n")
  }

  var json: JSONValue {
    let leaves = model.identificationLeaves.map { leaf in
      JSONValue.object([
        ("leaf", .integer(UInt64(leaf.leaf))),
        ("subleaf", leaf.subleaf.map { .integer(UInt64($0)) } ?? .null),
        ("eax", .integer(UInt64(leaf.values.eax))), ("ebx", .integer(UInt64(leaf.values.ebx))),
        ("ecx", .integer(UInt64(leaf.values.ecx))), ("edx", .integer(UInt64(leaf.values.edx))),
      ])
    }
    let features = ProcessorFeature.allCases.filter(model.has).map { JSONValue.text($0.rawValue) }
    return .object([
      ("name", .text(model.name)), ("summary", .text(model.summary)), ("features", .array(features)),
      ("leaves", .array(leaves)),
    ])
  }

  private static func digits(_ value: UInt32) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 8 - text.count) + text
  }
}
