import Testing

@testable import X86

@Suite("Opcode tables")
struct OpcodeTableTests {
  @Test("no two forms claim the same encoding")
  func unambiguous() {
    #expect(DecodingTableBuilder().ambiguities == [])
  }

  @Test("every operation has an encoding")
  func complete() {
    let forms = OpcodeMap.allCases.flatMap(\.forms)
    let encoded = Set(forms.map(\.operation.rawValue))
    let missing = Operation.allCases.filter { $0 != .invalid && !encoded.contains($0.rawValue) }
    #expect(missing == [])
  }

  @Test("every feature is needed by some form")
  func features() {
    let forms = OpcodeMap.allCases.flatMap(\.forms)
    let needed = Set(forms.map(\.feature))
    #expect(Feature.allCases.filter { !needed.contains($0) } == [])
  }

  @Test("only forms with a conditional opcode have sixteen opcodes")
  func ranges() {
    for form in OpcodeMap.allCases.flatMap(\.forms) {
      let isConditional = form.attributes.contains(.conditional)
      #expect(isConditional == (form.opcodes.count == 16))
      #expect(!isConditional || form.opcodes.lowerBound & 0xF == 0)
    }
  }
}
