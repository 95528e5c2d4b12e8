/// The machine's ACPI tables.
public struct ACPITables: Sendable {
  /// Where the tables lie in RAM.
  enum Layout {
    /// Where the FACS is, which the guest and the firmware both write.
    static let nonVolatile = AddressMap.acpiTables.lowerBound..<AddressMap.acpiTables.lowerBound + 0x1000
    /// Where all other tables are, the RSDP first.
    static let reclaimable = nonVolatile.upperBound..<AddressMap.acpiTables.upperBound
  }
}
