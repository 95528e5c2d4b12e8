import X86

/// What a comparison found, in numbers.
struct DecoderTally {
  var compared = 0
  /// Encodings that both decoders say are undefined.
  private(set) var undefined = 0
  /// Instructions that are the same in both, by what they do.
  private(set) var agreed = [Int](repeating: 0, count: Operation.allCases.count)
  /// The same, by what a processor needs for it.
  private(set) var agreedByFeature = [Int](repeating: 0, count: Feature.allCases.count)
  /// Instructions that we decode and that differ in a known way, by what they do.
  private(set) var explained = [Int](repeating: 0, count: Operation.allCases.count)
  /// How often each of ``KnownDifference/all`` was met, and where first.
  private(set) var differences = [Int](repeating: 0, count: KnownDifference.all.count)
  private(set) var examples = [String?](repeating: nil, count: KnownDifference.all.count)
  /// Differences of no known class: how often, and the first.
  private(set) var unexplained: [String: (count: Int, example: String)] = [:]

  mutating func countAgreement(_ twice: DecodedTwice) {
    if twice.isDefined {
      agreed[Int(twice.ours.operation.rawValue)] += 1
      agreedByFeature[Int(twice.ours.feature.rawValue)] += 1
    } else {
      undefined += 1
    }
  }

  mutating func count(_ difference: Int, _ twice: DecodedTwice) {
    differences[difference] += 1
    if twice.isDefined { explained[Int(twice.ours.operation.rawValue)] += 1 }
    if examples[difference] == nil { examples[difference] = twice.hexadecimal }
  }

  /// Counts a difference of no known class; returns whether it is the first of its kind.
  mutating func countUnexplained(_ kind: String) -> Bool {
    unexplained[kind, default: (0, "")].count += 1
    return unexplained[kind]?.count == 1
  }

  /// Keeps the example of a kind of unexplained differences.
  mutating func tell(_ kind: String, _ example: String) { unexplained[kind]?.example = example }

  /// How many encodings are the same instruction in both.
  var agreedCount: Int { agreed.reduce(0, +) }

  /// Operations of which no encoding was compared.
  var missedOperations: [Operation] {
    Operation.allCases.filter {
      $0 != .invalid && agreed[Int($0.rawValue)] + explained[Int($0.rawValue)] == 0
    }
  }

  /// Adds what another comparison found.
  mutating func add(_ other: DecoderTally) {
    compared += other.compared
    undefined += other.undefined
    for index in agreed.indices {
      agreed[index] += other.agreed[index]
      explained[index] += other.explained[index]
    }
    for index in agreedByFeature.indices { agreedByFeature[index] += other.agreedByFeature[index] }
    for index in differences.indices {
      differences[index] += other.differences[index]
      examples[index] = examples[index] ?? other.examples[index]
    }
    unexplained.merge(other.unexplained) { ($0.count + $1.count, $0.example) }
  }
}
