import Interfaces
import Testing

@testable import Tracing

@Suite("Formats of events")
struct EventFormatTests {
  @Test("What is written is read", arguments: MHITraceEvents.all.indices)
  func roundTrip(index: Int) throws {
    let event = EventDescription(MHITraceEvents.all[index], number: 1000 + index)
    let read = EventFormatParser(EventFormat.text(of: event), system: "mhi_host").parse()
    #expect(read == event)
  }

  @Test("An end of line in the format, escaped or not, is none of the text")
  func endOfLine() throws {
    for end in ["\n", "\\n"] {
      let text = """
        name: sample
        ID: 77
        format:
        \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;

        \tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;
        \tfield:u64 value;\toffset:24;\tsize:8;\tsigned:0;

        print fmt: "a \\"%llu\\"\(end)", REC->value
        """
      let event = try #require(EventFormatParser(text, system: "test").parse())
      #expect(event.format == "a \"%llu\"")
      #expect(event.fields.map(\.name) == ["comm", "value"])
      #expect(event.text?.arguments == [.field(event.fields[1])])
    }
  }

  @Test(
    "A text that describes no event is refused",
    arguments: ["", "name: x", "name: x\nID: y\nprint fmt: \"\"", "name: x\nID: 1\nformat:\n"])
  func refusals(text: String) {
    #expect(EventFormatParser(text, system: "test").parse() == nil)
  }

  /// The text of a record of an event with an unsigned 32-bit field `x` at 8, a `char` array `comm` at 12, bytes
  /// `address` at 20 and a text `name` at 36.
  private func text(_ printed: String, x: UInt32) throws -> String? {
    let format = """
      name: sample
      ID: 77
      format:
      \tfield:u32 x;\toffset:8;\tsize:4;\tsigned:0;
      \tfield:char comm[8];\toffset:12;\tsize:8;\tsigned:0;
      \tfield:__u8 address[16];\toffset:20;\tsize:16;\tsigned:0;
      \tfield:__data_loc char[] name;\toffset:36;\tsize:4;\tsigned:0;

      print fmt: \(printed)
      """
    let event = try #require(EventFormatParser(format, system: "test").parse())
    guard let text = event.text else { return nil }
    var record = ByteWriter()
    record.put([77, 0, 0, 0, 0, 0, 0, 0])
    record.put(x)
    record.put(Array("bash\0\0\0\0".utf8))
    record.put(Array(0..<16))
    record.put(UInt32(5 << 16 | 40))
    record.put(terminated: "eth0")
    return record.bytes.withUnsafeBytes { TraceTextFormat(text).text(of: $0) }
  }

  @Test(
    "Expressions of Linux's formats are worked out",
    arguments: [
      (#""%d:%d", ((unsigned int) ((REC->x) >> 20)), ((unsigned int) ((REC->x) & ((1U << 20) - 1)))"#, "0:6"),
      (
        #""%s", __print_flags(REC->x, "|", { ((((1UL))) << (1)), "N" }, { (( gfp_t)0x4u), "M" }, { UNKNOWN, "U" })"#,
        "N|M"
      ),
      (#""%s", __print_symbolic(REC->x & 7, { 1, "one" }, { 6, "s" "ix" }, { -1, ((void *)0) })"#, "six"),
      (#""%s%s", REC->x & 0x100 ? "big" : "small", !REC->x ? "!" : """#, "small"),
      (#""%*d|%-*d|%.3s|%s", 4, REC->x, 3, REC->x, REC->comm, __get_str(name)"#, "   6|6  |bas|eth0"),
      (#""%pM", REC->address"#, "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f"),
      (
        #""%s %pUl", __print_hex(REC->address, 3), REC->address"#,
        "00 01 02 03020100-0504-0706-0809-0a0b0c0d0e0f"
      ),
      (
        #""%s %u", __print_array(REC->address, 2, 2), REC->address[3]"#,
        "{0x100,0x302} 3"
      ),
      (#""%hhd %hd %ld", REC->x + 250, -REC->x, (s8)(REC->x - 7)"#, "0 -6 -1"),
      (#""%u", __builtin_expect(!!(REC->x), 0) * sizeof(u64) + 10 / 0"#, "8"),
    ])
  func expressions(printed: String, expected: String) throws {
    #expect(try text(printed, x: 6) == expected)
  }

  @Test(
    "A text that nobody here understands is none",
    arguments: [
      #""%s", some_function(REC->x)"#, #""%d", REC->nothing"#, #""%d", (REC->x"#, #""%d" REC->x"#,
      #""%d", "# + String(repeating: "(", count: 10_000), #""%d", "# + String(repeating: "-", count: 10_000),
    ])
  func unknownTexts(printed: String) throws {
    #expect(try text(printed, x: 6) == nil)
  }
}
