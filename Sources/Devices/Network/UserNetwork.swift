import HostNetwork

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why there is no network in user space.
public enum UserNetworkError: Error, Equatable, CustomStringConvertible {
  /// The library is not installed.
  case libraryMissing
  /// The library lacks functions.
  case libraryTooOld
  /// The library refuses.
  case refused

  /// One line that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .libraryMissing: "net=user needs libslirp: install libslirp0 (apt-get install libslirp0)"
    case .libraryTooOld: "net=user needs libslirp 4.1 or later: update libslirp0"
    case .refused: "libslirp refuses to make a network"
    }
  }
}

/// A network of the guest's own, whose connections the host makes in its own name: libslirp.
///
/// It needs no rights. Connections to the gateway reach the host itself. The library talks Ethernet; here it is
/// the only station, at the other end of a wire on which the guest has an address of Ethernet without knowing it.
public final class UserNetwork: NetworkBackend {
  /// The guest is 10.0.2.15/24; the gateway, the host, is 10.0.2.2; and 10.0.2.3 knows names.
  public let addresses = NetworkAddresses(
    guest: IPv4Address(10, 0, 2, 15), prefixLength: 24, gateway: IPv4Address(10, 0, 2, 2),
    nameServer: IPv4Address(10, 0, 2, 3))
  /// See ``NetworkBackend``.
  public var deliver: ((UnsafeRawBufferPointer) -> Bool)?

  /// The longest packets that an interface can carry whole.
  public static let maximumTransmissionUnits = 576...16_384

  private let library: SlirpLibrary
  /// The library keeps the pointer to its callbacks.
  private let callbacks: UnsafeMutablePointer<slirp_callbacks>
  private var network: OpaquePointer?

  /// What the guest has no room for. The library sends within a window for each connection, and is not looked
  /// at while the queue is half full, so that only what is connectionless is ever lost.
  private let queue = PacketQueue(capacity: 4 << 20, maximumLength: 65_535)
  private let frame = PacketBuffer(capacity: EthernetShim.headerLength + 65_535)
  private var shim = EthernetShim()
  private var hasDelivered = false
  /// What the library waits for, in its order.
  private var requests: [pollfd] = []

  /// A network whose packets have up to `maximumTransmissionUnit` bytes.
  public init(maximumTransmissionUnit: Int = maximumTransmissionUnits.upperBound) throws(UserNetworkError) {
    library = try SlirpLibrary()
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(to: Self.callbacks)
    let limits = Self.maximumTransmissionUnits
    let unit = min(max(maximumTransmissionUnit, limits.lowerBound), limits.upperBound)
    var configuration = slirp_configuration()
    configuration.version = 1
    configuration.has_version4 = true
    configuration.network = in_addr(s_addr: (addresses.guest.bits & addresses.mask.bits).bigEndian)
    configuration.mask = in_addr(s_addr: addresses.mask.bits.bigEndian)
    configuration.gateway = in_addr(s_addr: addresses.gateway.bits.bigEndian)
    configuration.first_dhcp_address = in_addr(s_addr: addresses.guest.bits.bigEndian)
    configuration.name_server = in_addr(s_addr: (addresses.nameServer ?? addresses.gateway).bits.bigEndian)
    configuration.transmission_unit = unit
    configuration.reception_unit = unit
    network = library.make(&configuration, callbacks, Unmanaged.passUnretained(self).toOpaque())
    guard network != nil else { throw .refused }
    EthernetShim.announce(addresses.guest, in: frame) { input($0) }
  }

  deinit {
    if let network { library.cleanUp(network) }
    callbacks.deallocate()
  }

  /// Hands the library a packet, which may lead to packets for the guest at once.
  public func send(_ packet: UnsafeRawBufferPointer) {
    EthernetShim.wrap(packet, in: frame) { input($0) }
    answerAddressRequest()
  }

  /// Lets the library look at its sockets.
  public func poll() -> Bool {
    hasDelivered = false
    drain()
    if queue.usedBytes <= queue.capacity / 2 { pollSockets() }
    return hasDelivered
  }

  /// Waits for the sockets of the guest's connections; without any, nothing can arrive.
  public func prepareToWait(_ wait: inout NetworkWait) {
    // The guest has to take something first, and then it is not idle.
    guard queue.usedBytes <= queue.capacity / 2 else { return }
    let limit = fillRequests()
    for request in requests { wait.watch(request.fd, for: request.events) }
    if limit != .max { wait.limit(to: UInt64(limit) * 1_000_000) }
  }

