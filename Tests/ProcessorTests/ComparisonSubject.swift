/// Something of which many cases are executed here and by the host's processor.
struct ComparisonSubject: Sendable {
  enum Kind: Sendable {
    /// An integer form, with operands of a width in bytes.
    case integer(HostComparisonForm, width: Int)
    /// What a vector instruction computes, with its exceptions masked and its operands in place.
    case results(VectorEncodings.Encoding, VectorOperandGenerator.Elements)
    /// Which exception a vector instruction raises, and what it has changed then.
    case exceptions(VectorEncodings.Encoding, VectorOperandGenerator.Elements)
    /// Random programs of integer instructions.
    case programs
  }

  /// The name by which `Tests/compare --form` knows it.
  let name: String
  let kind: Kind
  /// Among how many subjects the cases of a form are divided.
  let shares: Int

  /// How many cases it has if forms have `cases` of them.
  func count(_ cases: Int) -> Int {
    switch kind {
    // Programs are of many forms.
    case .programs: cases * 20
    // Each encoding is tried a few times, however many the form has.
    default: max((cases + shares - 1) / shares, 8)
    }
  }

  // MARK: Cases

  /// What a case's random numbers begin with.
  private func state(_ number: UInt64, seed: UInt64) -> UInt64 {
    // FNV-1a of the name, so that subjects with few cases do not all have the same ones.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return hash &+ seed &* 0xD134_2543_DE82_EF95 &+ number
  }

  /// A case that is executed as a program; `nil` if the manual leaves open what it does, or if it is none.
  func program(_ number: UInt64, seed: UInt64) -> HostComparisonCase? {
    let state = state(number, seed: seed)
    switch kind {
    case .integer(let form, let width):
      var generator = HostComparisonGenerator(seed: state)
      return generator.instruction(form, width: width)
    case .exceptions(let encoding, let elements):
      var generator = VectorOperandGenerator(seed: state)
      return generator.exceptionCase(encoding, elements)
    case .programs: return HostComparisonProgram.random(seed: state)
    case .results: return nil
    }
  }

  /// The state from which a case of vector results starts.
  func scenario(_ number: UInt64, seed: UInt64, _ elements: VectorOperandGenerator.Elements) -> VectorScenario
  {
    var generator = VectorOperandGenerator(seed: state(number, seed: seed))
    return generator.scenario(elements)
  }

  /// The command that executes a case again.
  func command(_ number: UInt64, seed: UInt64) -> String {
    "Tests/compare --form '\(name)' --seed \(seed) --case \(number)"
  }

  /// Whether the host's processor has the instruction. Random programs consist of those that it has.
  var isOnHost: Bool {
    switch kind {
    case .integer(let form, _): form.isOnHost
    case .results(let encoding, _), .exceptions(let encoding, _): encoding.isOnHost
    case .programs: true
    }
  }
}
