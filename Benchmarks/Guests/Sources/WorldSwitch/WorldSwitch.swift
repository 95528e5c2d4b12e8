import Glibc

/// Takes the time of the same instructions in the host and in its guest, and of the way between the two.
@main
enum WorldSwitch {
  private static let instructions: UInt64 = 40_000_000
  private static let switches: UInt64 = 1_000_000
  private static let rounds = 5

  static func main() throws {
    print("| activity | ns | in the host's instructions |")
    print("|---|---|---|")
    let (host, guest) = try comparison(of: Programs.arithmetic)
    report("an instruction of the host, in registers", host, unit: host)
    report("the same of the guest", guest, unit: host)
    let (hostMemory, guestMemory) = try comparison(of: Programs.memory)
    report("an instruction of the host, half of them in 4 MiB of memory", hostMemory, unit: hostMemory)
    report("the same of the guest", guestMemory, unit: hostMemory)
    for (title, loop) in [
      ("VMRUN and the way back by VMMCALL", Programs.run),
      ("the same between VMLOAD and VMSAVE, twice each, as KVM does", Programs.runWithState),
    ] {
      let virtual = try VirtualComputer(host: loop.code, guest: Programs.call)
      report(title, best(virtual, switches * loop.instructions) * Double(loop.instructions), unit: host)
    }
  }

  /// Nanoseconds for an instruction of a program in the host and in the guest.
  private static func comparison(of program: [UInt8]) throws -> (host: Double, guest: Double) {
    let host = try VirtualComputer(host: program, guest: [])
    let guest = try VirtualComputer(host: Programs.run.code, guest: program)
    var times = (host: Double.infinity, guest: Double.infinity)
    // Turn about: the host's own speed changes.
    for _ in 0..<rounds {
      times.host = min(times.host, time(host, instructions))
      times.guest = min(times.guest, time(guest, instructions))
    }
    return times
  }

  private static func best(_ computer: VirtualComputer, _ count: UInt64) -> Double {
    (0..<rounds).map { _ in time(computer, count) }.min() ?? .infinity
  }

  /// Nanoseconds of this thread for each of `count` instructions.
  private static func time(_ computer: VirtualComputer, _ count: UInt64) -> Double {
    let start = nanoseconds
    computer.run(count)
    return Double(nanoseconds - start) / Double(count)
  }

  private static func report(_ title: String, _ time: Double, unit: Double) {
    print("| \(title) | \(decimal(time)) | \(decimal(time / unit)) |")
  }

  private static func decimal(_ number: Double) -> String {
    let hundredths = Int((number * 100).rounded())
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }

  /// What this thread has used of a processor: others' work does not count.
  private static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
