import Bedrock
import Interfaces

// Inputs of calls in the input page, right in all parts: a test then makes one of them wrong.

extension Bench {
  /// The input of HvCallEnableVpVtl and HvCallStartVirtualProcessor.
  func putStart(
    of processor: UInt32, at level: HyperV.VirtualTrustLevel, in context: HyperV.InitialContext
  ) {
    typealias Input = HyperV.ProcessorStartInput
    clear()
    input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
    input.storeBytes(of: processor, toByteOffset: Input.processor, as: UInt32.self)
    input.storeBytes(of: level.rawValue, toByteOffset: Input.level, as: UInt8.self)
    context.store(to: input + Input.context)
  }

  /// The header of HvCallGetVpRegisters and the names.
  func putRegisters(_ names: [UInt32], at offset: Int = 0) {
    typealias Input = HyperV.RegisterInput
    clear()
    let input = input + offset
    input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
    input.storeBytes(of: HyperV.processorSelf, toByteOffset: Input.processor, as: UInt32.self)
    for (index, name) in names.enumerated() {
      input.storeBytes(of: name, toByteOffset: Input.size + index * 4, as: UInt32.self)
    }
  }

  /// The input of HvCallGetVpRegisters for one register that every level has.
  func putLevelStatus(at offset: Int = 0) {
    putRegisters([HyperV.RegisterName.processorLevelStatus.rawValue], at: offset)
  }

  /// The input of HvCallGetVpIndexFromApicId.
  func putIdentifiers(_ identifiers: [UInt32]) {
    typealias Input = HyperV.ProcessorIndexInput
    clear()
    input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
    for (index, identifier) in identifiers.enumerated() {
      input.storeBytes(of: identifier, toByteOffset: Input.size + index * 4, as: UInt32.self)
    }
  }

  /// The input of HvCallEnablePartitionVtl.
  func putEnable(_ level: UInt8) {
    typealias Input = HyperV.EnablePartitionLevelInput
    clear()
    input.storeBytes(of: HyperV.partitionSelf, toByteOffset: Input.partition, as: UInt64.self)
    input.storeBytes(of: level, toByteOffset: Input.level, as: UInt8.self)
  }

  /// Changes a byte of the input.
  func put(_ byte: UInt8, at offset: Int) { input.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self) }

  /// The status of this processor's levels, as the page of outputs has it.
  var levelStatus: UInt64 { output.load(as: UInt64.self) }
}
