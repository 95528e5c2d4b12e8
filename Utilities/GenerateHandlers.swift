// Writes the tables of handlers in Sources/Processor/Generated.
//
// A handler has C's calling convention, and Swift makes such a function only from a closure whose types are
// all concrete. So every combination of operation, width and operand form is spelt out, by this program.
// `Utilities/generate-handlers` runs it; the CI fails if that changes a file.

let widths = ["UInt8", "UInt16", "UInt32", "UInt64"]
let forms = ["SimpleAddress", "FullAddress"]
let arithmetic = [
  "Add", "Or", "AddWithCarry", "SubtractWithBorrow", "And", "Subtract", "ExclusiveOr", "Compare", "Test",
]
let storing = arithmetic.filter { $0 != "Compare" && $0 != "Test" }
let comparing = ["Compare", "Test"]
let bitTests = ["BitTest", "BitTestAndSet", "BitTestAndReset", "BitTestAndComplement"]
let unaryOperations = ["Increment", "Decrement", "Negate", "Complement"]
let shifts = [
  "RotateLeft", "RotateRight", "RotateCarryLeft", "RotateCarryRight", "ShiftLeft", "ShiftRight",
  "ShiftArithmeticRight",
]
let counts = ["ImmediateCount", "RegisterCount"]
let sources = ["RegisterSource", "ImmediateSource"]
let reaches = ["WithinPage", "AcrossPages"]
let conditions = [
  "IsOverflow", "IsBelow", "IsZero", "IsBelowOrEqual", "IsSign", "IsParity", "IsLess", "IsLessOrEqual",
].flatMap { [$0, "Not<\($0)>"] }
let extensions: [(how: String, narrow: String, wide: String)] = [
  ("ZeroExtension", "UInt8", "UInt16"), ("ZeroExtension", "UInt8", "UInt32"),
  ("ZeroExtension", "UInt8", "UInt64"),
  ("ZeroExtension", "UInt16", "UInt32"), ("ZeroExtension", "UInt16", "UInt64"),
  ("SignExtension", "UInt8", "UInt16"), ("SignExtension", "UInt8", "UInt32"),
  ("SignExtension", "UInt8", "UInt64"),
  ("SignExtension", "UInt16", "UInt32"), ("SignExtension", "UInt16", "UInt64"),
  ("SignExtension", "UInt32", "UInt64"),
]

/// A table: a flat array in the order in which the loops nest, the last index fastest.
struct Table {
  var name: String
  var comment: String
  var entries: [String]
}

func product(_ lists: [String]...) -> [[String]] {
  lists.reduce([[]]) { partial, list in partial.flatMap { head in list.map { head + [$0] } } }
}

func table(_ name: String, _ comment: String, _ entries: [String]) -> Table {
  Table(name: name, comment: comment, entries: entries)
}

func file(_ name: String, _ tables: [Table]) -> (name: String, text: String) {
  var text = "// Written by Utilities/generate-handlers. Do not edit.\n\n"
  text += "extension HandlerTables {\n"
  text += tables.map { table in
    "  /// \(table.comment)\n  static let \(table.name)Forms: [Handler] = [\n"
      + table.entries.map { "    { \($0), $0, $1) },\n" }.joined() + "  ]\n"
  }.joined(separator: "\n")
  return (name, text + "}\n")
}

