/// The names of the general registers, as assemblers print them.
public enum GeneralRegister {
  private static let legacyNames: [StaticString] = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]

  /// The name of the low `width` bytes (1, 2, 4 or 8) of register `number` (0 RAX to 15 R15).
  ///
  /// Bytes of registers 4 to 7 are SPL to DIL; AH to BH have ``highByteName(_:)``.
  public static func name(_ number: UInt8, width: Int) -> String {
    guard number < 16 else { return "r?" }
    guard number < 8 else {
      let suffix = width == 1 ? "b" : width == 2 ? "w" : width == 4 ? "d" : ""
      return "r\(number)\(suffix)"
    }
    let name = "\(legacyNames[Int(number)])"
    switch width {
    case 1: return number < 4 ? "\(name.prefix(1))l" : "\(name)l"
    case 2: return name
    case 4: return "e\(name)"
    default: return "r\(name)"
    }
  }

  /// The name of the second byte of register `number`, 0 AH to 3 BH.
  public static func highByteName(_ number: UInt8) -> String {
    guard number < 4 else { return "?h" }
    return "\("\(legacyNames[Int(number)])".prefix(1))h"
  }
}
