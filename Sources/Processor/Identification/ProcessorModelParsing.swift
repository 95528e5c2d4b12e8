/// Why a description of a processor was refused.
public enum ProcessorModelError: Error, Equatable, CustomStringConvertible {
  /// There is no such model; with the names that look like it.
  case unknownModel(String, similar: [String])
  /// There is no such feature; with the names that look like it.
  case unknownFeature(String, similar: [String])
  /// The feature exists, but not here yet.
  case notImplemented(ProcessorFeature)
  /// The feature cannot be switched off.
  case indispensable(ProcessorFeature)
  /// The feature needs one that the model lacks.
  case missingPrerequisite(ProcessorFeature, needs: ProcessorFeature)
  /// A part of the description is neither a model nor `+feature` nor `-feature`.
  case malformed(String)

  /// One line that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .unknownModel(let name, let similar):
      "unknown processor model '\(name)'\(Self.suggestion(similar)); 'strata cpu' lists the models"
    case .unknownFeature(let name, let similar):
      "unknown processor feature '\(name)'\(Self.suggestion(similar)); 'strata cpu' lists the features"
    case .notImplemented(let feature):
      "the processor feature '\(feature.rawValue)' is not implemented; leave it out"
    case .indispensable(let feature):
      "the processor feature '\(feature.rawValue)' cannot be switched off"
    case .missingPrerequisite(let feature, let needed):
      "the processor feature '\(feature.rawValue)' needs '\(needed.rawValue)': add +\(needed.rawValue) or -\(feature.rawValue)"
    case .malformed(let part):
      "'\(part)' is not a processor description: write MODEL,+feature,-feature"
    }
  }

  private static func suggestion(_ similar: [String]) -> String {
    similar.isEmpty ? "" : ", did you mean \(similar.map { "'\($0)'" }.joined(separator: " or "))"
  }
}

extension ProcessorModel {
  /// Reads `MODEL,+feature,-feature`. Without a model the changes apply to the default one. What needs a feature
  /// that is removed goes with it.
  ///
  /// Hyphens and dots in feature names may stand for underscores, and capitals for small letters.
  ///
  /// - Throws: ``ProcessorModelError``.
  public static func parse(_ text: String) throws(ProcessorModelError) -> ProcessorModel {
    var parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var model = ProcessorModel.default
    if let first = parts.first, !first.hasPrefix("+"), !first.hasPrefix("-") {
      guard !first.isEmpty else { throw .malformed(text) }
      model = try Self.model(named: first)
      parts.removeFirst()
    }
    var features = model.features
    for part in parts {
      let feature = try Self.feature(named: String(part.dropFirst()), in: part)
      switch part.first {
      case "+":
        guard feature.isImplemented else { throw .notImplemented(feature) }
        features.insert(feature)
        if feature == .svm { features.formUnion(ProcessorFeature.virtualisation) }
      case "-":
        guard !ProcessorFeature.indispensable.contains(feature) else { throw .indispensable(feature) }
        features.remove(feature)
        features.subtract(feature.dependents)
      default: throw .malformed(part)
      }
    }
    for feature in ProcessorFeature.allCases where features.contains(feature) {
      for needed in feature.prerequisites where !features.contains(needed) {
        throw .missingPrerequisite(feature, needs: needed)
      }
    }
    return ProcessorModel(name: model.name, summary: model.summary, features: features)
  }

  /// The model without a feature and without what needs it.
  public func removing(_ feature: ProcessorFeature) -> ProcessorModel {
    var remaining = features
    remaining.remove(feature)
    remaining.subtract(feature.dependents)
    return ProcessorModel(name: name, summary: summary, features: remaining)
  }

  private static func model(named name: String) throws(ProcessorModelError) -> ProcessorModel {
    if let model = all.first(where: { $0.name == name.lowercased() }) { return model }
    throw .unknownModel(name, similar: similar(to: name, in: all.map(\.name)))
  }

  private static func feature(
    named name: String, in part: String
  ) throws(ProcessorModelError) -> ProcessorFeature {
    guard part.hasPrefix("+") || part.hasPrefix("-"), !name.isEmpty else { throw .malformed(part) }
    let canonical = String(name.lowercased().map { $0 == "-" || $0 == "." ? "_" : $0 })
    // The number of processors decides about this one.
    if let feature = ProcessorFeature(rawValue: canonical), feature != .ht { return feature }
    let names = ProcessorFeature.allCases.filter { $0 != .ht }.map(\.rawValue)
    throw .unknownFeature(name, similar: similar(to: canonical, in: names))
  }

  /// Up to three names that differ from `name` by at most two letters, or that one begins with the other.
  private static func similar(to name: String, in names: [String]) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    let candidates = names.compactMap { candidate -> (name: String, distance: Int)? in
      let letters = Array(candidate.utf8)
      let distance = editDistance(wanted, letters)
      let isPrefix =
        wanted.count >= 2 && letters.count >= 2
        && (letters.starts(with: wanted) || wanted.starts(with: letters))
      let limit = min(2, wanted.count / 2)
      return distance <= limit || isPrefix ? (candidate, distance) : nil
    }
    // The sort is stable by name, so that the message is always the same.
    return candidates.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
  }

  /// How many letters must be inserted, removed or replaced to make one name of the other.
  private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (leftIndex, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = leftIndex + 1
      for (rightIndex, other) in right.enumerated() {
        let replaced = diagonal + (letter == other ? 0 : 1)
        diagonal = row[rightIndex + 1]
        row[rightIndex + 1] = min(replaced, diagonal + 1, row[rightIndex] + 1)
      }
    }
    return row[right.count]
  }
}
