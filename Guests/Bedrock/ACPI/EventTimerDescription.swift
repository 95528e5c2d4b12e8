/// The table that says where the HPET is, "HPET": IA-PC HPET specification 1.0a, section 3.2.4.
public enum EventTimerDescription {
  private static let baseAddress: UInt64 = 44

  /// The HPET that the tables describe, if it is there.
  public static func timer(_ tables: ACPITables) -> HighPrecisionEventTimer? {
    guard let address = tables.table("HPET")?.load(baseAddress, as: UInt64.self) else { return nil }
    return HighPrecisionEventTimer(base: PhysicalAddress(address))
  }
}
