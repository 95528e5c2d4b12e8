import Hypervisors
import Interfaces
import Testing

/// A hypervisor, and a way to tell of the machine, under which the kernel for VTL2 has to start.
struct VTLVariant: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let guest: VTLGuest
  /// What the kernel finds of privileges and recommendations.
  var flags = "privilege flags low 0x8e7e, high 0x230000, hints 0x0, misc 0x80510"
  var clockSource = "tsc"
  /// The indexes of the virtual processors, in the order in which the kernel numbers its processors.
  var indexes: [Int]

  private init(_ name: String, _ guest: VTLGuest) {
    testDescription = name
    self.guest = guest
    indexes = Array(0..<guest.processors)
  }

  private init(_ name: String, processors: Int, _ change: (inout HyperVConfiguration) -> Void) {
    var hypervisor = HyperVConfiguration(level: .vtl2)
    change(&hypervisor)
    self.init(name, VTLGuest(processors: processors, hypervisor: hypervisor))
  }

  /// The usual one, with a number of processors.
  static func recommended(processors: Int) -> VTLVariant {
    VTLVariant("\(processors) CPU\(processors == 1 ? "" : "s")", processors: processors) { _ in }
  }

  /// The hypervisor recommends its calls.
  static let enlightened: VTLVariant = {
    var variant = VTLVariant("enlightenments", processors: 4) {
      $0.recommendations = HyperVConfiguration.enlightenments
    }
    variant.flags = "privilege flags low 0x8e7e, high 0x230000, hints 0xc2c, misc 0x80510"
    return variant
  }()

  /// The TSC is not invariant.
  static let referencePage: VTLVariant = {
    var variant = VTLVariant("no invariant TSC", processors: 4) {
      $0.privileges.remove(.invariantCounterControl)
    }
    variant.flags = "privilege flags low 0xe7e, high 0x230000, hints 0x0, misc 0x80510"
    variant.clockSource = "hyperv_clocksource_tsc_page"
    return variant
  }()

  /// Nor is there a page that makes it a clock.
  static let referenceRegister: VTLVariant = {
    var variant = VTLVariant("no reference TSC", processors: 4) {
      $0.privileges.subtract([.invariantCounterControl, .referencePage])
    }
    variant.flags = "privilege flags low 0xc7e, high 0x230000, hints 0x0, misc 0x80510"
    variant.clockSource = "hyperv_clocksource_msr"
    return variant
  }()

  private static let descending: VTLVariant = {
    var variant = VTLVariant("VP indexes that are no APIC IDs", processors: 4) { $0.numbering = .descending }
    variant.indexes.reverse()
    return variant
  }()

  private static let acpi: VTLVariant = {
    var guest = recommended(processors: 4).guest
    guest.description = .acpi
    return VTLVariant("ACPI", guest)
  }()

  private static let vmlinux: VTLVariant = {
    var guest = recommended(processors: 4).guest
    guest.form = .vmlinux
    return VTLVariant("vmlinux", guest)
  }()

  /// All of them.
  static let all =
    [1, 2, 4, 8].map(recommended)
    + [enlightened, referencePage, referenceRegister, descending, acpi, vmlinux]
}
