import Testing

@testable import Images

@Suite struct ModuleLoadOrderTests {
  private func order(
    _ names: [String], required: [String: [String]] = [:], wanted: [String: [String]] = [:],
    builtIn: Set<String> = []
  ) throws -> [String] {
    try ModuleLoadOrder.resolve(names.map { ModuleName($0) }) { name, _ in
      guard !builtIn.contains(name.description) else { return nil }
      return ModuleLoadOrder.Prerequisites(
        required: (required[name.description] ?? []).map { ModuleName($0) },
        wanted: (wanted[name.description] ?? []).map { ModuleName($0) })
    }.map(\.description)
  }

  @Test func eachModuleComesOnceAndAfterThoseItNeeds() throws {
    let required = ["a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []]
    #expect(try order(["a"], required: required) == ["d", "b", "c", "a"])
    #expect(try order(["d", "a", "b"], required: required) == ["d", "b", "c", "a"])
  }

  @Test func modulesAskedForKeepTheirOrder() throws {
    #expect(try order(["z", "a", "z"]) == ["z", "a"])
  }

  @Test func wantedModulesComeBeforeRequiredOnes() throws {
    #expect(try order(["a"], required: ["a": ["r"]], wanted: ["a": ["w"]]) == ["w", "r", "a"])
  }

  @Test func circlesOfNeedAreNamed() {
    let error = #expect(throws: ImageError.self) {
      try order(["start"], required: ["start": ["a"], "a": ["b"], "b": ["a"]])
    }
    #expect(error?.description == "modules need each other in a circle: a -> b -> a")
    #expect(throws: ImageError.self) { try order(["a"], required: ["a": ["a"]]) }
  }

  @Test func circlesOfWishesAreBroken() throws {
    #expect(try order(["a"], wanted: ["a": ["b"], "b": ["a"]]) == ["b", "a"])
  }

  @Test func whatIsNotToBeLoadedIsLeftOut() throws {
    #expect(try order(["a", "x"], required: ["a": ["x", "b"]], builtIn: ["x"]) == ["b", "a"])
  }

  @Test func aMissingModuleThatWasOnlyWantedIsStillAskedForWhenRequired() throws {
    var asked: [String] = []
    _ = try ModuleLoadOrder.resolve([ModuleName("a"), ModuleName("b")]) { name, isRequired in
      switch name.description {
      case "a":
        return .init(wanted: [ModuleName("gone")])
      case "b":
        return .init(required: [ModuleName("gone")])
      default:
        asked.append(isRequired ? "required" : "wanted")
        return nil
      }
    }
    #expect(asked == ["wanted", "required"])
  }

  @Test func longChainsDoNotExhaustTheStack() throws {
    let count = 100_000
    let order = try ModuleLoadOrder.resolve([ModuleName("0")]) { name, _ in
      let next = (Int(name.description) ?? 0) + 1
      return .init(required: next < count ? [ModuleName("\(next)")] : [])
    }
    #expect(order.count == count)
    #expect(order.last == ModuleName("0"))
  }
}
