/// Where the endpoint of this machine puts its blocks: offsets from the start of its base address register.
///
/// A host reads them from ``MHIRegister``; nothing else may rely on them. They are where the registers of Linux's
/// endpoint are.
public enum MHIRegisterMap {
  /// ``MHIRegister``.
  public static let registers: UInt32 = 0x000
  /// ``BHIRegister``.
  public static let bhi: UInt32 = 0x100
  /// ``BHIERegister``.
  public static let bhie: UInt32 = 0x200
  /// The doorbells of the channels.
  public static let channelDoorbells: UInt32 = 0x300
  /// The doorbells of the event rings.
  public static let eventDoorbells: UInt32 = 0x700
  /// The end of the doorbells of the event rings: there can be ``eventRingCount``.
  public static let end: UInt32 = eventDoorbells + UInt32(eventRingCount) * MHIRegister.doorbellStride
  /// The doorbells of event rings that there are.
  public static let eventRingCount = 255
  /// The size of the base address register.
  public static let size: UInt32 = 0x1000
}

extension MHITraceSymbols {
  /// The registers by their offsets from the start of the base address register.
  static let registers: [TraceSymbol] =
    block(
      MHIRegisterMap.registers,
      [
        (MHIRegister.length, "MHIREGLEN"), (MHIRegister.version, "MHIVER"),
        (MHIRegister.configuration, "MHICFG"), (MHIRegister.channelDoorbellOffset, "CHDBOFF"),
        (MHIRegister.eventDoorbellOffset, "ERDBOFF"), (MHIRegister.bhiOffset, "BHIOFF"),
        (MHIRegister.bhieOffset, "BHIEOFF"), (MHIRegister.debugOffset, "DEBUGOFF"),
        (MHIRegister.control, "MHICTRL"), (MHIRegister.status, "MHISTATUS"),
        (MHIRegister.channelContextBase, "CCABAP_LOWER"),
        (MHIRegister.channelContextBase + 4, "CCABAP_HIGHER"),
        (MHIRegister.eventContextBase, "ECABAP_LOWER"), (MHIRegister.eventContextBase + 4, "ECABAP_HIGHER"),
        (MHIRegister.commandContextBase, "CRCBAP_LOWER"),
        (MHIRegister.commandContextBase + 4, "CRCBAP_HIGHER"),
        (MHIRegister.commandDoorbell, "CRDB_LOWER"), (MHIRegister.commandDoorbell + 4, "CRDB_HIGHER"),
        (MHIRegister.controlBase, "MHICTRLBASE_LOWER"), (MHIRegister.controlBase + 4, "MHICTRLBASE_HIGHER"),
        (MHIRegister.controlLimit, "MHICTRLLIMIT_LOWER"),
        (MHIRegister.controlLimit + 4, "MHICTRLLIMIT_HIGHER"),
        (MHIRegister.dataBase, "MHIDATABASE_LOWER"), (MHIRegister.dataBase + 4, "MHIDATABASE_HIGHER"),
        (MHIRegister.dataLimit, "MHIDATALIMIT_LOWER"), (MHIRegister.dataLimit + 4, "MHIDATALIMIT_HIGHER"),
        (MHIRegister.systemOnChipReset, "SOC_RESET_REQ"),
      ])
    + block(
      MHIRegisterMap.bhi,
      [
        (BHIRegister.minorVersion, "BHI_VERSION_MINOR"), (BHIRegister.majorVersion, "BHI_VERSION_MAJOR"),
        (BHIRegister.imageAddress, "BHI_IMGADDR_LOW"), (BHIRegister.imageAddress + 4, "BHI_IMGADDR_HIGH"),
        (BHIRegister.imageSize, "BHI_IMGSIZE"), (BHIRegister.imageDoorbell, "BHI_IMGTXDB"),
        (BHIRegister.interruptVector, "BHI_INTVEC"), (BHIRegister.executionEnvironment, "BHI_EXECENV"),
        (BHIRegister.status, "BHI_STATUS"), (BHIRegister.errorCode, "BHI_ERRCODE"),
        (BHIRegister.errorDetails, "BHI_ERRDBG1"), (BHIRegister.errorDetails + 4, "BHI_ERRDBG2"),
        (BHIRegister.errorDetails + 8, "BHI_ERRDBG3"), (BHIRegister.serialNumber, "BHI_SERIALNU"),
        (BHIRegister.antiRollbackVersion, "BHI_SBLANTIROLLVER"), (BHIRegister.segmentCount, "BHI_NUMSEG"),
      ])
    + block(
      MHIRegisterMap.bhie,
      [
        (BHIERegister.systemOnChip, "BHIE_MSMSOCID"),
        (BHIERegister.transmitVectorAddress, "BHIE_TXVECADDR_LOW"),
        (BHIERegister.transmitVectorAddress + 4, "BHIE_TXVECADDR_HIGH"),
        (BHIERegister.transmitVectorSize, "BHIE_TXVECSIZE"),
        (BHIERegister.transmitVectorDoorbell, "BHIE_TXVECDB"),
        (BHIERegister.transmitVectorStatus, "BHIE_TXVECSTATUS"),
        (BHIERegister.receiveVectorAddress, "BHIE_RXVECADDR_LOW"),
        (BHIERegister.receiveVectorAddress + 4, "BHIE_RXVECADDR_HIGH"),
        (BHIERegister.receiveVectorSize, "BHIE_RXVECSIZE"),
        (BHIERegister.receiveVectorDoorbell, "BHIE_RXVECDB"),
        (BHIERegister.receiveVectorStatus, "BHIE_RXVECSTATUS"),
      ])

  private static func block(_ start: UInt32, _ registers: [(UInt32, StaticString)]) -> [TraceSymbol] {
    registers.map { TraceSymbol(Int64(start + $0.0), $0.1) }
  }
}
