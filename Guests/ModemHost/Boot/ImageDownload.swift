import Bedrock
import Interfaces

/// Firmware for a modem that has none yet.
extension Modem {
  private static let downloadTime: UInt64 = 2000

  /// Gives the first boot loader an image in one piece (BHI).
  func downloadImage(at address: UInt64, count: UInt32, session: UInt32) throws(ModemError) {
    let bhi = registers.bhi
    registers[bhi + BHIRegister.status] = 0
    registers.store(address, at: bhi + BHIRegister.imageAddress)
    registers[bhi + BHIRegister.imageSize] = count
    registers[bhi + BHIRegister.imageDoorbell] = session & BHIStatus.sessionMask
    try awaitSuccess(of: bhi + BHIRegister.status, session)
  }

  /// Gives the second boot loader an image in segments (BHIE).
  func downloadSegments(_ vector: SegmentVector, sequence: UInt32) throws(ModemError) {
    let bhie = registers.bhie
    registers.store(vector.table.address, at: bhie + BHIERegister.transmitVectorAddress)
    registers[bhie + BHIERegister.transmitVectorSize] = vector.size
    registers[bhie + BHIERegister.transmitVectorDoorbell] = sequence & BHIStatus.sessionMask
    try awaitSuccess(of: bhie + BHIERegister.transmitVectorStatus, sequence)
  }

  /// Tells the modem where to put its memory when it crashes. To be called before it is brought up.
  func prepareDump(into vector: SegmentVector, sequence: UInt32) {
    let bhie = registers.bhie
    for offset in stride(
      from: BHIERegister.receiveVectorAddress, to: BHIERegister.receiveVectorStatus + 4, by: 4)
    {
      registers[bhie + offset] = 0
    }
    registers.store(vector.table.address, at: bhie + BHIERegister.receiveVectorAddress)
    registers[bhie + BHIERegister.receiveVectorSize] = vector.size
    registers[bhie + BHIERegister.receiveVectorDoorbell] = sequence & BHIStatus.sessionMask
  }

  /// Waits for the dump of a modem that crashed.
  func awaitDump(sequence: UInt32) throws(ModemError) {
    try awaitSuccess(of: registers.bhie + BHIERegister.receiveVectorStatus, sequence)
  }

  private func awaitSuccess(of register: UInt32, _ session: UInt32) throws(ModemError) {
    _ = computer.delay.wait(microseconds: Self.downloadTime * 1000) {
      BHIStatus(rawValue: registers[register]).outcome != .reset
    }
    let status = registers[register]
    guard status == BHIStatus(.success, session: session).rawValue else {
      throw .transferFailed(status: status)
    }
  }
}
