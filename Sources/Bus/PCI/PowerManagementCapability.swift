/// Power management (PCI Bus Power Management Interface Specification 1.2, 3.2): a function that is on (D0) or asleep
/// (D3hot) and keeps its state there.
public struct PowerManagementCapability: Sendable {
  /// Whether a sleeping function can ask to be woken.
  public enum Wake: Sendable {
    case none
    /// From D3hot.
    case fromD3Hot
  }

  /// Offsets from the start of the capability.
  private enum Register {
    static let capabilities = 2
    static let controlStatus = 4
    static let end = 8
  }

  /// PMC and PMCSR.
  private enum Field {
    static let version: UInt16 = 3
    static let wakesFromD3Hot: UInt16 = 1 << 14
    static let powerState: UInt16 = 0b11
    static let d0: UInt16 = 0b00
    static let d3Hot: UInt16 = 0b11
    static let noSoftReset: UInt16 = 1 << 3
    static let wakeEnable: UInt16 = 1 << 8
    static let wakeStatus: UInt16 = 1 << 15
  }

  private let offset: Int
  private let wake: Wake

  init(in space: inout ConfigurationSpace, wake: Wake) {
    self.wake = wake
    offset = space.appendCapability(.powerManagement, length: Register.end)
    let canWake = wake == .fromD3Hot
    space.define(
      offset + Register.capabilities, value: Field.version | (canWake ? Field.wakesFromD3Hot : 0))
    space.define(
      offset + Register.controlStatus, value: Field.noSoftReset,
      writable: Field.powerState | (canWake ? Field.wakeEnable : 0),
      clearable: canWake ? Field.wakeStatus : 0)
  }

  /// Whether the function is on.
  func isOn(in space: ConfigurationSpace) -> Bool {
    space.load(offset + Register.controlStatus, as: UInt16.self) & Field.powerState == Field.d0
  }

  /// Lets software write a register, but not to a state that the function does not have (3.2.4).
  func write(in space: inout ConfigurationSpace, _ body: (inout ConfigurationSpace) -> Void) {
    let address = offset + Register.controlStatus
    let old: UInt16 = space.load(address)
    body(&space)
    let new: UInt16 = space.load(address)
    let state = new & Field.powerState
    guard state != Field.d0, state != Field.d3Hot else { return }
    space.store(new & ~Field.powerState | old & Field.powerState, at: address)
  }

  /// Notes that the function wants to be woken; software looks at that, or is told if it wishes.
  func requestWake(in space: inout ConfigurationSpace) {
    guard wake == .fromD3Hot else { return }
    let address = offset + Register.controlStatus
    space.store(space.load(address, as: UInt16.self) | Field.wakeStatus, at: address)
  }
}
