import Interfaces

/// What a crashed modem's memory looks like: every doubleword tells where it is.
public enum MHIMemoryDump {
  /// The doubleword at an offset, a multiple of 4.
  public static func word(at offset: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: offset) ^ 0x4D44_4452
  }

  /// The byte at an offset.
  public static func byte(at offset: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: word(at: offset & ~3) >> UInt32((offset & 3) * 8))
  }
}

extension MHIEndpoint {
  /// The host made room for a dump, or takes it back with the sequence 0.
  func armDump(sequence: UInt32) {
    let bhie = MHIRegisterMap.bhie
    status.dumpSequence = sequence == 0 ? nil : sequence
    trace.boot(
      .dumpArmed, address: registers.address(bhie + BHIERegister.receiveVectorAddress),
      size: UInt64(registers[bhie + BHIERegister.receiveVectorSize]), session: sequence, 0)
  }

  /// The modem's software crashed: its memory goes to where the host made room, and the host is told.
  func dumpMemory(_ cause: MHIEndpointTraceEvents.Cause) {
    guard status.state != .systemError else { return }
    change(to: .ramDump, cause)
    if let sequence = status.dumpSequence {
      status.dumpSequence = nil
      storeDump(sequence: sequence)
    }
    enterSystemError(cause)
  }

  private func storeDump(sequence: UInt32) {
    let bhie = MHIRegisterMap.bhie
    let table = registers.address(bhie + BHIERegister.receiveVectorAddress)
    let size = UInt64(registers[bhie + BHIERegister.receiveVectorSize])
    var offset: UInt64 = 0
    let isDone = forEachSegment(of: table, size) { address, count in
      defer { offset += count }
      return storeDump(address, count, from: offset)
    }
    let result = BHIStatus(isDone ? .success : .error, session: sequence)
    registers[bhie + BHIERegister.receiveVectorStatus] = result.rawValue
    trace.boot(
      isDone ? .dumpDone : .dumpFailed, address: table, size: offset, session: sequence, result.rawValue)
    if !isDone { report(MHIHostError(violation: .badImage, ring: 0, value: table)) }
  }

  private func storeDump(_ address: UInt64, _ size: UInt64, from offset: UInt64) -> Bool {
    var done: UInt64 = 0
    while done < size {
      let count = Int(min(size - done, UInt64(imageBuffer.count)))
      for index in 0..<count {
        imageBuffer[index] = MHIMemoryDump.byte(at: offset &+ done &+ UInt64(index))
      }
      guard
        memory.writeImage(
          address &+ done, from: UnsafeRawBufferPointer(rebasing: imageBuffer[..<count]))
      else { return false }
      done += UInt64(count)
    }
    return true
  }
}
