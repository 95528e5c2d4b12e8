import Bedrock
import Interfaces

/// One of the current processor's four synthetic timers.
struct SyntheticTimer {
  let number: UInt32

  /// What a configuration says, in its register.
  struct Options: OptionSet {
    let rawValue: UInt64
    static let enabled = Options(rawValue: 1 << 0)
    static let periodic = Options(rawValue: 1 << 1)
    /// A count enables the timer.
    static let automatic = Options(rawValue: 1 << 3)
    static let direct = Options(rawValue: 1 << 12)
  }

  private var configurationRegister: ModelSpecificRegister {
    ModelSpecificRegister(index: HyperV.SyntheticRegister.timers.lowerBound + 2 * number)
  }
  private var countRegister: ModelSpecificRegister {
    ModelSpecificRegister(index: HyperV.SyntheticRegister.timers.lowerBound + 2 * number + 1)
  }

  /// Configures the timer to raise a vector itself.
  func configure(_ options: Options, vector: UInt8) {
    configurationRegister.write(options.union(.direct).rawValue | UInt64(vector) << 4)
  }

  /// Configures the timer to send messages to an interrupt source.
  func configure(_ options: Options, source: Int) {
    configurationRegister.write(options.rawValue | UInt64(source) << 16)
  }

  var configuration: HyperV.TimerConfiguration {
    HyperV.TimerConfiguration(rawValue: configurationRegister.value)
  }

  /// The time of expiration or the period, in units of 100 ns.
  var count: UInt64 {
    get { countRegister.value }
    nonmutating set { countRegister.write(newValue) }
  }

  /// Stops the timer.
  func reset() {
    configurationRegister.write(0)
    countRegister.write(0)
  }
}
