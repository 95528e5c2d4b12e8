import Bedrock
import Interfaces

/// Firmware for a modem that starts in its first boot loader.
struct ImageTests {
  private static let imageSize = 12_345
  private static let session: UInt32 = 0x2BAD_CAFE

  let bench: ModemBench

  static func add(to list: inout SelfTestList, _ bench: ModemBench) {
    let tests = ImageTests(bench: bench)
    list.test("images that cannot be read are refused, and the modem waits for another", tests.refusal)
    list.test("an image leads to mission mode", tests.download)
  }

  /// Gives the modem an image; what is in it does not matter to this modem.
  static func loadFirmware(_ modem: Modem) throws(ModemError) {
    guard let image = SharedMemory(modem.computer.frames, count: imageSize) else { throw .noMemory }
    for offset in stride(from: 0, to: imageSize - 4, by: 4) {
      image.store32(UInt32(offset) &* 2_654_435_761, at: offset)
    }
    try modem.downloadImage(at: image.address, count: UInt32(imageSize), session: session)
    modem.transitions.append(.ready)
  }

  private func refusal(_ expectations: inout Expectations) {
    let modem = bench.modem
    for (address, size) in [(0xD000_0000, 4096), (1 << 40, 4096), (0x10_0000, 0)] as [(UInt64, UInt32)] {
      do throws(ModemError) {
        try modem.downloadImage(at: address, count: size, session: Self.session)
        expectations.expect(false, "the modem accepts an image that it cannot read")
      } catch {
        guard case .transferFailed(let status) = error else { continue }
        expectations.expect(BHIStatus(rawValue: status).outcome == .error, "BHI_STATUS tells of no error")
      }
    }
  }

  private func download(_ expectations: inout Expectations) { _ = bench.powerUp(&expectations) }
}
