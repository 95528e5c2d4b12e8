import Hypervisors

/// Guests are keys of the runs that tests share.
extension HyperVConfiguration: Hashable {
  /// Takes in what tests vary.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(level)
    hasher.combine(privileges.rawValue)
    hasher.combine(features.rawValue)
    hasher.combine(recommendations.rawValue)
  }
}
