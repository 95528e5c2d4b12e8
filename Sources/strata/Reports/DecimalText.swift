/// Numbers with a fixed count of decimals.
enum DecimalText {
  /// The number rounded to `decimals` places, 0 to 9.
  static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "0" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = UInt64((value.magnitude * scale).rounded())
    let whole = scaled / UInt64(scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(whole) }
    let fraction = String(scaled % UInt64(scale))
    return "\(sign)\(whole).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
  }
}
