import Bedrock
import Interfaces

/// The maps that tell which ports and which model-specific registers a guest is kept from (APM volume 2, 15.10 and
/// 15.11). At first it is kept from none.
struct PermissionMaps {
  let ports: PhysicalAddress
  let registers: PhysicalAddress
  private let portBits: UnsafeMutableRawPointer
  private let registerBits: UnsafeMutableRawPointer

  /// Nil if there is no memory.
  init?(_ frames: PageFrameAllocator) {
    let pages = { (size: Int) in UInt64(size / SVM.pageSize) }
    guard let ports = frames.allocate(count: pages(SVM.PortPermissionMap.size)),
      let registers = frames.allocate(count: pages(SVM.RegisterPermissionMap.size)),
      let portBits = ports.pointer, let registerBits = registers.pointer
    else { return nil }
    self.ports = ports
    self.registers = registers
    self.portBits = portBits
    self.registerBits = registerBits
  }

  /// Keeps the guest from nothing.
  func clear() {
    portBits.initializeMemory(as: UInt8.self, repeating: 0, count: SVM.PortPermissionMap.size)
    registerBits.initializeMemory(as: UInt8.self, repeating: 0, count: SVM.RegisterPermissionMap.size)
  }

  /// Keeps the guest from everything.
  func interceptAll() {
    portBits.initializeMemory(as: UInt8.self, repeating: 0xFF, count: SVM.PortPermissionMap.size)
    registerBits.initializeMemory(as: UInt8.self, repeating: 0xFF, count: SVM.RegisterPermissionMap.size)
  }

  /// Keeps the guest from a port. A number from 10000h on is what a wide access to the last ports reaches.
  func intercept(port: Int) { set(port, in: portBits) }

  /// Keeps the guest from reading a register.
  func intercept(readsOf register: UInt32) {
    if let bit = SVM.RegisterPermissionMap.bit(of: register) { set(bit, in: registerBits) }
  }

  /// Keeps the guest from writing a register.
  func intercept(writesOf register: UInt32) {
    if let bit = SVM.RegisterPermissionMap.bit(of: register) { set(bit + 1, in: registerBits) }
  }

  /// Keeps the guest no longer from registers of x2APIC.
  func releaseExtendedAPIC() {
    guard let first = SVM.RegisterPermissionMap.bit(of: LocalAPICRegister.firstModelSpecificRegister) else {
      return
    }
    for bit in first..<first + 0x100 * 2 { set(bit, in: registerBits, to: false) }
  }

  /// Makes a guest's control block use the maps.
  func apply(to block: ControlBlock) {
    block.intercept(.port)
    block.intercept(.modelSpecificRegister)
    block[SVM.ControlBlock.portPermissionMap] = ports.rawValue
    block[SVM.ControlBlock.registerPermissionMap] = registers.rawValue
  }

  private func set(_ bit: Int, in bits: UnsafeMutableRawPointer, to isSet: Bool = true) {
    let byte = bits.load(fromByteOffset: bit / 8, as: UInt8.self)
    let mask = UInt8(1) << UInt8(bit % 8)
    bits.storeBytes(of: isSet ? byte | mask : byte & ~mask, toByteOffset: bit / 8, as: UInt8.self)
  }
}
