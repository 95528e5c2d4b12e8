import Bus

/// How the time registers show numbers; from register B.
struct RealTimeClockFormat {
  private let isBinary: Bool
  private let has24Hours: Bool

  private static let afternoon: UInt8 = 1 << 7
  /// The two upper bits in an alarm register mean any value.
  private static let anyValue: UInt8 = 0xC0

  init(registerB: UInt8) {
    isBinary = registerB & RealTimeClockRegisterB.binary != 0
    has24Hours = registerB & RealTimeClockRegisterB.hours24 != 0
  }

  func encode(_ number: Int64) -> UInt8 {
    let number = UInt8(truncatingIfNeeded: number)
    return isBinary ? number : (number / 10) << 4 | number % 10
  }

  func decode(_ register: UInt8) -> Int64 {
    isBinary ? Int64(register) : Int64(register >> 4) * 10 + Int64(register & 0xF)
  }

  func encodeHour(_ hour: Int64) -> UInt8 {
    if has24Hours { return encode(hour) }
    let onDial = encode((hour + 11) % 12 + 1)
    return hour >= 12 ? onDial | Self.afternoon : onDial
  }

  func decodeHour(_ register: UInt8) -> Int64 {
    if has24Hours { return decode(register) }
    let hour = decode(register & ~Self.afternoon) % 12
    return register & Self.afternoon != 0 ? hour + 12 : hour
  }

  /// What an alarm register asks for; `nil` if any value will do.
  func decodeAlarm(_ register: UInt8) -> Int64? {
    register & Self.anyValue == Self.anyValue ? nil : decode(register)
  }

  func decodeHourAlarm(_ register: UInt8) -> Int64? {
    register & Self.anyValue == Self.anyValue ? nil : decodeHour(register)
  }
}

/// When the alarm of the real-time clock rings: at every second that agrees with the fields that are given.
struct RealTimeClockAlarm: Equatable {
  var hour: Int64?
  var minute: Int64?
  var second: Int64?

  /// The first second after `time`, in seconds since 1970, at which it rings; `nil` if it never does.
  func next(after time: Int64) -> Int64? {
    let first = time + 1
    let firstMinute = first.flooredQuotient(by: 60)
    // A day later, every combination of hour and minute has passed.
    for minuteNumber in firstMinute...firstMinute + 1440 {
      let minuteOfDay = minuteNumber - minuteNumber.flooredQuotient(by: 1440) * 1440
      guard hour == nil || hour == minuteOfDay / 60, minute == nil || minute == minuteOfDay % 60 else {
        continue
      }
      let earliest = minuteNumber == firstMinute ? first - firstMinute * 60 : 0
      let wanted = second ?? earliest
      if (earliest..<60).contains(wanted) { return minuteNumber * 60 + wanted }
    }
    return nil
  }
}
