/// The order in which modules must be loaded so that each finds what it needs.
enum ModuleLoadOrder {
  /// What a module needs before it.
  struct Prerequisites: Equatable {
    /// Without these it cannot be loaded.
    var required: [ModuleName] = []
    /// These are loaded first where that is possible.
    var wanted: [ModuleName] = []
  }

  private enum Visit {
    case underWay
    case done
  }

  private struct Step {
    let name: ModuleName
    var pending: [(name: ModuleName, isRequired: Bool)]
  }

  /// Every module asked for and all that they need, each once, needed ones first.
  ///
  /// - Parameter prerequisites: gives what a module needs; nil for one that is not to be loaded, because it
  ///   is built in or because nobody has it. It is asked once for each name.
  /// - Throws: ``ImageError`` of kind `noInput` when modules need each other in a circle; whatever
  ///   `prerequisites` throws.
  static func resolve(
    _ names: [ModuleName], prerequisites: (ModuleName, _ isRequired: Bool) throws -> Prerequisites?
  ) throws -> [ModuleName] {
    var visits: [ModuleName: Visit] = [:]
    var order: [ModuleName] = []
    var steps: [Step] = []

    func enter(_ name: ModuleName, isRequired: Bool) throws {
      switch visits[name] {
      case .done:
        return
      case .underWay:
        guard isRequired else { return }
        let circle = steps.drop { $0.name != name }.map(\.name.description) + [name.description]
        throw ImageError(.noInput, "modules need each other in a circle: \(circle.joined(separator: " -> "))")
      case nil:
        guard let needs = try prerequisites(name, isRequired) else {
          // A wanted module that is missing may still turn out to be required.
          if isRequired { visits[name] = .done }
          return
        }
        visits[name] = .underWay
        let pending = needs.wanted.map { ($0, false) } + needs.required.map { ($0, true) }
        steps.append(Step(name: name, pending: pending.reversed()))
      }
    }

    for name in names {
      try enter(name, isRequired: true)
      while let last = steps.indices.last {
        if let next = steps[last].pending.popLast() {
          try enter(next.name, isRequired: next.isRequired)
        } else {
          visits[steps[last].name] = .done
          order.append(steps.removeLast().name)
        }
      }
    }
    return order
  }
}
