import Interfaces
import Testing

/// Against what Linux 6.12 puts into its rings and registers.
@Suite("Layouts of the modem host interface")
struct MHILayoutTests {
  private func bytes(_ element: MHIRingElement) -> [UInt8] {
    withUnsafeTemporaryAllocation(byteCount: MHIRingElement.size, alignment: 1) { buffer in
      guard let start = buffer.baseAddress else { return [] }
      element.write(to: start)
      return Array(buffer)
    }
  }

  @Test("Commands, events and transfers are laid out as Linux lays them out")
  func elements() {
    #expect(MHIRingElement.command(.startChannel, channel: 100).dword1 == 0x6412_0000)
    #expect(
      MHIRingElement.stateChange(to: .m0)
        == MHIRingElement(pointer: 0, dword0: 0x0200_0000, dword1: 0x0020_0000))
    #expect(
      MHIRingElement.executionEnvironment(.missionMode)
        == MHIRingElement(pointer: 0, dword0: 0x0200_0000, dword1: 0x0040_0000))
    #expect(
      MHIRingElement.commandCompletion(at: 0x1234, .success)
        == MHIRingElement(pointer: 0x1234, dword0: 0x0100_0000, dword1: 0x0021_0000))
    #expect(
      MHIRingElement.transferCompletion(at: 16, .endOfTransfer, length: 84, channel: 101)
        == MHIRingElement(pointer: 16, dword0: 0x0200_0054, dword1: 0x6522_0000))
    #expect(
      MHIRingElement.transfer(
        buffer: 0x1FE0_0000, length: 0x4000, flags: [.blockEventInterrupt, .interruptOnEndOfTransfer])
        == MHIRingElement(pointer: 0x1FE0_0000, dword0: 0x4000, dword1: 0x0002_0600))
  }

  @Test("An element in memory reads back as it was written, wherever it lies")
  func elementBytes() {
    let element = MHIRingElement.transferCompletion(
      at: 0x0102_0304_0506_0708, .overflow, length: 0x090A, channel: 0x0B)
    let written = bytes(element)
    #expect(written == [8, 7, 6, 5, 4, 3, 2, 1, 0x0A, 9, 0, 3, 0, 0, 0x22, 0x0B])
    let read = ([0] + written).withUnsafeBytes { $0.baseAddress.map { MHIRingElement(reading: $0 + 1) } }
    #expect(read == element)
    #expect(read?.completionCode == .overflow)
    #expect(read?.length == 0x090A)
    #expect(read?.channel == 0x0B)
    #expect(read?.eventType == .transferCompletion)
  }

  @Test("Registers hold their fields where Linux looks for them")
  func registers() {
    #expect(MHIStatus(state: .ready, isReady: true).rawValue == 0x0101)
    #expect(MHIStatus(state: .systemError, isReady: true).rawValue == 0xFF05)
    #expect(MHIControl(rawValue: 0x0502).requesting(.m0).rawValue == 0x0202)
    #expect(MHIControl(rawValue: 0x0502).asksForReset)
    let configuration = MHIConfiguration(
      channels: 128, hardwareChannels: 2, eventRings: 3, hardwareEventRings: 1)
    #expect(configuration.rawValue == 0x0103_0280)
    #expect(BHIStatus(.success, session: 0xFFFF_FFFF).rawValue == 0xBFFF_FFFF)
    #expect(MHIChannelConfiguration(state: .enabled, burstMode: .enabled).rawValue == 0x0301)
    #expect(MHIInterruptModeration(rawValue: 0x0005_0100).milliseconds == 5)
  }

  @Test("No two blocks of registers overlap")
  func map() {
    #expect(MHIRegister.systemOnChipReset < MHIRegisterMap.bhi)
    let endOfBHI = BHIRegister.publicKeyHash + BHIRegister.publicKeyHashCount * 4
    #expect(MHIRegisterMap.bhi + endOfBHI <= MHIRegisterMap.bhie)
    #expect(MHIRegisterMap.bhie + BHIERegister.receiveVectorStatus < MHIRegisterMap.channelDoorbells)
    let channelDoorbells = UInt32(MHIRegister.channelCount) * MHIRegister.doorbellStride
    #expect(MHIRegisterMap.channelDoorbells + channelDoorbells <= MHIRegisterMap.eventDoorbells)
    #expect(MHIRegisterMap.end <= MHIRegisterMap.size)
  }

  @Test("Every event declares the fields that its format shows")
  func endpointEvents() {
    for event in MHIEndpointTraceEvents.all {
      let conversions = event.format.description.split(separator: "%", omittingEmptySubsequences: false)
      #expect(conversions.count - 1 == event.arguments.count, "\(event.name)")
    }
    #expect(MHIEndpointTraceEvents.all.count == 10)
  }
}
