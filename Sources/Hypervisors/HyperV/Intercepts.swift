import Interfaces
import Processor
import X86

/// Accesses of a level that a higher one does not allow (TLFS 15.10 and 15.11).
extension HyperVHypervisor {
  /// See ``ProcessorHypervisor``. The lowest level that has a say and forbids the access gets a message.
  public func intercept(_ access: InterceptedAccess, by processor: VirtualProcessor) {
    let processor = partitionProcessor(processor)
    guard let offset = memory.offset(ofPhysical: access.physical),
      let judge = levels.first(where: { forbids(access, page: Int(offset >> 12), $0, to: processor) })
    else { return }
    statistics.intercepts += 1
    tracePoints.intercepted(access, by: processor)
    let message = SyntheticMessage(
      source: 0, type: .memoryIntercept, payload: payload(access, processor))
    let target = processor[judge.level]
    send(message, to: target, of: processor)
    // The access is tried again until somebody looks at the message: others go first.
    if !target.interrupts.waiting.isEmpty { processor.processor.endTurn() }
  }

  private func forbids(
    _ access: InterceptedAccess, page: Int, _ level: PartitionLevel, to processor: PartitionProcessor
  ) -> Bool {
    guard level.level > processor.active, let protection = level.protection else { return false }
    let permissions = protection[page]
    return switch access.kind {
    case .read: !permissions.contains(.read)
    case .write: !permissions.contains(.write)
    case .execute:
      !permissions.contains(processor.processor.privilegeLevel == 3 ? .userExecute : .kernelExecute)
    }
  }

  private func payload(_ access: InterceptedAccess, _ processor: PartitionProcessor) -> [UInt8] {
    typealias Header = HyperV.InterceptHeader
    typealias Layout = HyperV.MemoryInterceptMessage
    let context = processor.processor.context
    let instruction = Array(processor.processor.instructionBytes.prefix(Self.instructionByteLimit))
    let taskPriority = machine.taskPriority(processor.active, of: processor.number)
    var payload = [UInt8](repeating: 0, count: Layout.size)
    payload.withUnsafeMutableBytes { bytes in
      func put<Number: FixedWidthInteger>(_ value: Number, _ offset: Int) {
        bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Number.self)
      }
      put(processor.index, Header.processor)
      // The length of the instruction is left open, as for every access that may not have been decoded.
      put(taskPriority & 0xF0, Header.lengthAndPriority)
      put(access.interceptAccess.rawValue, Header.access)
      put(state(context, processor), Header.state)
      put(context.cs.base, Header.cs)
      put(context.cs.limit, Header.cs + 8)
      put(context.cs.selector, Header.cs + 12)
      put(context.cs.attributes, Header.cs + 14)
      put(context.instructionPointer, Header.instructionPointer)
      put(context.flags.rawValue, Header.flags)
      put(UInt32(Self.writeBack), Layout.cacheType)
      put(UInt8(instruction.count), Layout.instructionByteCount)
      put(
        access.isFinal ? Self.linearIsValid | Self.linearLeadsToPhysical : Self.linearIsValid, Layout.validity
      )
      put(taskPriority, Layout.taskPriority)
      put(access.linear, Layout.linear)
      put(access.physical, Layout.physical)
      for (number, byte) in instruction.enumerated() { put(byte, Layout.instructionBytes + number) }
    }
    return payload
  }

  private static let instructionByteLimit = 16
  /// The memory type of RAM.
  private static let writeBack = 6
  private static let linearIsValid: UInt8 = 1 << 0
  private static let linearLeadsToPhysical: UInt8 = 1 << 1

  /// See ``HyperV/InterceptHeader/state``.
  private func state(_ context: ProcessorContext, _ processor: PartitionProcessor) -> UInt16 {
    var state = UInt16(processor.processor.privilegeLevel)
    if context.cr0.contains(.protectionEnable) { state |= 1 << 2 }
    if context.cr0.contains(.alignmentMask) { state |= 1 << 3 }
    if context.efer.contains(.lma) { state |= 1 << 4 }
    return state | UInt16(processor.active.rawValue) << 7
  }
}

extension InterceptedAccess {
  var interceptAccess: HyperV.InterceptAccess {
    switch kind {
    case .read: .read
    case .write: .write
    case .execute: .execute
    }
  }
}
