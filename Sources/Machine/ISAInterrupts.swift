import Bus
import Chipset

/// The sixteen interrupt lines of ISA, each of which leads to both controllers of a PC. From 16 on there is only the
/// IOAPIC.
final class ISAInterrupts: InterruptController {
  private let legacy: ProgrammableInterruptController
  private let advanced: IOAPIC

  init(legacy: ProgrammableInterruptController, advanced: IOAPIC) {
    self.legacy = legacy
    self.advanced = advanced
  }

  func setLine(_ number: Int, asserted: Bool) {
    legacy.setLine(number, asserted: asserted)
    let timer = 0
    let input = number == timer ? Int(AddressMap.GlobalSystemInterrupt.timer) : number
    advanced.setLine(input, asserted: asserted)
  }

  /// The line of an interrupt.
  func line(_ number: UInt8) -> InterruptLine { InterruptLine(controller: self, number: Int(number)) }
}
