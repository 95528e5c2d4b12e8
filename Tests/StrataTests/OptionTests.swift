import ArgumentParser
import Devices
import Testing

@testable import strata

@Suite struct ByteSizeTests {
  @Test(
    arguments: [
      ("512M", 512 << 20), ("2G", 2 << 30), ("65536K", 64 << 20), ("1T", 1 << 40), ("64m", 64 << 20),
      ("512", 512 << 20),
    ] as [(String, UInt64)])
  func unitsAreBinaryAndANumberAloneIsInMebibytes(text: String, bytes: UInt64) throws {
    #expect(try ByteSize(text).bytes == bytes)
  }

  @Test(arguments: [
    "", "M", "0", "0G", "-1M", "+1M", "1.5G", "512MB", "0x10M", "1 G", "99999999999999T", "٣M",
  ])
  func whatIsNoSizeIsRefused(text: String) {
    #expect(throws: ValidationError.self) { try ByteSize(text) }
  }

  @Test func aSizeIsShownInTheLargestUnitThatDividesIt() {
    #expect(ByteSize(bytes: 2 << 30).description == "2G")
    #expect(ByteSize(bytes: 1536 << 20).description == "1536M")
    #expect(ByteSize(bytes: 4 << 10).description == "4K")
  }
}

@Suite struct PlaceTests {
  @Test(
    arguments: [
      ("stdio", .standardStreams), ("none", .none), ("file:/a:b", .file(path: "/a:b")),
      ("unix:socket", .unixSocket(path: "socket")),
    ] as [(String, SerialPlace)])
  func aSerialPlaceIsReadAndShownAlike(text: String, place: SerialPlace) throws {
    #expect(try SerialPlace(text) == place)
    #expect(place.description == text)
  }

  @Test(arguments: ["", "stdio:", "file", "file:", "unix:", "tcp:1", "Stdio"])
  func whatIsNoSerialPlaceIsRefused(text: String) {
    #expect(throws: ValidationError.self) { try SerialPlace(text) }
  }

  @Test func aDiskIsWritableUnlessItSaysOtherwise() {
    #expect(DiskOption("a.img").access == .readWrite)
    #expect(DiskOption("a.img,readonly").access == .readOnly)
    #expect(DiskOption("a.img,readonly").path == "a.img")
    #expect(DiskOption("a,b.img").path == "a,b.img")
  }

  @Test func aHyphenIsStandardOutput() {
    #expect(ReportPlace(argument: "-") == .standardOutput)
    #expect(ReportPlace(argument: "out.json") == .file(path: "out.json"))
    #expect(ReportPlace(argument: "") == nil)
  }
}

@Suite struct RunCommandTests {
  private func parse(_ arguments: String...) throws -> RunCommand {
    try RunCommand.parse(["--kernel", "k"] + arguments)
  }

  @Test func withoutOptionsThereIsOneProcessorAndTheTerminal() throws {
    let command = try parse()
    #expect(command.cpus == 1)
    #expect(command.memory.bytes == 512 << 20)
    #expect(command.serial == .standardStreams)
    #expect(command.seed == 0)
    #expect(command.json == nil)
    #expect(!command.noReboot)
  }

  @Test func theReportNeedsNoFile() throws {
    #expect(try parse("--json").json == .standardOutput)
    #expect(try parse("--json", "--cpus", "2").json == .standardOutput)
    #expect(try parse("--json", "out").json == .file(path: "out"))
  }

  @Test func theCommandLineMayLookLikeAnOption() throws {
    #expect(try parse("--append", "--verbose").append == "--verbose")
  }

  @Test func theProcessorMayBeginWithAChange() throws {
    #expect(try !parse("--cpu", "-movbe").cpu.has(.movbe))
    #expect(try parse("--cpu", "x86-64-v1,+popcnt").cpu.has(.popcnt))
  }

  @Test func disksAndDevicesAddUp() throws {
    let command = try parse(
      "--disk", "a", "--device", "entropy", "--disk", "b,readonly", "--device", "debug-exit")
    #expect(command.disk.map(\.path) == ["a", "b"])
    #expect(command.device == [.entropy, .debugExit])
  }

  @Test(arguments: [
    ["--cpus", "0"], ["--cpus", "65"], ["--cpus", "two"], ["--memory", "0"], ["--timeout", "0"],
    ["--timeout", "nan"],
    ["--timeout", "-1"], ["--max-instructions", "0"], ["--cpu", "pentium"], ["--cpu", "default,+nonsense"],
    ["--device", "floppy"], ["--device", "console", "--device", "console"], ["--seed", "-1"], ["stray"],
  ])
  func wrongArgumentsAreRefusedAsWrongUsage(arguments: [String]) {
    #expect {
      try RunCommand.parse(["--kernel", "k"] + arguments)
    } throws: {
      RunCommand.exitCode(for: $0) == SystemExit.usage
    }
  }

  @Test func aKernelIsNeeded() {
    #expect(throws: (any Error).self) { try RunCommand.parse([]) }
  }
}
