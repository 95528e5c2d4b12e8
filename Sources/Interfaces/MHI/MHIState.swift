/// The state of a device, as ``MHIStatus`` and events of state changes tell it.
public enum MHIState: UInt8, CaseIterable, Sendable {
  /// The host's rings are forgotten, and none can be set up yet.
  case reset = 0
  /// Rings can be set up.
  case ready = 1
  /// At work.
  case m0 = 2
  /// The device has nothing to do, and asks for M2.
  case m1 = 3
  /// Asleep a little; a doorbell wakes it.
  case m2 = 4
  /// Suspended by the host, with its rings.
  case m3 = 5
  /// M3 without the time that it takes.
  case m3Fast = 6
  /// In the boot host interface.
  case bhi = 7
  /// Something went wrong; only a reset helps.
  case systemError = 0xFF

  /// What Linux calls it.
  public var name: StaticString {
    switch self {
    case .reset: "RESET"
    case .ready: "READY"
    case .m0: "M0"
    case .m1: "M1"
    case .m2: "M2"
    case .m3: "M3"
    case .m3Fast: "M3_FAST"
    case .bhi: "BHI"
    case .systemError: "SYS ERROR"
    }
  }
}

/// What runs on the device.
public enum MHIExecutionEnvironment: UInt8, CaseIterable, Sendable {
  /// PBL: the loader in read-only memory.
  case primaryBootLoader = 0
  /// SBL.
  case secondaryBootLoader = 1
  /// AMSS: the modem's own software.
  case missionMode = 2
  /// RDDM: the device offers its memory after a crash.
  case ramDump = 3
  /// WFW.
  case wlanFirmware = 4
  /// PTHRU.
  case passThrough = 5
  /// EDL.
  case emergencyDownload = 6
  /// FP.
  case flashProgrammer = 7
  /// Only hosts use it: the device is being shut down.
  case disableTransition = 8
  /// Only hosts use it.
  case notSupported = 9

  /// What Linux calls it.
  public var name: StaticString {
    switch self {
    case .primaryBootLoader: "PRIMARY BOOTLOADER"
    case .secondaryBootLoader: "SECONDARY BOOTLOADER"
    case .missionMode: "MISSION MODE"
    case .ramDump: "RAMDUMP DOWNLOAD MODE"
    case .wlanFirmware: "WLAN FIRMWARE"
    case .passThrough: "PASS THROUGH"
    case .emergencyDownload: "EMERGENCY DOWNLOAD"
    case .flashProgrammer: "FLASH PROGRAMMER"
    case .disableTransition: "DISABLE"
    case .notSupported: "NOT SUPPORTED"
    }
  }

  /// A host can power the device up from here (Linux, `MHI_POWER_UP_CAPABLE`).
  public var canPowerUp: Bool {
    switch self {
    case .primaryBootLoader, .missionMode, .passThrough, .emergencyDownload: true
    default: false
    }
  }
}

/// The state of a host's driver.
public enum MHIPowerState: UInt8, CaseIterable, Sendable {
  /// Off.
  case disabled = 0
  /// Waits for the device to be ready.
  case powerOnReset
  /// The device is in M0.
  case m0
  /// The device is in M2.
  case m2
  /// The device was asked for M3.
  case enteringM3
  /// The device is in M3.
  case m3
  /// The device was asked to leave M3.
  case leavingM3
  /// Firmware could not be loaded.
  case firmwareDownloadError
  /// The device crashed.
  case systemErrorDetected
  /// What the crash left is cleared away.
  case systemErrorProcessing
  /// That failed.
  case systemErrorFailure
  /// Going off.
  case shuttingDown
  /// The device is beyond reach.
  case fatalError

  /// What Linux calls it.
  public var name: StaticString {
    switch self {
    case .disabled: "DISABLE"
    case .powerOnReset: "POWER ON RESET"
    case .m0: "M0"
    case .m2: "M2"
    case .enteringM3: "M?->M3"
    case .m3: "M3"
    case .leavingM3: "M3->M0"
    case .firmwareDownloadError: "Firmware Download Error"
    case .systemErrorDetected: "SYS ERROR Detect"
    case .systemErrorProcessing: "SYS ERROR Process"
    case .systemErrorFailure: "SYS ERROR Failure"
    case .shuttingDown: "SHUTDOWN Process"
    case .fatalError: "Linkdown or Error Fatal Detect"
    }
  }
}

/// The steps in which a host's driver changes states.
public enum MHIStateTransition: UInt8, CaseIterable, Sendable {
  case primaryBootLoader = 0
  case ready
  case secondaryBootLoader
  case missionMode
  case flashProgrammer
  case systemError
  case disable
  case disableAndDestroyDevice

  /// What Linux calls it.
  public var name: StaticString {
    switch self {
    case .primaryBootLoader: "PBL"
    case .ready: "READY"
    case .secondaryBootLoader: "SBL"
    case .missionMode: "MISSION MODE"
    case .flashProgrammer: "FLASH PROGRAMMER"
    case .systemError: "SYS ERROR"
    case .disable: "DISABLE"
    case .disableAndDestroyDevice: "DISABLE (DESTROY DEVICE)"
    }
  }
}

/// What a host's driver wants of a channel.
public enum MHIChannelTransition: UInt8, CaseIterable, Sendable {
  case reset = 0
  case stop
  case start

  /// What Linux calls it.
  public var name: StaticString {
    switch self {
    case .reset: "RESET"
    case .stop: "STOP"
    case .start: "START"
    }
  }
}
