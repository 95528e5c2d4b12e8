import Glibc
import Synchronization

/// The signals that arrived since somebody last asked.
///
/// The handler only notes them and wakes whoever waits in `poll`: everything else happens between two rounds of
/// the machine.
enum HostSignals {
  /// Signals that end a run.
  static let ending = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]
  /// Signals about the terminal.
  private static let terminal = [SIGTSTP, SIGCONT, SIGWINCH]
  /// Signals of a defect of this program, or of the host.
  private static let fatal = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

  private static let pending = Atomic<UInt64>(0)
  private static let wakeWriter = Atomic<Int32>(-1)
  private static let wakeReader = Atomic<Int32>(-1)

  /// Becomes readable when a signal arrives; negative before ``install()``.
  static var wakeDescriptor: Int32 { wakeReader.load(ordering: .relaxed) }

  /// Begins to note signals. A signal that was ignored, as under `nohup`, still is.
  static func install() {
    guard wakeDescriptor < 0 else { return }
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) == 0 {
      for end in ends { Descriptor.makePrivateAndNonblocking(end) }
      wakeReader.store(ends[0], ordering: .relaxed)
      wakeWriter.store(ends[1], ordering: .relaxed)
    }
    for number in ending + terminal { handle(number, by: { HostSignals.note($0) }) }
    installFatalHandlers()
    // A reader of our output that has gone is an error of `write`.
    signal(SIGPIPE, SIG_IGN)
    unblock()
  }

  /// Lets signals through that whoever started this process held back.
  private static func unblock() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in ending + terminal { sigaddset(&signals, number) }
    sigprocmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Takes note that a signal was dealt with; `true` if it had arrived.
  static func take(_ number: Int32) -> Bool {
    pending.bitwiseAnd(~bit(number), ordering: .relaxed).oldValue & bit(number) != 0
  }

  /// The first signal that ends a run and has arrived.
  static var endingSignal: Int32? {
    let pending = self.pending.load(ordering: .relaxed)
    guard pending != 0 else { return nil }
    return ending.first { pending & bit($0) != 0 }
  }

  /// Whether any signal has arrived that nobody has dealt with.
  static var arePending: Bool { pending.load(ordering: .relaxed) != 0 }

  /// Empties what wakes `poll`. To be called before the signals are looked at.
  static func clearWake() {
    var bytes: (UInt64, UInt64) = (0, 0)
    while read(wakeDescriptor, &bytes, MemoryLayout.size(ofValue: bytes)) > 0 {}
  }

  /// Does what a signal does to a program that knows nothing of it: it stops, or ends.
  static func performDefault(_ number: Int32) {
    var former = sigaction()
    var action = sigaction()
    sigaction(number, &action, &former)
    raise(number)
    sigaction(number, &former, nil)
  }

  private static func bit(_ number: Int32) -> UInt64 { 1 << UInt64(number & 63) }

  /// Runs in the handler of a signal.
  private static func note(_ number: Int32) {
    let savedError = errno
    let earlier = pending.bitwiseOr(bit(number), ordering: .relaxed).oldValue
    if earlier & bit(number) != 0, isEnding(number) {
      // Nobody looked at the first one: the process hangs somewhere. The second one ends it.
      Terminal.restoreFromSignalHandler()
      signal(number, SIG_DFL)
      raise(number)
    }
    var byte: UInt8 = 0
    write(wakeWriter.load(ordering: .relaxed), &byte, 1)
    errno = savedError
  }

  /// Without an array, which a handler must not touch.
  private static func isEnding(_ number: Int32) -> Bool {
    switch number {
    case SIGHUP, SIGINT, SIGQUIT, SIGTERM: true
    default: false
    }
  }

  /// The address of the handlers from before, by number: those of Swift's runtime print a backtrace.
  private static let formerActions = Atomic<UInt>(0)

  private static func installFatalHandlers() {
    let former = UnsafeMutablePointer<sigaction>.allocate(capacity: 64)
    former.initialize(repeating: sigaction(), count: 64)
    for number in fatal { sigaction(number, nil, former + Int(number)) }
    formerActions.store(UInt(bitPattern: former), ordering: .releasing)
    for number in fatal { handle(number, by: { HostSignals.restoreAndFail($0) }) }
  }

  /// Runs in the handler of a fatal signal: gives the terminal back and lets the signal do its work.
  private static func restoreAndFail(_ number: Int32) {
    Terminal.restoreFromSignalHandler()
    guard let former = UnsafePointer<sigaction>(bitPattern: formerActions.load(ordering: .acquiring)) else {
      return
    }
    sigaction(number, former + Int(number & 63), nil)
    raise(number)
  }

  private static func handle(_ number: Int32, by handler: @convention(c) (Int32) -> Void) {
    var former = sigaction()
    guard sigaction(number, nil, &former) == 0 else { return }
    let isIgnored =
      unsafeBitCast(former.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
    guard !isIgnored else { return }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    sigaction(number, &action, nil)
  }
}
