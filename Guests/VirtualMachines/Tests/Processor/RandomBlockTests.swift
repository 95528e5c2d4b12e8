import Bedrock
import Interfaces

/// Control blocks with random fields and guests of random bytes: whatever they are, the host goes on.
enum RandomBlockTests {
  private typealias Offset = SVM.ControlBlock
  private static let runs = 3000

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    // Its emulator ends at some of them.
    list.strictTest(
      "a guest of random bytes in a random state leaves the host as it was", "APM volume 2, 15.5"
    ) {
      expectations in
      guard let confinement = Confinement(bench) else {
        expectations.expect(false, "there is no memory")
        return
      }
      var random = Random(seed: 0x5356_4D21)
      var refused = 0
      for run in 0..<runs {
        confinement.prepare(&random)
        confinement.mutate(&random)
        confinement.confine(&random)
        confinement.enter()
        let code = bench.guest.block.exitCode
        if code == .invalid { refused += 1 }
        expectations.expect(isDefined(code), "run \(run): exit \(hexadecimal(code.rawValue))h")
      }
      // Both happen, or the test tests nothing.
      expectations.expect(refused > runs / 20, "only \(refused) were refused")
      expectations.expect(refused < runs * 19 / 20, "\(refused) were refused")
      bench.memory.resetWindow()
      expectations.expect("a guest behind them", bench.run([0x90]), exits: .call, at: 1)
    }
  }

  private static func isDefined(_ code: SVM.ExitCode) -> Bool {
    code.isIntercept || (0x400...0x403).contains(code.rawValue) || code == .invalid
  }
}

/// A guest that reaches the pages of the window and nothing else, not even registers of the host that no world switch
/// restores.
private struct Confinement {
  private typealias Offset = SVM.ControlBlock

  /// What each page of the window is for.
  private enum Page {
    static let code = 0
    static let stack = 1
    /// Tables of four levels.
    static let tables = 2..<6
    static let backing = 6
    static let identifiers = 7
    static let interrupts = 8
    static let descriptors = 9
  }

  private static let presentWritableUser: UInt64 = 7
  private static let codeSize = 64
  /// How long a guest may run, in microseconds.
  private static let limit: UInt64 = 100

  private let bench: Bench
  private let nested: PageTable
  private let maps: PermissionMaps
  private let count: UInt32

  init?(_ bench: Bench) {
    let frames = bench.computer.frames
    guard let nested = PageTable(empty: frames), let maps = PermissionMaps(frames) else { return nil }
    for page in 0..<GuestMemory.windowPages {
      let address = VirtualAddress(GuestMemory.windowPage(page))
      guard (try? nested.map(address, to: bench.memory.windowFrame(page), [.writable, .user])) != nil else {
        return nil
      }
    }
    maps.interceptAll()
    // The host's own APIC has none of them while it is not in x2APIC mode.
    maps.releaseExtendedAPIC()
    self.bench = bench
    self.nested = nested
    self.maps = maps
    count = bench.clocks.localAPICCount(microseconds: Self.limit)
  }

