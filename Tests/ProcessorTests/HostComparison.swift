import HostProcessor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Executes programs here and by the host's own processor, from the same states, and compares what they leave.
final class HostComparison {
  private typealias Place = HostComparisonCase.Place

  /// The memory that programs may change, and what it holds before each.
  private static let writable = [(Place.data, Place.dataSize), (Place.stack, Place.stackSize)]
  private static let areas: [(address: UInt64, size: UInt64)] =
    [(Place.readOnly, Place.readOnlySize)] + writable

  let guest: HostComparisonGuest
  private let pristine: [UInt8]
  /// Where the host's code is written.
  private let code: UnsafeMutableRawPointer
  /// The host's vector state before and after.
  private let vectors = UnsafeMutableRawPointer.allocate(byteCount: Int(host_vectors_size), alignment: 64)

  /// `nil` where the host cannot execute programs for a test, or the addresses are taken.
  init?() {
    guard let guest = HostComparisonGuest(), host_begin() else { return nil }
    guard let code = host_map_code(Place.code, Place.codeSize) else {
      host_end()
      return nil
    }
    self.guest = guest
    self.code = code
    var numbers = HostComparisonNumbers(seed: 1)
    pristine = (0..<Int(Place.dataSize)).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
    let isMapped = Self.areas.allSatisfy { host_map($0.address, $0.size) }
    guard isMapped, host_set_gs_base(Place.gsBase) else { return nil }
    fill()
  }

  deinit {
    for (address, size) in Self.areas { host_unmap(address, size) }
    host_unmap(Place.code, Place.codeSize)
    host_unmap(UInt64(UInt(bitPattern: code)), Place.codeSize)
    _ = host_set_gs_base(0)
    host_end()
    vectors.deallocate()
  }

  private func host(_ address: UInt64) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: UInt(address)).unsafelyUnwrapped
  }

  private func fill() {
    memset(code, 0xCC, Int(Place.codeSize))
    guest.putCode([UInt8](repeating: 0xCC, count: Int(Place.codeSize) - 8), at: Place.code + 8)
    code.storeBytes(of: host_landing(), toByteOffset: Int(Place.landingPointer - Place.code), as: UInt64.self)
    restore(Place.readOnly, Place.readOnlySize)
    _ = host_protect(Place.readOnly, Place.readOnlySize)
  }

  private func restore(_ start: UInt64, _ size: UInt64) {
    pristine.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      memcpy(host(start), base, Int(size))
      memcpy(guest.pointer(start), base, Int(size))
    }
  }

  private func prepare(_ start: HostComparisonCase) {
    for (address, size) in Self.writable { restore(address, size) }
    for patch in start.patches {
      patch.bytes.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        memcpy(host(patch.address), base, bytes.count)
        memcpy(guest.pointer(patch.address), base, bytes.count)
      }
    }
    put(start.program, at: start.address)
  }

  private func put(_ program: [UInt8], at address: UInt64) {
    program.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      memcpy(code + Int(address - Place.code), base, bytes.count)
    }
    guest.putCode(program, at: address)
  }

  /// Executes by the host.
  private func executeNatively(_ start: HostComparisonCase) -> HostComparisonOutcome {
    var registers = host_registers()
    withUnsafeMutableBytes(of: &registers.general) {
      $0.copyBytes(from: start.general.withUnsafeBytes { Array($0) })
    }
    registers.flags = start.flags
    registers.rip = start.address
    var exception = host_exception()
    if let area = start.vectors {
      memset(vectors, 0, Int(host_vectors_size))
      area.copy(to: vectors)
      // All three components are in it.
      memset(vectors + 464, 0, 112)
      vectors.storeBytes(of: 7, toByteOffset: 512, as: UInt64.self)
      host_set_vectors(vectors)
    }
    defer { host_set_vectors(nil) }
    host_execute(&registers, &exception)
    var result = HostComparisonOutcome()
    if start.vectors != nil {
      var area = InlineBytes(count: VectorScenario.areaSize)
      area.copy(from: vectors)
      result.vectors = area
    }
    withUnsafeBytes(of: registers.general) { bytes in
      for number in 0..<16 {
        result.general[number] = bytes.load(fromByteOffset: number * 8, as: UInt64.self)
      }
    }
    result.flags = registers.flags
    result.rip = registers.rip == host_landing() ? HostComparisonOutcome.landing : registers.rip
    result.vector = exception.vector
    result.errorCode = exception.error_code
    result.faultAddress = exception.vector == 14 ? exception.fault_address : 0
    return result
  }

  /// Executes an instruction in both ways.
  ///
  /// - Returns: the differences; `nil` if there are none.
  func difference(_ start: HostComparisonCase) -> String? {
    prepare(start)
    defer { clear(start) }
    let expected = executeNatively(start)
    guard let actual = guest.execute(start) else { return "it does not end, but by \(expected.vector)" }
    var comparable = actual
    // Which of its two operands CMPS reads first is not specified.
    if start.hasTwoMemoryOperands, expected.vector == 14 { comparable.faultAddress = expected.faultAddress }
    return comparable.difference(from: expected, ignoring: start.undefinedFlags) ?? memoryDifference
  }

  /// Executes a program natively once and here several times: at once, one by one, and in portions.
  func differenceInPortions(_ start: HostComparisonCase) -> String? {
    prepare(start)
    defer { clear(start) }
    let expected = executeNatively(start)
    // A fault in the midst of a program leaves flags that nothing is known of.
    let isComplete = expected.rip == HostComparisonOutcome.landing
    let ignored = isComplete ? start.undefinedFlags : HostComparisonUndefinedFlags.status
    for portion in [100_000, 1, 7] as [Int64] {
      prepareGuest(start)
      guard let actual = guest.execute(start, portion: portion) else { return "it does not end here" }
      if let difference = actual.difference(from: expected, ignoring: ignored) ?? memoryDifference {
        return "\(difference), in portions of \(portion)"
      }
    }
    return nil
  }

  private func clear(_ start: HostComparisonCase) {
    put([UInt8](repeating: 0xCC, count: start.program.count), at: start.address)
  }

  /// The guest's memory as it was before the program.
  private func prepareGuest(_ start: HostComparisonCase) {
    for (address, size) in Self.writable {
      pristine.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        memcpy(guest.pointer(address), base, Int(size))
      }
    }
    for patch in start.patches {
      patch.bytes.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        memcpy(guest.pointer(patch.address), base, bytes.count)
      }
    }
  }

  private var memoryDifference: String? {
    for (address, size) in Self.writable where memcmp(host(address), guest.pointer(address), Int(size)) != 0 {
      for offset in 0..<Int(size) {
        let theirs = host(address).load(fromByteOffset: offset, as: UInt8.self)
        let mine = guest.pointer(address).load(fromByteOffset: offset, as: UInt8.self)
        guard mine != theirs else { continue }
        return "[\(hex(address + UInt64(offset)))] \(hexadecimal(mine)), not \(hexadecimal(theirs))"
      }
    }
    return nil
  }
}
