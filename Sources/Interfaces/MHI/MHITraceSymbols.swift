/// The names of numbers in events.
enum MHITraceSymbols {
  static let states = MHIState.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let executionEnvironments = MHIExecutionEnvironment.allCases.map {
    TraceSymbol(Int64($0.rawValue), $0.name)
  }
  static let powerStates = MHIPowerState.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let stateTransitions = MHIStateTransition.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let channelTransitions = MHIChannelTransition.allCases.map {
    TraceSymbol(Int64($0.rawValue), $0.name)
  }
  static let commands = MHICommand.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let eventTypes = MHIEventType.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let completionCodes = MHICompletionCode.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
}