  /// Makes a guest that could run, with random code.
  func prepare(_ random: inout Random) {
    let memory = bench.memory
    memory.resetWindow()
    fillCode(&random)
    fillTables()
    fillDescriptors()
    for _ in 0..<32 {
      let entry = Int(random.next() % 512) * 8
      let frame = memory.windowFrame(random.isTrue ? Page.backing : Page.identifiers)
      frame.pointer?.storeBytes(of: identifierEntry(&random), toByteOffset: entry, as: UInt64.self)
    }
    bench.guest.reset()
    let block = bench.guest.block
    block[Offset.cr3] = GuestMemory.windowPage(Page.tables.lowerBound)
    block.instructionPointer = GuestMemory.windowPage(Page.code)
    block.stackPointer = GuestMemory.windowPage(Page.stack) + 0x800
    let tableBase = Offset.Segment.base
    block[Offset.idtr + tableBase] = GuestMemory.windowPage(Page.interrupts)
    block[Offset.gdtr + tableBase] = GuestMemory.windowPage(Page.descriptors)
    block[Offset.apicBar] = GuestMemory.windowPage(Page.backing)
    bench.guest.registers.rdi = GuestMemory.windowPage(Page.backing) + random.next() % 0x60 * 16
    bench.guest.registers.rsi = GuestMemory.windowPage(Int(random.next() % 10)) + random.next() % 4096
    bench.guest.registers.rcx = 0x800 + random.next() % 64
    block.rax = random.isTrue ? random.next() & 0xCCFFF : random.next()
    if random.isTrue { block.flags |= VirtualProcessor.interruptFlag }
    if random.isTrue, bench.svm.hasInterruptController {
      block.interruptControl = SVM.InterruptControl(
        isMaskingVirtual: true, isAVICEnabled: true,
        isX2AVICEnabled: bench.svm.hasExtendedInterruptController && random.isTrue)
    }
  }

  /// Changes some fields of the control block to anything.
  func mutate(_ random: inout Random) {
    let block = bench.guest.block
    for _ in 0..<random.next() % 4 {
      let isControl = random.isTrue
      let range = isControl ? 0..<0x100 : Offset.es..<0x6A0
      let offset = range.lowerBound + Int(random.next() % UInt64(range.count / 8)) * 8
      switch random.next() % 4 {
      case 0: block[offset] = random.next()
      case 1: block[offset] = random.next() & 0xFF
      case 2: block[offset] = ~0
      default: block[offset] ^= 1 << (random.next() % 64)
      }
    }
  }

  /// Takes back what would let the guest out.
  func confine(_ random: inout Random) {
    let block = bench.guest.block
    let isRefused = random.next() % 32 == 0
    for code in [
      .interrupt, .nonMaskableInterrupt, .initialisation, .shutdown, .halt, .call, .load, .save,
      .setGlobalInterruptFlag, .clearGlobalInterruptFlag, .setExtendedControl, .invalidatePageOfSpace,
      .controlRegisterWrite(0), .writeBackCaches, .invalidateCaches, .wait, .monitor,
    ] as [SVM.ExitCode] {
      block.intercept(code)
    }
    for number in 0..<8 as Range<UInt8> { block.intercept(.debugRegisterWrite(number)) }
    block.intercept(.run, !isRefused)
    maps.apply(to: block)
    // Floating-point and vector registers are the host's.
    block[Offset.cr0] |= ControlRegister0([.emulation, .taskSwitched]).rawValue
    block.intercept(.exception(ExceptionVector.deviceNotAvailable.rawValue))
    block[Offset.nestedPagingControl] |= SVM.NestedPagingControl.enable.rawValue
    block[Offset.nestedRoot] = nested.root.rawValue | (random.next() % 16 == 0 ? bench.beyondMemory : 0)
    block.interruptControl.rawValue |= SVM.InterruptControl(isMaskingVirtual: true).rawValue
    // What AVIC writes must be the guest's.
    block[Offset.apicBackingPage] = bench.memory.windowFrame(Page.backing).rawValue
    block[Offset.logicalIdentifierTable] = bench.memory.windowFrame(Page.identifiers).rawValue
    block[Offset.physicalIdentifierTable] =
      SVM.PhysicalIdentifierTable(
        address: bench.memory.windowFrame(Page.identifiers).rawValue, lastIndex: Int(random.next() % 300)
      ).rawValue
    // It comes out at the other side of VMRUN, and is the host's own.
    block[Offset.debugControl] = 0
  }

  /// Runs the guest for a moment.
  func enter() {
    let localAPIC = Processor.current.localAPIC
    localAPIC.startTimer(.oneShot, vector: Vector.watchdog, count: count)
    bench.guest.enter()
    localAPIC.stopTimer()
  }

