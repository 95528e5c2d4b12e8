import Interfaces

extension MHIEndpoint {
  // MARK: Reads

  func readRegister(_ offset: UInt32) -> UInt32 {
    let value = register(offset)
    trace.registerAccess(.read, offset: offset, value: value)
    return value
  }

  private func register(_ offset: UInt32) -> UInt32 {
    switch offset {
    case MHIRegister.status: MHIStatus(state: status.state, isReady: status.isReady).rawValue
    case MHIRegister.channelDoorbellOffset where faults.lasting.contains(.badDoorbellOffset):
      MHIRegisterMap.size - MHIRegister.doorbellStride / 2
    case MHIRegisterMap.bhi + BHIRegister.executionEnvironment: UInt32(status.environment.rawValue)
    default: registers[offset]
    }
  }

  // MARK: Writes

  func writeRegister(_ offset: UInt32, _ value: UInt32) {
    trace.registerAccess(.write, offset: offset, value: value)
    registers.write(offset, value)
    switch MHIRegisterMap.block(of: offset) {
    case .mhi: writeMHI(offset, value)
    case .bhi: writeBHI(offset - MHIRegisterMap.bhi, value)
    case .bhie: writeBHIE(offset - MHIRegisterMap.bhie, value)
    case .doorbells: writeDoorbell(offset, value)
    case .none: break
    }
  }

  private func writeMHI(_ offset: UInt32, _ value: UInt32) {
    switch offset {
    case MHIRegister.control: writeControl(MHIControl(rawValue: value))
    case MHIRegister.channelContextBase..<MHIRegister.commandDoorbell: status.basesChanged = true
    case MHIRegister.commandDoorbell + 4: doorbellHalves.command = value
    case MHIRegister.commandDoorbell:
      ringCommandDoorbell(UInt64(doorbellHalves.command) << 32 | UInt64(value))
    case MHIRegister.controlBase..<MHIRegister.dataBase:
      memory.control = registers.window(from: MHIRegister.controlBase, to: MHIRegister.controlLimit)
    case MHIRegister.dataBase..<MHIRegister.systemOnChipReset:
      memory.data = registers.window(from: MHIRegister.dataBase, to: MHIRegister.dataLimit)
    case MHIRegister.systemOnChipReset:
      if value & 1 != 0 { resetSystemOnChip() }
    default: break
    }
  }

  private func writeBHI(_ offset: UInt32, _ value: UInt32) {
    if offset == BHIRegister.imageDoorbell { downloadImage(session: value & BHIStatus.sessionMask) }
  }

  private func writeBHIE(_ offset: UInt32, _ value: UInt32) {
    switch offset {
    case BHIERegister.transmitVectorDoorbell: downloadVector(sequence: value & BHIStatus.sessionMask)
    case BHIERegister.receiveVectorDoorbell: armDump(sequence: value & BHIStatus.sessionMask)
    default: break
    }
  }
}
