import Glibc
import TestSupport
import Testing

/// Linux through the command; debug builds leave it out, because it would take too long.
@Suite struct LinuxCommandTests {
  /// Builds an initramfs that runs a script; gives the options for it and its kernel.
  private func image(in folder: TemporaryFolder, script: String, modules: [String]) throws -> [String] {
    let (kernel, initramfs) = (folder / "vmlinuz", folder / "initramfs")
    let result = try StrataProcess.run(
      ["image", "--cache", CommandFiles.cache, "--output", initramfs, "--kernel-output", kernel]
        + ["--script", script] + modules.flatMap { ["--module", $0] })
    try #require(result.code == 0, "\(result.diagnostics)")
    return ["--kernel", kernel, "--initrd", initramfs, "--append", "console=ttyS0 panic=-1"]
  }

  @Test("The demo ends in a shell that a person can use")
  func shell() throws {
    let process = try StrataProcess(["demo", "--cache", CommandFiles.cache], on: .terminal)
    let prompt = "~ # "
    try process.expect(prompt)
    #expect(process.output.contains("This is Debian's Linux 6.12"))

    try process.type("echo processors: $(nproc)\r")
    try process.expect("echo processors: $(nproc)\r\n", within: 30)  // the echo of the keys
    try process.expect("processors: 2\r\n")
    try process.expect(prompt)

    try process.type("echo mistyqe\u{7f}\u{7f}ped, moved lft\u{1b}[D\u{1b}[De\u{5} and kept\r")
    try process.expect("\nmistyped, moved left and kept\r\n")
    try process.expect(prompt)
    try process.type("\u{1b}[A\r")  // the last line once more
    try process.expect("\nmistyped, moved left and kept\r\n")
    try process.expect(prompt)

    try process.type("sleep 1000\r")
    try process.expect("sleep 1000\r\n")
    sleep(1)
    try process.type("\u{3}")
    try process.expect(prompt, within: 60)
    try process.type("echo status $?\r")
    try process.expect("\nstatus 130\r\n")
    try process.expect(prompt)

    try process.type("poweroff\r")
    #expect(try process.end() == 0)
    #expect(process.hasRestoredTerminal)
  }

  @Test("reboot starts the machine again, with the same disk")
  func reboot() throws {
    let folder = try TemporaryFolder()
    let disk = try folder.write("disk", [], size: 1 << 20).string
    let script = """
      if [ "$(head -c 6 /dev/vda)" = before ]; then echo "this is the second start"; exit; fi
      printf before >/dev/vda
      sync
      reboot
      """
    let options = try image(in: folder, script: script, modules: ["virtio_pci", "virtio_blk"])
    let result = try StrataProcess.run(["run", "--disk", disk, "--json"] + options)
    #expect(result.code == 0)
    #expect(result.output.contains("this is the second start"), "\(result.output.suffix(2000))")
    #expect(result.output.contains("\"event\":\"power-off\""))
    #expect(result.output.contains("\"resets\":1,"))
  }

  @Test("Traces name the functions that the guest's kallsyms lists, and trace-cmd reads the same names")
  func symbols() throws {
    let folder = try TemporaryFolder()
    let (symbols, file) = (try folder.write("kallsyms", [], size: 4 << 20).string, folder / "trace.dat")
    var options = try image(
      in: folder, script: "head -n 40000 /proc/kallsyms >/dev/vda; sync",
      modules: ["virtio_pci", "virtio_blk"])
    options[options.count - 1] += " nokaslr"
    #expect(try StrataProcess.run(["run", "--disk", symbols] + options).code == 0)
    let traced = try StrataProcess.run(
      ["run", "--trace", "exceptions:*,irq:irq_deliver", "--trace-symbols", symbols, "--trace-out", file]
        + options)
    #expect(traced.code == 0, "\(traced.diagnostics)")
    let named = try HostTool.run("trace-cmd", ["report", "-i", file]).split(separator: "\n").filter {
      $0.contains("irq_deliver:") && $0.contains("+0x")
    }
    #expect(named.count > 100)
    // Behind the last symbol of the list trace-cmd names nothing.
    let ours = Set(try StrataProcess.run(["trace", "report", file]).output.split(separator: "\n"))
    #expect(ours.isSuperset(of: named))
  }

  @Test("A panic that asks for a reboot ends the run if no reboot is wanted")
  func panic() throws {
    let folder = try TemporaryFolder()
    let options = try image(in: folder, script: "echo c >/proc/sysrq-trigger", modules: [])
    let result = try StrataProcess.run(["run", "--no-reboot", "--cpus", "2"] + options)
    #expect(result.code == 80)
    #expect(result.output.contains("Kernel panic - not syncing: sysrq triggered crash"))
  }

  @Test("A kernel at VTL2 starts its processors by hypercalls, and the report counts them")
  func trustLevel() throws {
    let folder = try TemporaryFolder()
    let initramfs = folder / "initramfs"
    let made = try StrataProcess.run(
      ["image", "--cache", CommandFiles.cache, "--busybox", "--script", "reboot", "--output", initramfs])
    try #require(made.code == 0, "\(made.diagnostics)")
    let kernel = try KernelBuild.folder(of: "vtl").appending("bzImage").string
    let result = try StrataProcess.run(
      ["run", "--hypervisor", "hyperv", "--vtl", "2", "--cpus", "3", "--no-reboot", "--json"]
        + ["--kernel", kernel, "--initrd", initramfs, "--append", "console=ttyS0 panic=-1 reboot=t"])
    #expect(result.code == 80)
    #expect(result.output.contains("smp: Brought up 1 node, 3 CPUs"), "\(result.output.suffix(2000))")
    let report = result.output.split(separator: "\n").last ?? ""
    for part in [
      #""hypervisor":{"interface":"hyperv","vtl":2,"activeVTLs":[2,2,2]"#,
      #""GetVpRegisters":1,"GetVpIndexFromApicId":2,"EnableVpVtl":2,"StartVirtualProcessor":2}"#,
      #""hypercallFailures":[],"processorsStartedByHypercall":2,"initSignals":0,"startupSignals":0,"#,
    ] {
      #expect(report.contains(part), "\(report)")
    }
  }

  @Test("The same arguments make the same run; another seed makes another")
  func repeats() throws {
    func report(_ options: String...) throws -> (code: Int32, part: Substring) {
      let result = try StrataProcess.run(
        ["run", "--kernel", CommandFiles.greeter, "--append", "exit", "--cpus", "4", "--json"] + options)
      let last = result.output.split(separator: "\n").last ?? ""
      // What comes after is about the host.
      return (result.code, last.prefix(upTo: last.firstRange(of: "\"host\"")?.lowerBound ?? last.endIndex))
    }
    let first = try report()
    #expect(first.code == 0)
    #expect(first.part.contains("\"stateHash\":"))
    #expect(try report() == first)
    #expect(try report("--seed", "1").part != first.part)
  }
}