let files = [
  file(
    "ArithmeticForms",
    [
      table(
        "arithmetic", "[operation][width][source].",
        product(arithmetic, widths, sources).map { "arithmetic(\($0[0]).self, \($0[1]).self, \($0[2]).self" }),
      table(
        "arithmeticFromMemory", "[operation][width][form].",
        product(arithmetic, widths, forms).map {
          "load(ArithmeticFromMemory<\($0[0]), \($0[1])>.self, \($0[2]).self"
        }),
      table(
        "comparisonWithMemory", "[CMP, TEST][width][source][form].",
        product(comparing, widths, sources, forms).map {
          "load(ComparisonWithMemory<\($0[0]), \($0[1]), \($0[2])>.self, \($0[3]).self"
        }),
      table(
        "arithmeticToMemory", "[operation][width][source][form].",
        product(storing, widths, sources, forms).map {
          "modify(ArithmeticToMemory<\($0[0]), \($0[1]), \($0[2])>.self, \($0[3]).self"
        }),
      table(
        "bitTest", "[operation][width][source].",
        product(bitTests, widths, sources).map { "arithmetic(\($0[0]).self, \($0[1]).self, \($0[2]).self" }),
      table(
        "bitTestInMemory", "[operation][width][form]; the bit is an immediate.",
        product(["BitTest"], widths, forms).map {
          "load(ComparisonWithMemory<\($0[0]), \($0[1]), ImmediateSource>.self, \($0[2]).self"
        }
          + product(Array(bitTests.dropFirst()), widths, forms).map {
            "modify(ArithmeticToMemory<\($0[0]), \($0[1]), ImmediateSource>.self, \($0[2]).self"
          }),
      table(
        "multiply", "[width].",
        widths.map { "arithmetic(SignedMultiply.self, \($0).self, RegisterSource.self" }),
      table(
        "multiplyFromMemory", "[width][form].",
        product(widths, forms).map {
          "load(ArithmeticFromMemory<SignedMultiply, \($0[0])>.self, \($0[1]).self"
        }),
      table("multiplyByImmediate", "[width].", widths.map { "multiplyByImmediate(\($0).self" }),
      table(
        "unary", "[operation][width].",
        product(unaryOperations, widths).map { "unary(\($0[0]).self, \($0[1]).self" }),
      table(
        "unaryOnMemory", "[operation][width][form].",
        product(unaryOperations, widths, forms).map {
          "modify(UnaryOnMemory<\($0[0]), \($0[1])>.self, \($0[2]).self"
        }),
    ]),
  file(
    "MoveForms",
    [
      table(
        "move", "[width][source].",
        product(widths, sources).map { "move(\($0[0]).self, \($0[1]).self" }),
      table(
        "moveFromMemory", "[width][form].",
        product(widths, forms).map { "load(MoveFromMemory<\($0[0])>.self, \($0[1]).self" }),
      table(
        "moveToMemory", "[width][source][form].",
        product(widths, sources, forms).map { "store(MoveToMemory<\($0[0]), \($0[1])>.self, \($0[2]).self" }),
      table(
        "extend", "[extension].",
        extensions.map { "extend(\($0.how).self, \($0.narrow).self, \($0.wide).self" }),
      table(
        "extendFromMemory", "[extension][form].",
        extensions.flatMap { item in
          forms.map { "load(ExtendFromMemory<\(item.how), \(item.narrow), \(item.wide)>.self, \($0).self" }
        }),
      table(
        "loadAddress", "[width][form].",
        product(widths, forms).map { "loadAddress(\($0[0]).self, \($0[1]).self" }),
      table(
        "conditionalMove", "[condition][width].",
        product(conditions, widths).map { "conditionalMove(\($0[0]).self, \($0[1]).self" }),
      table(
        "conditionalMoveFromMemory", "[condition][width][form].",
        product(conditions, widths, forms).map {
          "load(ConditionalMove<\($0[0]), \($0[1])>.self, \($0[2]).self"
        }),
      table("setOnCondition", "[condition].", conditions.map { "setOnCondition(\($0).self" }),
      table(
        "exchangeWithMemory", "[width][form].",
        product(widths, forms).map { "modify(ExchangeWithMemory<\($0[0])>.self, \($0[1]).self" }),
      table(
        "exchangeAndAdd", "[width][form].",
        product(widths, forms).map { "modify(ExchangeAndAdd<\($0[0])>.self, \($0[1]).self" }),
      table(
        "compareAndExchange", "[width][form].",
        product(widths, forms).map { "modify(CompareAndExchange<\($0[0])>.self, \($0[1]).self" }),
    ]),
  file(
    "ShiftForms",
    [
      table(
        "shift", "[operation][width][count].",
        product(shifts, widths, counts).map { "shift(\($0[0]).self, \($0[1]).self, \($0[2]).self" }),
      table(
        "shiftMemory", "[operation][width][count][form].",
        product(shifts, widths, counts, forms).map {
          "modify(ShiftMemory<\($0[0]), \($0[1]), \($0[2])>.self, \($0[3]).self"
        }),
    ]),
  file(
    "BranchForms",
    [
      table(
        "branch", "[condition][reach].",
        product(conditions, reaches).map { "branch(\($0[0]).self, \($0[1]).self" }),
      table(
        "compareAndBranch", "[CMP, TEST][width][source][condition].",
        product(comparing, widths, sources, conditions).map {
          "compareAndBranch(\($0[0]).self, \($0[1]).self, \($0[2]).self, \($0[3]).self"
        }),
      table("jump", "[reach].", reaches.map { "jump(\($0).self" }),
      table("call", "[reach].", reaches.map { "call(\($0).self" }),
      table("push", "[source].", sources.map { "push(\($0).self" }),
    ]),
]

for file in files {
  print("=== \(file.name).swift")
  print(file.text, terminator: "")
}
