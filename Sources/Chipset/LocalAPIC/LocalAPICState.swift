import Bus
import Interfaces

extension LocalAPIC {
  /// Writes every register, the pins and the timer.
  public func save(to writer: inout StateWriter) {
    writer.write(mode.rawValue)
    writer.write(baseAddress)
    writer.write(memoryIdentifier)
    requests.save(to: &writer)
    inService.save(to: &writer)
    levelTriggered.save(to: &writer)
    automaticVectors.save(to: &writer)
    writer.write(taskPriorityRegister)
    writer.write(logicalID)
    writer.write(destinationFormat)
    writer.write(spuriousInterrupt)
    writer.write(errorStatus.rawValue)
    writer.write(pendingErrors.rawValue)
    writer.write(interruptCommand.rawValue)
    localVectors.save(to: &writer)
    writer.write(pins)
    writer.write(hasExternalMessage)
    timer.save(to: &writer)
    writer.write(rawDeadline)
    writer.write(timeStampCounterOffset)
    writer.write(timerAlarm.deadline)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    guard let mode = Mode(rawValue: try reader.read()) else { throw .invalid }
    self.mode = mode
    baseAddress = try reader.read()
    guard baseAddress & ~addressMask == 0 else { throw .invalid }
    memoryIdentifier = try reader.read()
    try requests.restore(from: &reader)
    try inService.restore(from: &reader)
    try levelTriggered.restore(from: &reader)
    try automaticVectors.restore(from: &reader)
    let taskPriority: UInt8 = try reader.read()
    logicalID = try reader.read()
    destinationFormat = try reader.read()
    spuriousInterrupt = try reader.read()
    guard spuriousInterrupt & ~SpuriousInterrupt.writable == 0 else { throw .invalid }
    errorStatus = try readErrors(from: &reader)
    pendingErrors = try readErrors(from: &reader)
    interruptCommand.rawValue = try reader.read()
    try localVectors.restore(from: &reader)
    pins = try reader.read()
    guard pins <= 3 else { throw .invalid }
    hasExternalMessage = try reader.readBool()
    try timer.restore(from: &reader)
    rawDeadline = try reader.read()
    timeStampCounterOffset = try reader.read()
    timerAlarm.set(at: try reader.read())
    restoreTaskPriority(taskPriority)
  }

  private func readErrors(from reader: inout StateReader) throws(StateError) -> LocalAPICErrors {
    let errors = LocalAPICErrors(rawValue: try reader.read())
    guard errors.isSubset(of: .all) else { throw .invalid }
    return errors
  }
}
