import Interfaces

/// The partition that the guest runs in, where the hypervisor is Microsoft's or speaks its language.
///
/// It is what one trust level knows of it: the registers, the pages and the calls are those of the level that
/// made the object.
public final class Partition: @unchecked Sendable {
  /// What a guest tells of itself before it may call: open source, a type that nobody has, version 1 (TLFS
  /// 2.6).
  private static let identity: UInt64 = 1 << 63 | 0x7E << 56 | 1 << 16

  /// What the partition may do.
  public let privileges: HyperV.Privileges
  /// What the hypervisor has.
  public let features: HyperV.Features
  /// How many virtual processors there can be: indexes are below it.
  public let processorLimit: UInt32
  /// The level that the guest runs at. A hypervisor that knows no levels has the lowest alone.
  public private(set) var level = HyperV.VirtualTrustLevel.vtl0
  /// Where the hypervisor's code for calls is.
  public let hypercallPage: PhysicalAddress

  private let input: PhysicalAddress
  private let output: PhysicalAddress
  private let lock = SpinLock()

  /// Tells the hypervisor of the guest, and asks at which level it runs. Nil if there is no such hypervisor,
  /// or no memory.
  ///
  /// Nothing but CPUID and a call can tell the level; there is no option for it.
  public init?(_ frames: PageFrameAllocator) {
    guard Self.isPresent, let page = frames.allocate(), let input = frames.allocate(),
      let output = frames.allocate()
    else { return nil }
    let features = IdentificationLeaf(HyperV.IdentificationLeaf.features)
    privileges = HyperV.Privileges(rawValue: UInt64(features.eax) | UInt64(features.ebx) << 32)
    guard privileges.contains(.hypercalls) else { return nil }
    self.features = HyperV.Features(rawValue: features.edx)
    processorLimit = IdentificationLeaf(HyperV.IdentificationLeaf.limits).eax
    hypercallPage = page
    self.input = input
    self.output = output
    announce()
    if let status = try? register(.processorLevelStatus) {
      level = HyperV.ProcessorLevelStatus(rawValue: status.low).active ?? .vtl0
    }
  }

  /// Whether the hypervisor is Microsoft's, as far as it says so. Bare hardware has leaves of other meaning
  /// there.
  public static var isPresent: Bool {
    guard ProcessorIdentification().has(.hypervisor) else { return false }
    let vendor = IdentificationLeaf(HyperV.IdentificationLeaf.vendor)
    return (vendor.ebx, vendor.ecx, vendor.edx) == HyperV.vendorSignature
      && vendor.eax >= HyperV.IdentificationLeaf.limits
      && IdentificationLeaf(HyperV.IdentificationLeaf.interface).eax == HyperV.interfaceSignature
  }

  /// Whether the kernel is above the lowest level: a platform without the devices of a PC, real mode and
  /// start-up interrupts.
  public var isAboveLowestLevel: Bool { level > .vtl0 }

  /// The counter in units of 100 ns, if the partition may read it.
  public var referenceCounter: ModelSpecificRegister? {
    privileges.contains(.referenceCounter) ? ModelSpecificRegister(.referenceCounter) : nil
  }

  /// Says who calls, and has the hypercall page laid over a page of ours.
  public func announce() {
    ModelSpecificRegister(.guestIdentity).write(Self.identity)
    ModelSpecificRegister(.hypercall).write(HyperV.OverlayControl(at: hypercallPage.rawValue).rawValue)
  }

  // MARK: - Calls

  /// Makes a call as it is, and tells what RAX was then, or the exception that it raised.
  ///
  /// - Parameters:
  ///   - input: RDX: the physical address of the input, or the first 8 bytes of a fast call's.
  ///   - output: R8: the physical address of the output, or the second 8 bytes.
  ///   - entry: code to call in place of the hypercall page.
  public func probe(
    _ control: HyperV.HypercallControl, _ input: UInt64 = 0, _ output: UInt64 = 0,
    at entry: PhysicalAddress? = nil
  ) -> ProbeOutcome {
    var registers = HypercallRegisters(
      entry: (entry ?? hypercallPage).rawValue, control: control.rawValue, input: input, output: output)
    return withUnsafeMutablePointer(to: &registers) {
      Processor.current.probe(hypercall, UInt64(UInt(bitPattern: $0)))
    }
  }

  /// Makes a call as it is, once.
  public func call(_ control: HyperV.HypercallControl, _ input: UInt64 = 0, _ output: UInt64 = 0)
    -> HyperV.HypercallResult
  {
    var registers = HypercallRegisters(
      entry: hypercallPage.rawValue, control: control.rawValue, input: input, output: output)
    return withUnsafeMutablePointer(to: &registers) {
      HyperV.HypercallResult(rawValue: hypercall(UInt64(UInt(bitPattern: $0)), 0))
    }
  }

  /// Makes a call whose input is in memory, until all of its repetitions are done.
  ///
  /// Input and output never overlap, as the hypervisor demands (TLFS 3.5).
  ///
  /// - Parameters:
  ///   - fill: writes the input into a page of zeros.
  ///   - read: takes the output from a page.
  public func call<Output>(
    _ control: HyperV.HypercallControl, fill: (UnsafeMutableRawPointer) -> Void,
    read: (UnsafeRawPointer) -> Output
  ) throws(HypercallFailure) -> Output {
    let outcome: Result<Output, HypercallFailure> = lock.withLock {
      guard let inputPage = input.pointer, let outputPage = output.pointer else {
        return .failure(HypercallFailure(result: HyperV.HypercallResult(.invalidParameter)))
      }
      inputPage.initializeMemory(as: UInt8.self, repeating: 0, count: HyperV.pageSize)
      fill(inputPage)
      var control = control
      while true {
        let result = call(control, input.rawValue, output.rawValue)
        guard result.status == .success else { return .failure(HypercallFailure(result: result)) }
        if result.completed >= control.count { return .success(read(UnsafeRawPointer(outputPage))) }
        control.start = result.completed
      }
    }
    return try outcome.get()
  }
}

/// A call that was not done.
public struct HypercallFailure: Error {
  /// What became of it.
  public let result: HyperV.HypercallResult
}

/// What `bedrock_hypercall` enters the hypervisor with, in its order.
struct HypercallRegisters {
  let entry: UInt64
  let control: UInt64
  let input: UInt64
  let output: UInt64
}

@_extern(c, "bedrock_hypercall") func hypercall(_ registers: UInt64, _ unused: UInt64) -> UInt64

extension ModelSpecificRegister {
  /// A register of the hypervisor's.
  public init(_ register: HyperV.SyntheticRegister) { self.init(index: register.rawValue) }
}
