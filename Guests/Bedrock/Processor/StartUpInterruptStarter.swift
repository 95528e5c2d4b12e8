import Interfaces

@_extern(c, "bedrock_prepare_trampoline")
private func prepareTrampoline(
  _ page: UnsafeMutableRawPointer, _ rootTable: UInt64, _ stackTop: UnsafeMutableRawPointer,
  _ argument: UnsafeMutableRawPointer)

/// Starts application processors by INIT and start-up interrupts, one after the other (AMD64 APM volume 2,
/// section 14.7; the delays are those of the MultiProcessor Specification 1.4, appendix B.4).
struct StartUpInterruptStarter {
  /// The page in which a processor begins: free RAM on every PC once the loader's information is copied.
  private static let trampoline = PhysicalAddress(0x8000)

  private let pageTable: PageTable
  private let delay: Delay
  private let localAPIC: LocalAPIC
  private let trampolinePage: UnsafeMutableRawPointer?

  init(computer: Computer) {
    pageTable = computer.pageTable
    delay = computer.delay
    localAPIC = computer.processors[0].localAPIC
    let isFree = computer.startInformation.memoryMap.isUsable(
      Self.trampoline, size: PageFrameAllocator.frameSize)
    trampolinePage = isFree ? Self.trampoline.pointer : nil
  }

  /// Starts a processor and waits until it is idle. Returns false if it does not answer.
  func start(_ processor: Processor) -> Bool {
    guard let trampolinePage else { return false }
    let stack = UnsafeMutableRawPointer.allocate(byteCount: Processor.stackSize, alignment: 16)
    prepareTrampoline(
      trampolinePage, pageTable.root.rawValue, stack + Processor.stackSize,
      Unmanaged.passUnretained(processor).toOpaque())

    let target = InterruptCommand.Destination.physical(processor.apicIdentifier)
    localAPIC.send(.initialisation, to: target)
    delay.spin(microseconds: 10_000)
    let page = UInt8(truncatingIfNeeded: Self.trampoline.rawValue / PageFrameAllocator.frameSize)
    for _ in 0..<2 {
      localAPIC.send(.startup, vector: page, to: target)
      if delay.wait(microseconds: 200, for: { processor.isIdle }) { return true }
    }
    if delay.wait(microseconds: 500_000, for: { processor.isIdle }) { return true }

    // Whatever it is doing, it must not use the mailbox of the next one.
    localAPIC.send(.initialisation, to: target)
    stack.deallocate()
    return false
  }
}

/// Where `Trampoline.S`, or the hypervisor by way of `Hypercall.S`, enters Swift on an application processor.
@c(bedrock_application_processor_main)
func applicationProcessorMain(_ argument: UnsafeMutableRawPointer) {
  let processor = Unmanaged<Processor>.fromOpaque(argument).takeUnretainedValue()
  processor.takeOver()
  processor.localAPIC.enable()
  processor.serve()
}
