import Glibc
import TestSupport
import Testing

/// The files of a run: nothing that is read is written over, and no two outputs go to one file.
@Suite struct RunFileTests {
  private let folder: TemporaryFolder
  private let kernel: String
  private let disk: String

  init() throws {
    folder = try TemporaryFolder()
    kernel = try folder.write("kernel", TinyKernel.haltsForGood.file).string
    disk = try folder.write("disk", [1], size: 4096).string
  }

  private func content(of path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    return Array(bytes.prefix(max(0, read(descriptor, &bytes, bytes.count))))
  }

  /// Whatever names a file twice ends with 73 before anything is opened, and with all files as they were.
  private func refuses(
    _ options: [String], says text: String, at location: SourceLocation = #_sourceLocation
  ) throws {
    let before = try [kernel, disk].map { try content(of: $0) }
    let result = try StrataProcess.run(["run", "--kernel", kernel] + options)
    #expect(result.code == 73, sourceLocation: location)
    #expect(result.diagnostics.contains(text), "\(result.diagnostics)", sourceLocation: location)
    #expect(result.diagnostics.split(separator: "\n").count == 1, sourceLocation: location)
    #expect(try [kernel, disk].map { try content(of: $0) } == before, sourceLocation: location)
  }

  @Test func anOutputIsNeverTheKernel() throws {
    let text = "kernel is the file that is read"
    // The same file by another name.
    let other = folder / "other"
    try #require(link(kernel, other) == 0)
    try refuses(["--serial", "file:" + kernel], says: text)
    try refuses(["--serial", "file:" + folder.path.string + "/./kernel"], says: text)
    try refuses(["--serial", "file:" + other], says: "other is the file that is read")
    try refuses(["--json", kernel], says: text)
    try refuses(["--device", "mhi,at=file:" + kernel], says: text)
    try refuses(["--trace", "irq", "--trace-out", kernel], says: text)
    try refuses(["--disk", kernel], says: text)
  }

  @Test func anOutputIsNeverADisk() throws {
    try refuses(["--disk", disk + ",readonly", "--json", disk], says: "disk is the file that is read")
    try refuses(["--disk", disk, "--serial", "file:" + disk], says: "disk would be written twice")
    try refuses(["--disk", disk, "--disk", disk], says: "disk would be written twice")
  }

  @Test func noTwoOutputsShareAFile() throws {
    let file = folder / "new"
    let text = "new would be written twice"
    try refuses(["--json", file, "--serial", "file:" + file], says: text)
    try refuses(["--serial", "file:" + file, "--device", "mhi,at=file:" + file], says: text)
    try refuses(["--json", file, "--trace", "irq", "--trace-out", file], says: text)
    try refuses(
      [
        "--json", file + ".snapshot", "--trace", "irq", "--trace-out", file, "--trace-trigger",
        "irq:irq_deliver:snapshot",
      ], says: "new.snapshot would be written twice")
    #expect(access(file, F_OK) != 0)
  }

  @Test func outputsThatCannotBeMadeAreToldBeforeTheRun() throws {
    let nowhere = folder / "none/file"
    try refuses(["--json", nowhere], says: "cannot create the report \(nowhere): No such file or directory")
    try refuses(["--json", folder.path.string], says: "Is a directory")
    try refuses(
      ["--trace", "irq", "--trace-out", nowhere], says: "cannot write \(nowhere): No such file or directory")
  }

  @Test func diskAndConsoleBelongToOneRunAtATime() throws {
    let spinning = try folder.write("spinning", TinyKernel.spins.file).string
    let console = folder / "console"
    let first = try StrataProcess(
      ["run", "--kernel", spinning, "--disk", disk, "--serial", "file:" + console], on: .pipes)
    for _ in 0..<1000 where access(console, F_OK) != 0 { usleep(10_000) }
    // The console is made before the disk is opened.
    usleep(200_000)
    let writing = try StrataProcess.run(["run", "--kernel", kernel, "--serial", "file:" + console])
    #expect(writing.code == 73)
    #expect(writing.diagnostics.contains("another program writes \(console)"), "\(writing.diagnostics)")
    for option in [disk, disk + ",readonly"] {
      let sharing = try StrataProcess.run(["run", "--kernel", kernel, "--disk", option])
      #expect(sharing.code == 66)
      #expect(sharing.diagnostics.contains("another machine has the disk \(disk)"), "\(sharing.diagnostics)")
    }
    first.signal(SIGTERM)
    #expect(try first.end() == 143)
  }

  @Test func listingsSayThatTheyCannotBeWritten() throws {
    for command in ["cpu", "cpu default", "trace list"] {
      let text = try HostTool.run(
        "sh", ["-c", "\"$0\" \(command) 2>&1 >/dev/full; echo $?", CommandFiles.strata])
      #expect(text.contains("cannot write to standard output"), "\(text)")
      #expect(text.hasSuffix("74\n"), "\(text)")
    }
  }
}
