/// The page attribute table (APM volume 2, 7.8.2): the memory types that page-table entries choose from, a byte each.
public enum PageAttributeTable {
  /// The number of the MSR.
  public static let modelSpecificRegister: UInt32 = 0x277
  /// The table after a reset: write-back, write-through, UC- and uncacheable, twice.
  public static let resetValue: UInt64 = 0x0007_0406_0007_0406
}
