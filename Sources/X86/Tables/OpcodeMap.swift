/// The opcode maps: what the bytes before the opcode select.
enum OpcodeMap: UInt8, CaseIterable {
  /// Opcodes of one byte.
  case oneByte
  /// After 0F.
  case twoByte
  /// After 0F 38.
  case map0F38
  /// After 0F 3A.
  case map0F3A
  /// VEX.mmmmm = 1.
  case vex0F
  /// VEX.mmmmm = 2.
  case vex0F38
  /// VEX.mmmmm = 3.
  case vex0F3A

  /// All forms in the map.
  var forms: [OpcodeForm] {
    switch self {
    case .oneByte:
      OpcodeForm.oneByteArithmetic + OpcodeForm.oneByte
        + OpcodeForm.group1 + OpcodeForm.group2 + OpcodeForm.group3 + OpcodeForm.groups4And5
        + OpcodeForm.x87MemoryArithmetic + OpcodeForm.x87Memory + OpcodeForm.x87Registers
    case .twoByte:
      OpcodeForm.twoByteSystem + OpcodeForm.twoByteGeneral
        + OpcodeForm.group6 + OpcodeForm.group7 + OpcodeForm.group8 + OpcodeForm.group9 + OpcodeForm.group15
        + OpcodeForm.twoByteMoves + OpcodeForm.twoByteConversions + OpcodeForm.twoByteFloatingPoint
        + OpcodeForm.twoByteIntegers + OpcodeForm.groups12To14
    case .map0F38:
      OpcodeForm.map0F38
    case .map0F3A:
      OpcodeForm.map0F3A
    case .vex0F:
      OpcodeForm.vex0FMoves + OpcodeForm.vex0FControl + OpcodeForm.vex0FFloatingPoint
        + OpcodeForm.vex0FIntegers + OpcodeForm.vex0FGroups12To14
    case .vex0F38:
      OpcodeForm.vex0F38 + OpcodeForm.vexBitManipulation + OpcodeForm.vexFusedMultiplyAdd
    case .vex0F3A:
      OpcodeForm.vex0F3A
    }
  }
}
