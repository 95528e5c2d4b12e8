import Bus

/// The card that knows who the subscriber is (3GPP TS 31.102), with its PIN and what unblocks it.
struct SubscriberIdentityModule {
  /// What the card must be told before it works.
  enum Lock: UInt8 {
    case none
    case personalIdentificationNumber
    case unblockingKey
    /// No attempts are left at all.
    case blocked
  }

  /// How an attempt to use a secret ended.
  enum Attempt: Equatable {
    case accepted
    case wrong
    /// The attempt makes no sense in the card's state.
    case notAllowed
  }

  /// The International Mobile Subscriber Identity, of the network for tests (TS 23.003, 2.2).
  let subscriberIdentity = "001010000000001"
  /// The card's own number (ITU-T E.118).
  let cardIdentifier = CheckDigit.append(to: "898820100000000001")
  /// The subscriber's telephone number.
  let telephoneNumber = "+15550100"

  private(set) var lock = Lock.none
  /// Whether the card asks for its PIN when it is switched on.
  private(set) var asksForPIN = false
  private(set) var attemptsLeft = Self.attempts
  private(set) var unblockingAttemptsLeft = Self.unblockingAttempts
  private var number = Self.initialPIN

  static let attempts: UInt8 = 3
  static let unblockingAttempts: UInt8 = 10
  private static let initialPIN = Array("1234".utf8)
  private static let unblockingKey = Array("12345678".utf8)
  /// How many digits a PIN may have (TS 31.101, 9.5.1).
  private static let lengths = 4...8

  /// The card is switched on again.
  mutating func powerOn() {
    guard lock == .none || lock == .personalIdentificationNumber else { return }
    lock = asksForPIN ? .personalIdentificationNumber : .none
  }

  /// Uses the PIN.
  mutating func verify(_ pin: [UInt8]) -> Attempt {
    guard lock == .none || lock == .personalIdentificationNumber else { return .notAllowed }
    guard pin == number else {
      attemptsLeft -= 1
      if attemptsLeft == 0 { lock = .unblockingKey }
      return .wrong
    }
    attemptsLeft = Self.attempts
    lock = .none
    return .accepted
  }

  /// Sets a new PIN by the unblocking key.
  mutating func unblock(key: [UInt8], newPIN: [UInt8]) -> Attempt {
    guard lock == .unblockingKey, Self.isPIN(newPIN) else { return .notAllowed }
    guard key == Self.unblockingKey else {
      unblockingAttemptsLeft -= 1
      if unblockingAttemptsLeft == 0 { lock = .blocked }
      return .wrong
    }
    unblockingAttemptsLeft = Self.unblockingAttempts
    attemptsLeft = Self.attempts
    number = newPIN
    lock = .none
    return .accepted
  }

  /// Has the card ask for its PIN from the next time on, or not.
  mutating func setAsksForPIN(_ asks: Bool, pin: [UInt8]) -> Attempt {
    guard lock == .none else { return .notAllowed }
    let attempt = verify(pin)
    if attempt == .accepted { asksForPIN = asks }
    return attempt
  }

  /// Replaces the PIN.
  mutating func changePIN(from old: [UInt8], to new: [UInt8]) -> Attempt {
    guard lock == .none, asksForPIN, Self.isPIN(new) else { return .notAllowed }
    let attempt = verify(old)
    if attempt == .accepted { number = new }
    return attempt
  }

  private static func isPIN(_ digits: [UInt8]) -> Bool {
    lengths.contains(digits.count)
      && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  func save(to writer: inout StateWriter) {
    writer.write(lock.rawValue)
    writer.write(asksForPIN)
    writer.write(attemptsLeft)
    writer.write(unblockingAttemptsLeft)
    writer.write(number)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    guard let lock = Lock(rawValue: try reader.read()) else { throw .invalid }
    self.lock = lock
    asksForPIN = try reader.readBool()
    attemptsLeft = try reader.read()
    unblockingAttemptsLeft = try reader.read()
    number = try reader.readBytes()
    guard attemptsLeft <= Self.attempts, unblockingAttemptsLeft <= Self.unblockingAttempts,
      (lock == .blocked) == (unblockingAttemptsLeft == 0),
      attemptsLeft > 0 || lock == .unblockingKey || lock == .blocked
    else {
      throw .invalid
    }
  }
}
