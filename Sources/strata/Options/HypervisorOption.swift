import ArgumentParser
import Hypervisors
import Interfaces

/// The hypervisor under a machine's processors, with changes to what it offers.
struct HypervisorOption: Equatable {
  private let changes: [Change]

  fileprivate struct Change: Equatable {
    let feature: Feature
    let isOffered: Bool
  }

  /// What can be switched.
  fileprivate enum Feature: String, CaseIterable {
    /// Calls and registers in place of interrupt commands, flushes and the local APIC.
    case enlightenments
    case referenceTSC = "reference-tsc"
    case invariantTSC = "invariant-tsc"
    case timers
    case crash
    case reset
    case xsave
    case sameIndex = "same-index"
  }

  static let valueName = "hyperv[,+feature][,-feature]"
  static let help = """
    The hypervisor under the processors: Microsoft's. Features are \
    \(Feature.allCases.map(\.rawValue).joined(separator: ", ")).
    """

  /// Reads `hyperv,+feature,-feature`.
  init(_ argument: String) throws(ValidationError) {
    var parts = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard parts.removeFirst() == "hyperv" else {
      throw ValidationError("the hypervisor is hyperv, with changes such as hyperv,-invariant-tsc")
    }
    var changes: [Change] = []
    for part in parts {
      guard let sign = part.first, sign == "+" || sign == "-",
        let feature = Feature(rawValue: String(part.dropFirst()))
      else {
        let names = Feature.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("'\(part)' is not +feature or -feature; the features are \(names)")
      }
      changes.append(Change(feature: feature, isOffered: sign == "+"))
    }
    self.changes = changes
  }

  /// What a program finds that starts at a level.
  func configuration(level: HyperV.VirtualTrustLevel) -> HyperVConfiguration {
    var configuration = HyperVConfiguration(level: level)
    for change in changes { change.apply(to: &configuration) }
    return configuration
  }
}

extension HypervisorOption.Change {
  fileprivate func apply(to configuration: inout HyperVConfiguration) {
    switch feature {
    case .enlightenments:
      configuration.recommendations = isOffered ? HyperVConfiguration.enlightenments : []
    case .referenceTSC: set(.referencePage, in: &configuration)
    case .invariantTSC: set(.invariantCounterControl, in: &configuration)
    case .timers: set(.syntheticTimers, in: &configuration)
    case .reset: set(.reset, in: &configuration)
    case .crash:
      if isOffered {
        configuration.features.insert(.crashRegisters)
      } else {
        configuration.features.remove(.crashRegisters)
      }
    case .xsave: configuration.showsExtendedState = isOffered
    case .sameIndex: configuration.numbering = isOffered ? .ascending : .descending
    }
  }

  private func set(_ privilege: HyperV.Privileges, in configuration: inout HyperVConfiguration) {
    if isOffered {
      configuration.privileges.insert(privilege)
    } else {
      configuration.privileges.remove(privilege)
    }
  }
}

extension HyperV.VirtualTrustLevel: ExpressibleByArgument {
  /// Reads `0` or `2`: in VTL1 no program starts.
  public init?(argument: String) {
    switch argument {
    case "0": self = .vtl0
    case "2": self = .vtl2
    default: return nil
    }
  }

  /// The values that the help lists.
  public static var allValueStrings: [String] { ["0", "2"] }
}
