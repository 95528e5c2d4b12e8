import Bedrock

/// Addresses or other numbers that handlers note, in their order.
final class AddressRecord: @unchecked Sendable {
  private let lock = SpinLock()
  private var storage: [UInt64] = []

  var addresses: [UInt64] { lock.withLock { storage } }

  func append(_ address: UInt64) { lock.withLock { storage.append(address) } }
}
