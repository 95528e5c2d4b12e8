/// Subjects that one test compares.
struct ComparisonPart: CustomStringConvertible, Sendable {
  var description: String
  var subjects: [ComparisonSubject]
}

/// All that is compared.
enum ComparisonPlan {
  private typealias Family = VectorEncodings.Family

  static let integers = HostComparisonForms.families.map { family in
    let subjects = family.forms.flatMap { form in
      form.widths.map { width in
        ComparisonSubject(
          name: "\(form), width \(width)", kind: .integer(form, width: width), shares: 1)
      }
    }
    return ComparisonPart(description: family.name, subjects: subjects)
  }

  static let programs = ComparisonPart(
    description: "random programs",
    subjects: [ComparisonSubject(name: "random programs", kind: .programs, shares: 1)])

  static let results = vectorFamilies.map { family in
    vectors(family) { ("", .results($0, family.elements)) }
  }

  /// The x87 unit raises its exceptions at the next instruction of its own.
  static let exceptions = vectorFamilies.filter { !$0.name.hasPrefix("x87") }.map { family in
    vectors(family) { (", exceptions", .exceptions($0, family.elements)) }
  }

  private static let vectorFamilies = VectorEncodings.families + VEXEncodings.families

  /// Every name that a subject has.
  static let names = Set(parts.flatMap { $0.subjects.map(\.name) })

  static var parts: [ComparisonPart] { integers + results + exceptions + [programs] }

  private static func vectors(
    _ family: Family, _ kind: (VectorEncodings.Encoding) -> (suffix: String, kind: ComparisonSubject.Kind)
  ) -> ComparisonPart {
    let encodings = family.encodings
    let forms = encodings.map { "\($0.name) \(DecoderForm($0.bytes)?.encoding ?? "")" }
    let counts = forms.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let subjects = zip(encodings, forms).map { encoding, form in
      let (suffix, kind) = kind(encoding)
      return ComparisonSubject(
        name: "\(family.name): \(encoding)\(suffix)", kind: kind, shares: counts[form] ?? 1)
    }
    return ComparisonPart(description: family.name, subjects: subjects)
  }
}
