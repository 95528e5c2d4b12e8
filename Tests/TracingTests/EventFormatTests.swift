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
}
