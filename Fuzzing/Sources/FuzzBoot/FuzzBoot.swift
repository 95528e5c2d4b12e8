import Bus
import FuzzSupport

@testable import Machine

/// Identifies a kernel, loads it into RAM with a command line and a RAM disk, and checks what came out.
///
/// The first four bytes choose RAM, the machine's description, command line and RAM disk; the rest is the kernel's file.
@c(LLVMFuzzerTestOneInput)
public func bootMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(start, count: count)
  let choice = Int(input.byte())
  let memorySize = memorySizes[choice % memorySizes.count]
  let description = descriptions[choice / memorySizes.count % descriptions.count]
  let commandLine = String(repeating: "x", count: Int(input.byte()) * 64)
  let ramdiskPages = Int(input.byte())
  let tail = Int(input.byte())
  let file = input.rest()
  guard let memory = GuestMemory(size: memorySize) else { return 0 }
  do throws(BootError) {
    let kernel = try KernelImage.identify(file)
    let ramdisk =
      ramdiskPages == 0
      ? nil : [UInt8](repeating: 0xA5, count: ramdiskPages * GuestMemory.pageSize - tail)
    let state = try kernel.load(
      into: memory,
      BootConfiguration(
        commandLine: commandLine, initialRamdisk: ramdisk, description: description))
    check(state, memory)
  } catch {
    precondition(!error.description.isEmpty)
  }
  return 0
}

/// Little RAM, for speed; more than fits below the hole, for addresses.
private let memorySizes: [UInt64] = [
  2 << 20, 4 << 20, 16 << 20, 16 << 20, 64 << 20, 64 << 20, 256 << 20, 4 << 30,
]

private let descriptions: [MachineDescription] = [
  .acpi(rsdpAddress: AddressMap.acpiTables.lowerBound), .deviceTree([UInt8](repeating: 0xA5, count: 4096)),
]

/// The processor's tables must be in RAM.
private func check(_ state: BootState, _ memory: GuestMemory) {
  switch state.mode {
  case .real: break
  case .protected(let segments):
    precondition(memory.load(segments.descriptorTableBase, as: UInt64.self) != nil)
  case .long(let segments, let root):
    precondition(memory.load(segments.descriptorTableBase, as: UInt64.self) != nil)
    precondition(root % 4096 == 0 && (memory.load(root, as: UInt64.self) ?? 0) & 1 == 1)
  }
}
