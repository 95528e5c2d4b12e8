/// A moment in the Gregorian calendar, to the second, without a time zone.
///
/// The fields may have any values: ``secondsSince1970`` counts on beyond their ranges.
public struct CalendarTime: Equatable, Sendable {
  /// The year of the common era.
  public var year: Int64
  /// 1 to 12.
  public var month: Int64
  /// 1 to 31.
  public var day: Int64
  /// 0 to 23.
  public var hour: Int64
  /// 0 to 59.
  public var minute: Int64
  /// 0 to 59.
  public var second: Int64

  /// The length of a day without leap seconds.
  public static let secondsPerDay: Int64 = 86_400
  /// What all clocks show when a machine is switched on: 1 January 2026, 00:00:00 UTC, in seconds since 1970.
  public static let powerOn: Int64 = 1_767_225_600

  private static let daysPer400Years: Int64 = 146_097
  /// From 1 March of the year 0 to 1 January 1970.
  private static let daysToEpoch: Int64 = 719_468

  /// The moment with these fields.
  public init(year: Int64, month: Int64, day: Int64, hour: Int64 = 0, minute: Int64 = 0, second: Int64 = 0) {
    (self.year, self.month, self.day) = (year, month, day)
    (self.hour, self.minute, self.second) = (hour, minute, second)
  }
}

extension CalendarTime {
  /// The fields for a number of seconds since the beginning of 1970, from year 0 on.
  public init(secondsSince1970 seconds: Int64) {
    let days = seconds.flooredQuotient(by: Self.secondsPerDay)
    let rest = seconds - days * Self.secondsPerDay
    // Years begin in March here, so that the day that leap years add is the last one.
    let shifted = days + Self.daysToEpoch
    let era = shifted.flooredQuotient(by: Self.daysPer400Years)
    let dayOfEra = shifted - era * Self.daysPer400Years
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    hour = rest / 3600
    minute = rest / 60 % 60
    second = rest % 60
  }

  /// The number of seconds since the beginning of 1970.
  public var secondsSince1970: Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let era = marchYear.flooredQuotient(by: 400)
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * Self.daysPer400Years + dayOfEra - Self.daysToEpoch
    return days * Self.secondsPerDay + hour * 3600 + minute * 60 + second
  }

  /// The day of the week of a day since 1 January 1970, which was a Thursday; 1 is Sunday.
  public static func dayOfWeek(daysSince1970 days: Int64) -> Int64 {
    let sinceSunday = days + 4
    return sinceSunday - sinceSunday.flooredQuotient(by: 7) * 7 + 1
  }
}

extension Int64 {
  /// The quotient rounded towards negative infinity; `divisor` is positive.
  public func flooredQuotient(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
