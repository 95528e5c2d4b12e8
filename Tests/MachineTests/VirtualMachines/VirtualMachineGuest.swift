import Chipset
import Hypervisors
import Images
import Processor
import SystemPackage
import TestSupport
import Testing

@testable import Machine

/// Debian on two processors with AMD-V, whose kvm_amd runs guests of the monitor.
struct VirtualMachineGuest: TestGuest {
  /// How often each check repeats what it does.
  static let repetitions: UInt64 = 10_000

  /// What the processors have besides what the default model has.
  var features = "+svm,+avic,+x2avic"
  /// The hypervisor below Debian, if it is not on the bare machine.
  var hypervisor: HyperVConfiguration?
  /// What kvm_amd is loaded with.
  var parameters: String
  /// The checks that the monitor does.
  var checks: [String] = []
  /// How many processors the guests with Linux have, one guest after the other.
  var linuxGuests: [Int] = []

  /// What Linux inside prints, with the processors that it has.
  static let insideLabel = "inside"

  func run() throws -> LinuxRun {
    let model = try ProcessorModel.parse("default," + features)
    let configuration = MachineConfiguration(
      memorySize: 768 << 20, processorCount: 2, hypervisor: hypervisor, model: model)
    let guest = LinuxGuest(script: script, modules: ["kvm_amd " + parameters])
    let folder = try TemporaryFolder()
    var copies = [MonitorProgram.path: try MonitorProgram.write(to: folder)]
    if !linuxGuests.isEmpty {
      copies["inside/vmlinuz"] = try guest.kernel.file
      copies["inside/initramfs"] = try folder.write("initramfs", Self.insideInitramfs())
    }
    return try withExtendedLifetime(folder) {
      try LinuxRun(
        of: configuration, guest.kernel.image,
        commandLine: "console=ttyS0 panic=-1 quiet cryptomgr.notests nokaslr",
        initialRamdisk: guest.initramfs(copying: copies))
    }
  }

  private var script: String {
    var lines = [
      "echo \"flags: $(sed -n 's/^flags.*: //p' /proc/cpuinfo | head -n 1)\"",
      "echo \"avic: $(cat /sys/module/kvm_amd/parameters/avic)\"",
    ]
    if !checks.isEmpty {
      let names = checks.joined(separator: " ")
      lines.append("vmm check \(Self.repetitions) \(names) | sed 's/^/found: /'")
    }
    for processors in linuxGuests {
      let parameters = "console=ttyS0 panic=-1 quiet cryptomgr.notests nokaslr nopv nox2apic"
      lines += [
        "vmm linux /inside/vmlinuz /inside/initramfs \(processors) '\(parameters)' >/tmp/inside",
        "sed 's/^/\(Self.insideLabel) \(processors): /' /tmp/inside",
      ]
    }
    return (lines + ["dmesg -r | sed 's/^/dmesg: /'"]).joined(separator: "\n")
  }

  /// What Linux inside does: it powers off at the end.
  private static func insideInitramfs() throws -> [UInt8] {
    try GuestScripts.initramfs(
      running: """
        echo "nproc: $(nproc)"
        echo "calls: $(sed -n 's/^ *CAL: *//p' /proc/interrupts)"
        dmesg -r | sed 's/^/dmesg: /'
        """)
  }
}

extension VirtualMachineGuest: CustomTestStringConvertible {
  var testDescription: String {
    "\(features), kvm_amd \(parameters)" + (hypervisor == nil ? "" : ", under Hyper-V")
  }
}

extension LinuxRun {
  /// What the monitor found in its checks.
  var findings: MonitorFindings { MonitorFindings(lines("found")) }

  /// What Linux inside printed after a label, a line each.
  ///
  /// - Parameter processors: how many it had.
  func linesInside(_ label: String, processors: Int) -> [String] {
    lines("\(VirtualMachineGuest.insideLabel) \(processors)").filter { $0.hasPrefix(label + ": ") }
      .map { String($0.dropFirst(label.count + 2)) }
  }
}
