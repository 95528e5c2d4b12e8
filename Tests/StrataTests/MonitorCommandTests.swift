import Testing

@testable import strata

@Suite struct MonitorCommandTests {
  @Test(
    arguments: [
      ("registers", .registers(processor: nil)), ("r 3", .registers(processor: 3)),
      ("x 0x1000", .memory(.linear, .number(0x1000), count: 64)),
      ("x/16 FFFF8000", .memory(.linear, .number(0xFFFF_8000), count: 16)),
      ("xp/4096 0", .memory(.physical, .number(0), count: 4096)),
      ("x RSP", .memory(.linear, .register("rsp"), count: 64)),
      ("x r8", .memory(.linear, .register("r8"), count: 64)),
      ("code", .instructions(nil, count: 8)), ("code/2 rip", .instructions(.register("rip"), count: 2)),
      ("processors", .processors), ("processor 1", .choose(processor: 1)), ("s", .statistics),
      ("modem sys-error", .fault(.systemError, modem: 0)), ("m rddm 2", .fault(.ramDump, modem: 2)),
      ("trace", .tracing(.show)), ("t enable irq:*", .tracing(.enable("irq:*"))),
      ("trace disable irq", .tracing(.disable("irq"))), ("trace clear", .tracing(.clear)),
      ("trace write x.dat", .tracing(.write("x.dat"))), ("con", .continue), ("  quit\t", .leave),
      ("help", .help),
    ] as [(String, MonitorCommand)])
  func aLineIsACommand(line: String, command: MonitorCommand) throws {
    #expect(try MonitorCommand.parse(line) == command)
  }

  @Test func anEmptyLineIsNothing() throws {
    #expect(try MonitorCommand.parse("") == nil)
    #expect(try MonitorCommand.parse(" \t ") == nil)
  }

  @Test(arguments: [
    "frobnicate", "c", "pro", "x", "x/0 0", "x/4097 0", "x/-1 0", "x/ 0", "x -1", "x 1ffffffffffffffff",
    "x 0 0", "modem", "modem fire", "modem sys-error -1", "modem sys-error 0 0",
    "processor", "processor -1", "processor one", "quit now", "quit/3", "/3 0",
    "trace enable", "trace clear all", "trace often", "trace write a b",
  ])
  func whatIsNoCommandIsExplained(line: String) {
    #expect(throws: MonitorSyntaxError.self) { try MonitorCommand.parse(line) }
  }
}
