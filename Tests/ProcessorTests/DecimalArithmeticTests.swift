import Testing
import X86

@testable import Processor

/// The adjustments of decimal digits, which 64-bit mode does not have, judged by decimal numbers.
@Suite("Decimal arithmetic")
struct DecimalArithmeticTests {
  private let machine: SystemMachine
  private var core: Core { machine.core }

  init() throws { machine = try #require(SystemMachine.protectedMode()) }

  /// Executes instructions on AX and BL.
  private func run(_ code: [UInt8], count: Int64, ax: UInt16, bl: UInt8 = 0, carry: Bool = false) {
    core.setGeneral(GeneralRegister.rax, UInt64(ax))
    core.setGeneral(GeneralRegister.rbx, UInt64(bl))
    core.rflags = carry ? [.alwaysOne, .carry] : .alwaysOne
    machine.put(code, at: SystemMachine.Place.code)
    core.state.rip = SystemMachine.Place.code
    machine.run(count)
  }

  private var al: UInt8 { UInt8(truncatingIfNeeded: core.general(GeneralRegister.rax)) }
  private var ah: UInt8 { UInt8(truncatingIfNeeded: core.general(GeneralRegister.rax) >> 8) }

  /// Two digits in a byte.
  private func packed(_ number: Int) -> UInt8 { UInt8((number / 10) << 4 | number % 10) }

  @Test("ADC and DAA add two digits, SBB and DAS subtract them, with carry")
  func packedDigits() {
    for first in 0..<100 {
      for second in 0..<100 {
        for carry in [0, 1] {
          let (ax, bl) = (UInt16(packed(first)), packed(second))
          run([0x10, 0xD8, 0x27], count: 2, ax: ax, bl: bl, carry: carry == 1)
          let sum = first + second + carry
          #expect(al == packed(sum % 100))
          #expect(core.rflags.contains(.carry) == (sum > 99))
          #expect(core.rflags.contains(.auxiliaryCarry) == (first % 10 + second % 10 + carry > 9))
          run([0x18, 0xD8, 0x2F], count: 2, ax: ax, bl: bl, carry: carry == 1)
          let difference = first - second - carry
          #expect(al == packed((difference + 100) % 100))
          #expect(core.rflags.contains(.carry) == (difference < 0))
          #expect(core.rflags.contains(.auxiliaryCarry) == (first % 10 - second % 10 - carry < 0))
        }
      }
    }
  }

  @Test("ADD and AAA add a digit, SUB and AAS subtract it, and AH takes the carry")
  func unpackedDigits() {
    for first in 0..<10 {
      for second in 0..<10 {
        let ax = UInt16(5 << 8 | first)
        run([0x00, 0xD8, 0x37], count: 2, ax: ax, bl: UInt8(second))
        let sum = first + second
        #expect((Int(ah), Int(al)) == (5 + sum / 10, sum % 10))
        #expect(core.rflags.contains(.carry) == (sum > 9))
        run([0x28, 0xD8, 0x3F], count: 2, ax: ax, bl: UInt8(second))
        let difference = first - second
        #expect((Int(ah), Int(al)) == (difference < 0 ? 4 : 5, (difference + 10) % 10))
        #expect(core.rflags.contains(.carry) == (difference < 0))
      }
    }
  }

  @Test(
    "AAM splits a number into digits and AAD puts them together, in any base", arguments: [10, 8, 16, 255])
  func bases(base: Int) {
    for number in 0..<256 {
      run([0xD4, UInt8(base)], count: 1, ax: UInt16(0x7700 | number))
      #expect((Int(ah), Int(al)) == (number / base, number % base))
      #expect(core.rflags.contains(.zero) == (number % base == 0))
      run([0xD5, UInt8(base)], count: 1, ax: UInt16((number / base) << 8 | number % base))
      #expect((Int(ah), Int(al)) == (0, number))
    }
  }

  @Test("AAM by zero is #DE")
  func divisionByZero() {
    run([0xD4, 0], count: 1, ax: 0x1234)
    #expect(machine.handledVector == 0)
  }
}
