/// The PCI Express capability of an endpoint (PCI Express Base Specification 5.0, 7.5.3), version 2.
///
/// The functions lie on the root complex's own bus: they have no link, so the link and slot registers
/// are zero, as the specification demands of a root complex integrated endpoint.
public enum ExpressCapability {
  /// What kind of function it is: the Device/Port Type field.
  public enum FunctionType: UInt16, Sendable {
    case endpoint = 0b0000
    case rootComplexIntegratedEndpoint = 0b1001
  }

  /// Whether software can reset the function alone (7.5.3.4).
  public enum FunctionLevelReset: Sendable {
    case none
    case supported
  }

  /// Offsets from the start of the capability.
  private enum Register {
    static let capabilities = 0x02
    static let deviceCapabilities = 0x04
    static let deviceControl = 0x08
    static let deviceStatus = 0x0A
    static let deviceCapabilities2 = 0x24
    static let deviceControl2 = 0x28
    static let end = 0x3C
  }

  private static let version: UInt16 = 2
  private static let typeShift: UInt16 = 4

  /// Device Capabilities: payloads of 128 bytes, 8-bit tags, and what every function since 1.1 must set.
  private static let extendedTagSupported: UInt32 = 1 << 5
  private static let roleBasedErrorReporting: UInt32 = 1 << 15
  private static let functionLevelResetSupported: UInt32 = 1 << 28

  /// Device Control: error reporting enables, relaxed ordering, payload and read request sizes, tags, no snoop.
  private static let deviceControlWritable: UInt16 = 0x79FF
  /// Relaxed ordering, no snoop, and read requests of 512 bytes are the defaults (7.5.3.4).
  private static let deviceControlDefault: UInt16 = 1 << 4 | 1 << 11 | 0b010 << 12
  /// Device Control: reads as zero.
  private static let initiateFunctionLevelReset: UInt16 = 1 << 15

  /// Device Status: the errors detected, cleared by writing ones.
  private static let deviceErrors: UInt16 = 0xF

  /// Device Capabilities 2: completion timeouts can be disabled.
  private static let completionTimeoutDisableSupported: UInt32 = 1 << 4
  private static let completionTimeoutDisable: UInt16 = 1 << 4

  /// Appends the capability to `space` and returns its offset.
  @discardableResult
  public static func append(
    to space: inout ConfigurationSpace, type: FunctionType, functionLevelReset: FunctionLevelReset = .none
  ) -> Int {
    let canReset = functionLevelReset == .supported
    let offset = space.appendCapability(.express, length: Register.end)
    space.define(offset + Register.capabilities, value: version | type.rawValue << typeShift)
    space.define(
      offset + Register.deviceCapabilities,
      value: extendedTagSupported | roleBasedErrorReporting | (canReset ? functionLevelResetSupported : 0))
    space.define(
      offset + Register.deviceControl, value: deviceControlDefault,
      writable: deviceControlWritable | (canReset ? initiateFunctionLevelReset : 0))
    space.define(offset + Register.deviceStatus, value: UInt16(0), clearable: deviceErrors)
    space.define(offset + Register.deviceCapabilities2, value: completionTimeoutDisableSupported)
    space.define(
      offset + Register.deviceControl2, value: UInt16(0), writable: completionTimeoutDisable)
    return offset
  }

  /// Whether software wrote the bit that resets the function, at the capability's offset; it is set no more.
  static func takeFunctionLevelReset(in space: inout ConfigurationSpace, at offset: Int) -> Bool {
    let control: UInt16 = space.load(offset + Register.deviceControl)
    guard control & initiateFunctionLevelReset != 0 else { return false }
    space.store(control & ~initiateFunctionLevelReset, at: offset + Register.deviceControl)
    return true
  }
}
