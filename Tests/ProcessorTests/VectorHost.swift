#if arch(x86_64)
  import HostProcessor

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// The host's own processor, which executes single instructions in a page of its own.
  final class VectorHost {
    private let code: UnsafeMutableRawPointer
    private let data: UnsafeMutableRawPointer

    /// The layout of the data page.
    private enum Offset {
      static let before = 0
      static let header = 512
      static let after = 896
      static let registers = 1792
      static let hostControl = 1824
      static let memory = 2048
    }

    private static let pageSize = 4096

    /// Whether the host has the upper halves of YMM registers, and its system saves them.
    private let hasAVX = host_has_avx()
    private var program: [UInt8] = []

    init?() {
      guard let code = Self.map(PROT_READ | PROT_WRITE | PROT_EXEC) else { return nil }
      guard let data = Self.map(PROT_READ | PROT_WRITE) else {
        munmap(code, Self.pageSize)
        return nil
      }
      self.code = code
      self.data = data
    }

    deinit {
      munmap(code, Self.pageSize)
      munmap(data, Self.pageSize)
    }

    private static func map(_ protection: Int32) -> UnsafeMutableRawPointer? {
      let address = mmap(nil, pageSize, protection, MAP_PRIVATE | MAP_ANON, -1, 0)
      return address == MAP_FAILED ? nil : address
    }

    /// Executes one instruction, which must not fault, and tells what it left.
    func execute(_ bytes: [UInt8], from scenario: VectorScenario) -> VectorScenario {
      scenario.area.copy(to: data + Offset.before)
      // All components are there.
      (data + Offset.header).storeBytes(of: 7, as: UInt64.self)
      scenario.memory.copy(to: data + Offset.memory)
      let registers = (data + Offset.registers).assumingMemoryBound(to: UInt64.self)
      registers[0] = scenario.rax
      registers[1] = scenario.rcx
      registers[2] = scenario.rdx
      registers[3] = scenario.flags & VectorScenario.statusFlags
      if bytes != program { put(bytes) }
      typealias Function = @convention(c) (UnsafeMutableRawPointer) -> Void
      unsafeBitCast(code, to: Function.self)(data)

      var result = VectorScenario()
      if !hasAVX { result.area = scenario.area }
      result.area.copy(from: data + Offset.after, count: hasAVX ? VectorScenario.areaSize : 512)
      result.memory.copy(from: data + Offset.memory)
      result.rax = registers[0]
      result.rcx = registers[1]
      result.rdx = registers[2]
      result.flags = registers[3]
      return result
    }

    private func put(_ bytes: [UInt8]) {
      program = bytes
      let restore = hasAVX ? Self.restoreAll : Self.restoreLegacy
      let save = hasAVX ? Self.saveAll : Self.saveLegacy
      let parts = [
        Self.prologue, restore, Self.loadRegisters, bytes, Self.storeRegisters, save, Self.epilogue,
      ]
      parts.flatMap { $0 }.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(start: code, count: $0.count).copyMemory(from: $0)
      }
    }

    private static let prologue: [UInt8] = [
      0x41, 0x57,  // push r15
      0x49, 0x89, 0xFF,  // mov r15, rdi
      0x41, 0x0F, 0xAE, 0x9F, 0x20, 0x07, 0, 0,  // stmxcsr [r15 + 1824]
    ]

    private static let restoreLegacy: [UInt8] = [0x49, 0x0F, 0xAE, 0x0F]  // fxrstor64 [r15]

    private static let allComponents: [UInt8] = [
      0xB8, 7, 0, 0, 0,  // mov eax, 7
      0x31, 0xD2,  // xor edx, edx
    ]

    private static let restoreAll: [UInt8] = allComponents + [0x49, 0x0F, 0xAE, 0x2F]  // xrstor64 [r15]

    private static let loadRegisters: [UInt8] = [
      0x49, 0x8D, 0xB7, 0x00, 0x08, 0, 0,  // lea rsi, [r15 + 2048]
      0x48, 0x89, 0xF7,  // mov rdi, rsi
      0x41, 0xFF, 0xB7, 0x18, 0x07, 0, 0,  // push [r15 + 1816]
      0x9D,  // popfq
      0x49, 0x8B, 0x87, 0x00, 0x07, 0, 0,  // mov rax, [r15 + 1792]
      0x49, 0x8B, 0x8F, 0x08, 0x07, 0, 0,  // mov rcx, [r15 + 1800]
      0x49, 0x8B, 0x97, 0x10, 0x07, 0, 0,  // mov rdx, [r15 + 1808]
    ]

    private static let storeRegisters: [UInt8] = [
      0x9C,  // pushfq
      0x41, 0x8F, 0x87, 0x18, 0x07, 0, 0,  // pop [r15 + 1816]
      0x49, 0x89, 0x87, 0x00, 0x07, 0, 0,  // mov [r15 + 1792], rax
      0x49, 0x89, 0x8F, 0x08, 0x07, 0, 0,  // mov [r15 + 1800], rcx
      0x49, 0x89, 0x97, 0x10, 0x07, 0, 0,  // mov [r15 + 1808], rdx
    ]

    private static let saveLegacy: [UInt8] = [
      0x49, 0x0F, 0xAE, 0x87, 0x80, 0x03, 0, 0,  // fxsave64 [r15 + 896]
    ]

    private static let saveAll: [UInt8] =
      allComponents + [
        0x49, 0x0F, 0xAE, 0xA7, 0x80, 0x03, 0, 0,  // xsave64 [r15 + 896]
        0xC5, 0xF8, 0x77,  // vzeroupper
      ]

    private static let epilogue: [UInt8] = [
      0xDB, 0xE3,  // fninit
      0x41, 0x0F, 0xAE, 0x97, 0x20, 0x07, 0, 0,  // ldmxcsr [r15 + 1824]
      0x41, 0x5F,  // pop r15
      0xC3,  // ret
    ]
  }
#endif
