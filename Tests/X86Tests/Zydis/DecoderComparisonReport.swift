import X86

/// The tables of `Documentation/DecoderComparison.md`.
struct DecoderComparisonReport {
  /// By mode, in the order of the modes.
  let systematic: [DecoderTally]
  let random: [DecoderTally]

  var text: String {
    """
    # The decoder against Zydis

    Written by `Tests/compare-decoder`. Length, operation, operands and prefixes of each encoding are compared with
    what Zydis 4.0 says. Systematic are all opcodes of all maps with prefixes, ModRM and SIB bytes in all
    combinations that can matter (`Tests/X86Tests/Zydis/SystematicEncodings.swift`); half of the random strings
    begin with prefixes and escapes.

    | encodings | mode | compared | the same instruction | undefined in both | explained below | unexplained |
    |---|---|---|---|---|---|---|
    \(rows("systematic", systematic))
    \(rows("random", random))

    ## Explained differences

    The first class that fits an encoding counts it. The manuals are AMD's (APM, by volume) and Intel's (SDM);
    "asked" means that a processor of AMD's was made to execute it.

    | class | why | systematic | random | first |
    |---|---|---|---|---|
    \(differences)

    ## Coverage

    Every operation that the decoder has was compared. Encodings that are the same in both, by the feature that a
    processor needs for them, systematic and random:

    | feature | systematic | random |
    |---|---|---|
    \(features)

    """
  }

  private func rows(_ name: String, _ tallies: [DecoderTally]) -> String {
    zip(CodeMode.allCases, tallies).map { mode, tally in
      let explained = tally.differences.reduce(0, +)
      let unexplained = tally.unexplained.values.reduce(0) { $0 + $1.count }
      return "| \(name) | \(mode) | \(Self.grouped(tally.compared)) | \(Self.grouped(tally.agreedCount)) |"
        + " \(Self.grouped(tally.undefined)) | \(Self.grouped(explained)) | \(Self.grouped(unexplained)) |"
    }.joined(separator: "\n")
  }

  private var differences: String {
    let (first, second) = (Self.sum(systematic), Self.sum(random))
    return KnownDifference.all.enumerated().map { index, difference in
      let example = first.examples[index] ?? second.examples[index] ?? "none"
      return "| \(difference.name) | \(difference.reason) | \(Self.grouped(first.differences[index])) |"
        + " \(Self.grouped(second.differences[index])) | `\(example)` |"
    }.joined(separator: "\n")
  }

  private var features: String {
    let (first, second) = (Self.sum(systematic), Self.sum(random))
    return Feature.allCases.map { feature in
      let index = Int(feature.rawValue)
      return "| \(feature) | \(Self.grouped(first.agreedByFeature[index])) |"
        + " \(Self.grouped(second.agreedByFeature[index])) |"
    }.joined(separator: "\n")
  }

  private static func sum(_ tallies: [DecoderTally]) -> DecoderTally {
    var all = DecoderTally()
    for tally in tallies { all.add(tally) }
    return all
  }

  /// A number with a comma every three digits.
  private static func grouped(_ number: Int) -> String {
    var text = ""
    for (index, digit) in "\(number)".reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}