  /// Instructions that have to do with what is tested, and between them random bytes.
  private static let instructions: [[UInt8]] = [
    [0x8B, 0x07], [0x89, 0x07], [0x8B, 0x06], [0x89, 0x06], [0x0F, 0x32], [0x0F, 0x30], [0xFB], [0xFA],
    [0xF4],
    [0xCD, 0x41], [0xCC], [0x48, 0xCF], [0x0F, 0xA2], [0x0F, 0x31], [0x9C], [0x9D], [0x44, 0x0F, 0x22, 0xC0],
    [0x44, 0x0F, 0x20, 0xC0], [0x0F, 0x20, 0xC0], [0x0F, 0x22, 0xD8], [0x0F, 0x01, 0x3F], [0x0F, 0x0B],
    [0xE4, 0x80],
    [0x8E, 0xD0], [0x0F, 0x01, 0x17], [0xF3, 0x90], [0x0F, 0xC1, 0x07], [0x87, 0x07], [0xFF, 0xE6],
    [0x40, 0x88, 0x07],
  ]

  private func fillCode(_ random: inout Random) {
    guard let code = bench.memory.windowFrame(Page.code).pointer else { return }
    var offset = 0
    while offset < Self.codeSize - 8 {
      let instruction =
        random.next() % 8 == 0
        ? [UInt8(truncatingIfNeeded: random.next())]
        : Self.instructions[Int(random.next() % UInt64(Self.instructions.count))]
      for byte in instruction {
        code.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
        offset += 1
      }
    }
    while offset < Self.codeSize {
      code.storeBytes(of: 0x90, toByteOffset: offset, as: UInt8.self)
      offset += 1
    }
    for byte in Bench.call {
      code.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
      offset += 1
    }
  }

  /// Every vector leads to the end of the code.
  private func fillDescriptors() {
    let memory = bench.memory
    for vector in 0...UInt8.max {
      GuestMemory.setGate(
        vector, GuestMemory.windowPage(Page.code) + UInt64(Self.codeSize),
        in: memory.windowFrame(Page.interrupts))
    }
    guard let table = memory.windowFrame(Page.descriptors).pointer, let original = memory.descriptors.pointer
    else { return }
    table.copyMemory(from: original, byteCount: GuestMemory.descriptorCount * 8)
  }

  /// The tables lead to the window only.
  private func fillTables() {
    let memory = bench.memory
    for (level, page) in Page.tables.enumerated() {
      guard let table = memory.windowFrame(page).pointer else { return }
      let shift = UInt64(39 - 9 * level)
      if level < Page.tables.count - 1 {
        let index = Int(GuestMemory.window >> shift & 511)
        let entry = GuestMemory.windowPage(page + 1) | Self.presentWritableUser
        table.storeBytes(of: entry, toByteOffset: index * 8, as: UInt64.self)
      } else {
        for index in 0..<GuestMemory.windowPages {
          let entry = GuestMemory.windowPage(index) | Self.presentWritableUser
          table.storeBytes(of: entry, toByteOffset: index * 8, as: UInt64.self)
        }
      }
    }
  }

  /// An entry that leads to the guest's own backing page, beyond memory, or nowhere.
  private func identifierEntry(_ random: inout Random) -> UInt64 {
    let backing = bench.memory.windowFrame(Page.backing).rawValue
    let host = UInt32(random.next() % 4)
    switch random.next() % 4 {
    case 0: return SVM.PhysicalIdentifierEntry(backingPage: backing, runsOn: host).rawValue
    case 1: return SVM.PhysicalIdentifierEntry(backingPage: backing).rawValue
    case 2: return SVM.PhysicalIdentifierEntry(backingPage: bench.beyondMemory, runsOn: host).rawValue
    default: return random.next() & ~(1 << 63)
    }
  }
}

/// Numbers that are the same in every run (George Marsaglia, "Xorshift RNGs", 2003).
struct Random {
  private var state: UInt64

  /// - Parameter seed: not 0.
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  var isTrue: Bool {
    mutating get { next() >> 32 & 1 != 0 }
  }
}
