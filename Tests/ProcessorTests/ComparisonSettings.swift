#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much the comparison with the host's processor does, as `Tests/compare` says in the environment.
struct ComparisonSettings {
  /// How many cases a form has at least.
  var cases = defaultCases
  /// What selects the cases: others for each seed.
  var seed: UInt64 = 0
  /// The name of a subject, or what the names of several have in common; `nil` for all.
  var subject: String?
  /// The number of the only case that is executed.
  var onlyCase: UInt64?
  /// Whether to print how many cases there were.
  var isCounting = false

  static let fromEnvironment: ComparisonSettings = {
    var settings = ComparisonSettings()
    settings.cases = environment("CASES").flatMap { Int($0) } ?? settings.cases
    settings.seed = environment("SEED").flatMap { UInt64($0) } ?? settings.seed
    settings.subject = environment("FORM")
    settings.onlyCase = environment("CASE").flatMap { UInt64($0) }
    settings.isCounting = environment("COUNT") != nil
    return settings
  }()

  /// Whether the table of coverage is to be written rather than checked.
  static var writesTable: Bool { environment("WRITE_TABLE") != nil }

  /// The cases of a form in CI, which the table of coverage counts.
  static let casesInTable = 1000

  #if DEBUG
    private static let defaultCases = 20
  #else
    private static let defaultCases = casesInTable
  #endif

  private static func environment(_ name: String) -> String? {
    getenv("STRATA_COMPARISON_\(name)").map { String(cString: $0) }
  }

  /// The numbers of the cases of a subject.
  func numbers(of subject: ComparisonSubject) -> Range<UInt64> {
    if let onlyCase { return onlyCase..<onlyCase &+ 1 }
    return 0..<UInt64(subject.count(cases))
  }

  /// The subjects of a part that are meant.
  func subjects(of part: ComparisonPart) -> [ComparisonSubject] {
    guard let subject else { return part.subjects }
    if ComparisonPlan.names.contains(subject) { return part.subjects.filter { $0.name == subject } }
    return part.subjects.filter { $0.name.contains(subject) }
  }
}