  // MARK: The library

  private var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  private static func network(at context: UnsafeMutableRawPointer?) -> UserNetwork? {
    context.map { Unmanaged<UserNetwork>.fromOpaque($0).takeUnretainedValue() }
  }

  /// - Returns: the longest time to wait in milliseconds; `UInt32.max` if there is no limit.
  private func fillRequests() -> UInt32 {
    requests.removeAll(keepingCapacity: true)
    var milliseconds = UInt32.max
    library.fill(
      network, &milliseconds,
      { descriptor, events, context in
        UserNetwork.network(at: context)?.addRequest(descriptor, events) ?? -1
      }, context)
    return milliseconds
  }

  private func addRequest(_ descriptor: Int32, _ events: Int32) -> Int32 {
    requests.append(pollfd(fd: descriptor, events: SlirpEvents.host(events), revents: 0))
    return Int32(truncatingIfNeeded: requests.count - 1)
  }

  private func pollSockets() {
    _ = fillRequests()
    #if canImport(Darwin)
      let result = Darwin.poll(&requests, nfds_t(requests.count), 0)
    #elseif canImport(Musl)
      let result = Musl.poll(&requests, nfds_t(requests.count), 0)
    #else
      let result = Glibc.poll(&requests, nfds_t(requests.count), 0)
    #endif
    library.poll(
      network, result < 0 ? 1 : 0,
      { index, context in UserNetwork.network(at: context)?.events(of: index) ?? 0 }, context)
    answerAddressRequest()
  }

  private func events(of index: Int32) -> Int32 {
    guard requests.indices.contains(Int(index)) else { return 0 }
    return SlirpEvents.library(requests[Int(index)].revents)
  }

  private func input(_ frame: UnsafeRawBufferPointer) {
    guard let bytes = frame.bindMemory(to: UInt8.self).baseAddress else { return }
    library.input(network, bytes, Int32(truncatingIfNeeded: frame.count))
  }

  /// The library must not be called while it sends its question.
  private func answerAddressRequest() {
    guard let question = shim.takeQuestion() else { return }
    EthernetShim.answer(question, in: frame) { input($0) }
  }

  /// The library has a frame for the guest.
  private func take(_ frame: UnsafeRawBufferPointer) {
    guard let packet = shim.unwrap(frame) else { return }
    if queue.isEmpty, let deliver, deliver(packet) {
      hasDelivered = true
    } else {
      _ = queue.append(packet)
    }
  }

  private func drain() {
    guard let deliver else { return queue.removeAll() }
    if queue.drain(deliver) > 0 { hasDelivered = true }
  }

  private static var callbacks: slirp_callbacks {
    var callbacks = slirp_callbacks()
    callbacks.send_frame = { bytes, length, context in
      UserNetwork.network(at: context)?.take(UnsafeRawBufferPointer(start: bytes, count: length))
      return length
    }
    callbacks.report_guest_error = { _, _ in }
    callbacks.read_clock = { _ in
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
    // Timers advertise routers of IPv6, which the network does not have.
    callbacks.make_timer = { _, _, context in context }
    callbacks.free_timer = { _, _ in }
    callbacks.set_timer = { _, _, _ in }
    callbacks.add_descriptor = { _, _ in }
    callbacks.remove_descriptor = { _, _ in }
    callbacks.wake = { _ in }
    return callbacks
  }
}

/// What may happen to a descriptor, in the library's numbers and in the host's.
private enum SlirpEvents {
  private static let pairs: [(library: Int32, host: Int16)] = [
    (Int32(slirp_readable), Int16(POLLIN)), (Int32(slirp_writable), Int16(POLLOUT)),
    (Int32(slirp_urgent), Int16(POLLPRI)), (Int32(slirp_failed), Int16(POLLERR)),
    (Int32(slirp_hung_up), Int16(POLLHUP)),
  ]

  static func host(_ events: Int32) -> Int16 {
    var result: Int16 = 0
    for pair in pairs where events & pair.library != 0 { result |= pair.host }
    return result
  }

  static func library(_ events: Int16) -> Int32 {
    var result: Int32 = 0
    for pair in pairs where events & pair.host != 0 { result |= pair.library }
    return result
  }
}
