import Bedrock

/// What a program does to a page.
enum PageAccess: CaseIterable {
  case read, write, fetch

  var routine: ProbeRoutine {
    switch self {
    case .read: probeRead
    case .write: probeWrite
    case .fetch: probeExecute
    }
  }

  var name: StaticString {
    switch self {
    case .read: "read"
    case .write: "write"
    case .fetch: "fetch"
    }
  }
}

/// What decides, apart from the page's own rights, whether an access is permitted.
struct AccessContext {
  var program = Program.kernel64
  var isWriteProtected = true
  var preventsSupervisorExecution = false
  var preventsSupervisorAccess = false
  /// RFLAGS.AC, which lets the supervisor pass in spite of SMAP.
  var isAccessAllowed = false

  /// Runs `body` with the control bits set so. The image itself is in supervisor pages.
  func apply<Result>(_ body: () -> Result) -> Result {
    let cr0 = ControlRegister0.current
    let cr4 = ControlRegister4.current
    if !isWriteProtected { ControlRegister0.current = cr0.subtracting(.writeProtect) }
    var prevention: ControlRegister4 = []
    if preventsSupervisorExecution { prevention.insert(.supervisorExecutionPrevention) }
    if preventsSupervisorAccess { prevention.insert(.supervisorAccessPrevention) }
    if !prevention.isEmpty { ControlRegister4.current = cr4.union(prevention) }
    defer {
      if !prevention.isEmpty { ControlRegister4.current = cr4 }
      ControlRegister0.current = cr0
    }
    return body()
  }

  /// The error code of the fault that an access raises, or nil if it is permitted: AMD64 APM volume 2,
  /// sections 5.6 and 8.4.2.
  func fault(_ access: PageAccess, isPresent: Bool, _ rights: PageAttributes) -> PageFaultCode? {
    let isUser = program.isUser
    var code: PageFaultCode = isUser ? .user : []
    if access == .write { code.insert(.write) }
    // Bit 4 tells fetches only if something can be refused to them alone.
    if access == .fetch, preventsSupervisorExecution || ExtendedFeatures.current.contains(.noExecuteEnable) {
      code.insert(.fetch)
    }
    guard isPresent else { return code }
    code.insert(.protection)
    if isUser, !rights.contains(.user) { return code }
    switch access {
    case .read, .write:
      if !isUser, rights.contains(.user), preventsSupervisorAccess, !isAccessAllowed { return code }
      if access == .write, !rights.contains(.writable), isUser || isWriteProtected { return code }
    case .fetch:
      if rights.contains(.noExecute) { return code }
      if !isUser, rights.contains(.user), preventsSupervisorExecution { return code }
    }
    return nil
  }
}
