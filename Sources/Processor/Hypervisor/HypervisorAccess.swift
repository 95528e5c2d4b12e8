import Bus
import X86

/// What a hypervisor reads and writes of the processor that called it.
extension VirtualProcessor {
  /// General register `number`: 0 RAX, 1 RCX, 2 RDX, 3 RBX, 4 RSP, 5 RBP, 6 RSI, 7 RDI, 8 R8 to 15 R15.
  public subscript(general number: Int) -> UInt64 {
    get { core.general(number) }
    set { core.setGeneral(number, newValue) }
  }

  /// The 16 bytes of XMM register `number`, 0 to 15, the lower half first.
  public subscript(xmm number: Int) -> (low: UInt64, high: UInt64) {
    get {
      let first = (number & 15) * 4
      return (core.state.vectors[first], core.state.vectors[first + 1])
    }
    set {
      let first = (number & 15) * 4
      core.state.vectors[first] = newValue.low
      core.state.vectors[first + 1] = newValue.high
    }
  }

  /// CR2.
  public var pageFaultAddress: UInt64 {
    get { core.state.cr2 }
    set { core.state.cr2 = newValue }
  }

  /// DR0 to DR3.
  public subscript(debugAddress number: Int) -> UInt64 {
    get { core.state.debugAddresses[number & 3] }
    set { core.state.debugAddresses[number & 3] = newValue }
  }

  /// DR6.
  public var debugStatus: UInt64 {
    get { core.state.dr6.rawValue }
    set { core.state.dr6 = DR6(rawValue: newValue) }
  }

  /// XCR0.
  public var extendedControl: UInt64 { core.state.xcr0.rawValue }

  /// CPL, 0 to 3.
  public var privilegeLevel: UInt8 { core.state.privilegeLevel }
  /// CR0.PE is set.
  public var isInProtectedMode: Bool { core.isProtected }
  /// Code runs in 64-bit mode.
  public var isIn64BitMode: Bool { core.is64Bit }

  /// The instruction at the instruction pointer, as many of its at most 15 bytes as can be read.
  public var instructionBytes: [UInt8] {
    let base = core.register(RegisterOffset.codeBase, as: UInt64.self)
    return bytes(atLinear: core.state.rip &+ base, count: Decoder.maximumLength)
  }

  /// INIT takes effect now, but all general registers are zero: the processor waits for a startup IPI or for a context
  /// of its own.
  public func initialiseNow() {
    initialise()
    for number in 0..<16 { core.setGeneral(number, 0) }
    core.state.activity = .waitingForStartup
  }

  /// Fills a buffer from physical addresses as the processor sees them now, in one page; `false`, with nothing
  /// read, if a part is not RAM or may not be read.
  public func readPhysical(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard let place = place(of: address, count: buffer.count, for: .read),
      let destination = buffer.baseAddress
    else { return buffer.isEmpty }
    destination.copyMemory(from: place, byteCount: buffer.count)
    return true
  }

  /// Stores a buffer at physical addresses as the processor sees them now, in one page; `false`, with nothing
  /// written, if a part is not RAM or may not be written.
  public func writePhysical(_ address: UInt64, from buffer: UnsafeRawBufferPointer) -> Bool {
    guard let place = place(of: address, count: buffer.count, for: .write), let source = buffer.baseAddress
    else { return buffer.isEmpty }
    core.willWritePage(at: UInt64(place - core.state.memory.base))
    place.copyMemory(from: source, byteCount: buffer.count)
    return true
  }

  /// Whether ``writePhysical(_:from:)`` would succeed for as many bytes.
  public func canWritePhysical(_ address: UInt64, count: Int) -> Bool {
    place(of: address, count: count, for: .write) != nil
  }

  /// Lets the processor wait for an interrupt, or an NMI, whether or not its interrupt flag lets it through.
  public func idle() {
    core.state.activity = .idle
    traceIdle(true)
  }

  private func place(
    of address: UInt64, count: Int, for permission: PagePermissions
  ) -> UnsafeMutableRawPointer? {
    guard count > 0, address & 0xFFF + UInt64(count) <= 0x1000,
      core.permissions(ofPhysical: address).contains(permission)
    else { return nil }
    return core.hostAddress(address)
  }
}
