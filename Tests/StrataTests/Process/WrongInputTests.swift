import TestSupport
import Testing

/// Whatever is wrong with the input, one line says what, and the exit code says of what kind.
@Suite struct WrongInputTests {
  private func check(
    _ arguments: [String], code: Int32, says parts: String..., at location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try StrataProcess.run(arguments)
    #expect(result.code == code, sourceLocation: location)
    #expect(result.output == "", sourceLocation: location)
    for part in parts {
      #expect(result.diagnostics.contains(part), "\(result.diagnostics)", sourceLocation: location)
    }
    // ArgumentParser adds how the command is used to the line.
    guard code != 64 || !result.diagnostics.contains("Usage:") else { return }
    #expect(
      result.diagnostics.split(separator: "\n").count == 1, "\(result.diagnostics)", sourceLocation: location)
  }

  @Test func kernelsThatCannotBeRead() throws {
    try check(["run", "--kernel", "/nonexistent/vmlinuz"], code: 66, says: "/nonexistent/vmlinuz")
    try check(["run", "--kernel", "/tmp"], code: 66, says: "/tmp")
  }

  @Test func kernelsThatAreNone() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("text", Array("a letter to nobody\n".utf8)).string
    let empty = try folder.write("empty", []).string
    let half = try folder.write("half", Array(TinyKernel.spins.file.prefix(100))).string
    try check(["run", "--kernel", text], code: 65, says: "the kernel is")
    try check(["run", "--kernel", empty], code: 65, says: "empty")
    try check(["run", "--kernel", half], code: 65, says: "truncated")
    try check(["run", "--kernel", "/bin/sh"], code: 65, says: "kernel")
  }

  @Test func initialRAMDisksThatDoNotFit() throws {
    let folder = try TemporaryFolder()
    let kernel = CommandFiles.greeter
    let large = try folder.write("large", [1], size: 100 << 20).string
    let empty = try folder.write("empty", []).string
    try check(
      ["run", "--kernel", kernel, "--initrd", large, "--memory", "64M"], code: 64,
      says: "initial RAM disk of 100M", "give at least --memory 1")
    try check(["run", "--kernel", kernel, "--initrd", empty], code: 65, says: "empty")
    try check(["run", "--kernel", kernel, "--initrd", folder / "none"], code: 66, says: "none")
  }

  @Test func disksThatAreNone() throws {
    let folder = try TemporaryFolder()
    let kernel = try folder.write("kernel", TinyKernel.haltsForGood.file).string
    let odd = try folder.write("odd", [1], size: 1000).string
    try check(["run", "--kernel", kernel, "--disk", odd], code: 65, says: "1000 bytes", "512")
    try check(["run", "--kernel", kernel, "--disk", folder / "none"], code: 66, says: "none")
    try check(["run", "--kernel", kernel, "--disk", folder.path.string], code: 66, says: folder.path.string)
  }

  @Test func machinesThatCannotBe() throws {
    let kernel = CommandFiles.greeter
    try check(["run"], code: 64, says: "--kernel")
    try check(["run", "--kernel", kernel, "--cpus", "0"], code: 64, says: "1 to 64")
    try check(["run", "--kernel", kernel, "--cpus", "65"], code: 64, says: "1 to 64")
    try check(["run", "--kernel", kernel, "--memory", "much"], code: 64, says: "512M")
    try check(["run", "--kernel", kernel, "--memory", "1K"], code: 64, says: "memory")
    try check(["run", "--kernel", kernel, "--cpu", "default,+telepathy"], code: 64, says: "telepathy")
    try check(["run", "--kernel", kernel, "--cpu", "abacus"], code: 64, says: "abacus")
    try check(["run", "--kernel", kernel, "--serial", "carrier-pigeon"], code: 64, says: "stdio")
  }

  @Test(arguments: [
    (["--hypervisor", "foo"], "the hypervisor is hyperv"),
    (["--hypervisor", "hyperv,+telepathy"], "telepathy"),
    (["--hypervisor", "hyperv,xsave"], "+feature or -feature"),
    (["--hypervisor", "hyperv", "--vtl", "1"], "'0' and '2'"),
    (["--vtl", "2"], "--hypervisor hyperv"),
    (["--hypervisor", "hyperv", "--describe-by", "acpi"], "--vtl 2"),
    (["--hypervisor", "hyperv", "--vtl", "2", "--describe-by", "smell"], "'device-tree' and 'acpi'"),
  ])
  func hypervisorsThatAreNone(options: [String], part: String) throws {
    try check(["run", "--kernel", CommandFiles.greeter] + options, code: 64, says: part)
  }
}
