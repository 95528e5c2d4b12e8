/// The APIC base MSR (APM volume 2, 16.3.1 and 16.9).
public enum APICBase {
  /// The number of the MSR.
  public static let modelSpecificRegister: UInt32 = 0x1B
  /// The processor is the one that starts first; read-only.
  public static let bootstrapProcessor: UInt64 = 1 << 8
  /// The registers are MSRs; only together with ``enable``.
  public static let x2APICEnable: UInt64 = 1 << 10
  /// The APIC is on.
  public static let enable: UInt64 = 1 << 11
  /// The bits that can be the address of the page with the registers.
  public static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000
  /// Where the registers are after a reset.
  public static let defaultAddress: UInt64 = 0xFEE0_0000
}

/// The spurious interrupt vector register (APM volume 2, 16.4.7).
public enum SpuriousInterrupt {
  /// The vector of interrupts that go away before they are delivered.
  public static let vector: UInt32 = 0xFF
  /// The APIC accepts interrupts.
  public static let softwareEnable: UInt32 = 1 << 8
  /// Has no effect.
  public static let focusCheckDisable: UInt32 = 1 << 9
}
