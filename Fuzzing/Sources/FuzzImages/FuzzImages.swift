import FuzzSupport

@testable import Images

/// Reads what Debian's packages and kernels bring, and builds archives of hostile names.
///
/// The first byte chooses what the rest is.
@c(LLVMFuzzerTestOneInput)
public func imagesMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(start, count: count)
  switch input.byte() % 8 {
  case 0: readModule(input.rest())
  case 1: _ = PackageDependencies(control: text(&input))
  case 2: _ = AptCatalogue.packages(inMadison: text(&input))
  case 3: compareVersions(&input)
  case 4: readModuleList(text(&input))
  case 5: orderModules(&input)
  case 6: readNames(text(&input))
  default: buildArchive(&input)
  }
  return 0
}

private func text(_ input: inout FuzzInput) -> String { String(decoding: input.rest(), as: UTF8.self) }

/// Whatever a section is said to be, it lies in the file.
private func readModule(_ file: [UInt8]) {
  if let section = ELFSection.named(".modinfo", in: file) { precondition(section.count <= file.count) }
  _ = ModuleInformation(module: file)
}

/// The order of versions is total.
private func compareVersions(_ input: inout FuzzInput) {
  let parts = input.rest().split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
  let versions = parts.map { DebianVersion(String(decoding: $0, as: UTF8.self)) }
  for left in versions {
    precondition(left == left)
    for right in versions {
      precondition([left < right, left == right, right < left].count { $0 } == 1)
      for third in versions where left < right && right < third { precondition(left < third) }
    }
  }
}

private func readModuleList(_ text: String) {
  let listed = KernelModules.dependencies(listedIn: text.split(separator: "\n"))
  for (name, needs) in listed {
    precondition(!name.description.contains("-") && needs.count < text.utf8.count)
  }
}

/// Modules that need each other in any way: each comes once, after those that it requires.
private func orderModules(_ input: inout FuzzInput) {
  let pairs = input.rest()
  func needs(_ name: ModuleName) -> [(name: ModuleName, isRequired: Bool)] {
    stride(from: 0, to: pairs.count - 1, by: 2).filter { "\(pairs[$0] & 31)" == name.description }
      .map { (ModuleName("\(pairs[$0 + 1] & 31)"), pairs[$0 + 1] & 0x80 != 0) }
  }
  let order = try? ModuleLoadOrder.resolve((0..<8).map { ModuleName("\($0)") }) { name, _ in
    let needed = needs(name)
    return ModuleLoadOrder.Prerequisites(
      required: needed.filter(\.isRequired).map(\.name), wanted: needed.filter { !$0.isRequired }.map(\.name))
  }
  guard let order else { return }
  precondition(Set(order).count == order.count)
  for (index, name) in order.enumerated() {
    for need in needs(name) where need.isRequired { precondition(order[..<index].contains(need.name)) }
  }
}

private func readNames(_ text: String) {
  if let package = DebianPackage(fileStem: text) {
    precondition(!package.fileStem.contains("/") || package.version.description.contains("/"))
  }
  if let pattern = try? DebianPackagePattern(text) { _ = pattern.matches("linux-image-6.12") }
  _ = try? ModuleRequest(text)
  _ = ModuleFile.moduleName(ofPath: text)
}
