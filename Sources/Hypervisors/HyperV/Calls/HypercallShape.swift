import Interfaces

/// How the input and the output of a call are laid out (TLFS 3.7), and what the caller needs.
struct HypercallShape {
  /// Whether a call is done once or for each element of a list.
  enum Repetition: Equatable {
    case simple
    /// The sizes of an element in the input and in the output, in bytes.
    case list(input: Int, output: Int)
  }

  /// The size of the fixed part of the input, in bytes.
  let headerSize: Int
  let repetition: Repetition
  /// The header may have a variable part.
  let hasVariableHeader: Bool
  let privileges: HyperV.Privileges

  private init(
    _ headerSize: Int, _ repetition: Repetition = .simple, hasVariableHeader: Bool = false,
    needs privileges: HyperV.Privileges = []
  ) {
    self.headerSize = headerSize
    self.repetition = repetition
    self.hasVariableHeader = hasVariableHeader
    self.privileges = privileges
  }

  private static let number = MemoryLayout<UInt64>.size
  private static let halfNumber = MemoryLayout<UInt32>.size
  /// A set of processors takes the place of a mask of eight bytes.
  private static let setSurplus = HyperV.ProcessorSet.size - number

  /// The layout of a call; `nil` for the calls between levels, which have none.
  init?(_ code: HyperV.HypercallCode) {
    switch code {
    case .flushAddressSpace: self.init(HyperV.FlushInput.size)
    case .flushAddressList:
      self.init(HyperV.FlushInput.size, .list(input: Self.number, output: 0))
    case .flushAddressSpaceOfSet: self.init(HyperV.FlushInput.size + Self.setSurplus, hasVariableHeader: true)
    case .flushAddressListOfSet:
      self.init(
        HyperV.FlushInput.size + Self.setSurplus, .list(input: Self.number, output: 0),
        hasVariableHeader: true)
    case .notifyLongSpin: self.init(Self.number)
    case .sendInterrupt: self.init(HyperV.SendInterruptInput.size)
    case .sendInterruptToSet:
      self.init(HyperV.SendInterruptInput.size + Self.setSurplus, hasVariableHeader: true)
    case .modifyProtection:
      self.init(
        HyperV.ModifyProtectionInput.size, .list(input: Self.number, output: 0), needs: .virtualSecureMode)
    case .enablePartitionLevel:
      self.init(HyperV.EnablePartitionLevelInput.size, needs: .virtualSecureMode)
    case .enableProcessorLevel: self.init(HyperV.ProcessorStartInput.size, needs: .virtualSecureMode)
    case .startProcessor: self.init(HyperV.ProcessorStartInput.size, needs: .startVirtualProcessor)
    case .getRegisters:
      self.init(
        HyperV.RegisterInput.size, .list(input: Self.halfNumber, output: HyperV.RegisterInput.valueSize),
        needs: .processorRegisters)
    case .setRegisters:
      self.init(
        HyperV.RegisterInput.size, .list(input: HyperV.RegisterAssignment.size, output: 0),
        needs: .processorRegisters)
    case .getProcessorIndex:
      self.init(
        HyperV.ProcessorIndexInput.size, .list(input: Self.halfNumber, output: Self.halfNumber))
    case .callLevel, .returnLevel: return nil
    }
  }

  /// Whether a control word asks for what the call can do, apart from the size of its input.
  func allows(_ control: HyperV.HypercallControl) -> Bool {
    guard control.isDefined else { return false }
    switch repetition {
    case .simple: guard control.count == 0, control.start == 0 else { return false }
    case .list: guard control.count > 0, control.start < control.count else { return false }
    }
    return hasVariableHeader || control.headerSize == 0
  }

  /// The size of the input in bytes.
  func inputSize(_ control: HyperV.HypercallControl) -> Int {
    var size = headerSize + control.headerSize * Self.number
    if case .list(let element, _) = repetition { size += control.count * element }
    return size
  }

  /// The size of the output in bytes.
  func outputSize(_ control: HyperV.HypercallControl) -> Int {
    if case .list(_, let element) = repetition { control.count * element } else { 0 }
  }
}
