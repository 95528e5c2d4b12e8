import Bus
import Interfaces
import Processor

/// The partition's state for the hash of a run.
extension HyperVHypervisor {
  /// Writes everything that the partition can notice, in a fixed order.
  public func save(to writer: inout StateWriter) {
    for level in levels { save(level, to: &writer) }
    for processor in processors {
      writer.write(processor.active.rawValue)
      writer.write(processor.isStarted)
      for level in processor.levels { save(level, of: processor, to: &writer) }
    }
    for parameter in crashParameters { writer.write(parameter) }
    let overlays = UnsafeRawBufferPointer(
      start: bytes(ofOverlay: 0), count: memory.overlayPageCount * HyperV.pageSize)
    writer.write(Array(overlays))
  }

  private func save(_ level: PartitionLevel, to writer: inout StateWriter) {
    writer.write(level.isEnabled)
    writer.write(level.separatesUserExecution)
    writer.write(level.guestIdentity)
    writer.write(level.hypercall.rawValue)
    writer.write(level.referencePage.rawValue)
    writer.write(level.revealsInvariantCounter)
    writer.write(level.configuration.rawValue)
    guard let protection = level.protection else { return }
    for page in 0..<Int(memory.size) / GuestMemory.pageSize { writer.write(protection[page].rawValue) }
  }

  private func save(
    _ level: ProcessorLevel, of processor: PartitionProcessor, to writer: inout StateWriter
  ) {
    writer.write(level.isEnabled)
    // What runs is in the processor.
    if level.isEnabled, processor.active != level.level { level.context.save(to: &writer) }
    writer.write(level.assistPage.rawValue)
    writer.write(level.interruptNotification.rawValue)
    writer.write(level.interrupts.control)
    writer.write(level.interrupts.eventFlagsPage.rawValue)
    writer.write(level.interrupts.messagePage.rawValue)
    for source in level.interrupts.sources { writer.write(source.rawValue) }
    for message in level.interrupts.waiting {
      writer.write(UInt8(message.source))
      writer.write(message.type.rawValue)
      writer.write(message.payload)
    }
    for timer in level.timers {
      writer.write(timer.configuration.rawValue)
      writer.write(timer.expiration)
      writer.write(timer.due)
    }
  }
}
