import X86

/// The handler that interprets an integer instruction for which no frequent form exists.
func integerHandler(for instruction: Instruction) -> Handler? {
  multiplicationHandler(for: instruction) ?? bitHandler(for: instruction)
    ?? bitManipulationHandler(for: instruction) ?? dataHandler(for: instruction)
    ?? flagHandler(for: instruction) ?? controlTransferHandler(for: instruction)
    ?? stackHandler(for: instruction) ?? stringHandler(for: instruction)
}

private func multiplicationHandler(for instruction: Instruction) -> Handler? {
  switch instruction.operation {
  case .mul: { interpret($0, $1) { core, i throws(Fault) in try core.multiplyUnsigned(i) } }
  case .imul: { interpret($0, $1) { core, i throws(Fault) in try core.multiplySigned(i) } }
  case .div: { interpret($0, $1) { core, i throws(Fault) in try core.divideUnsigned(i) } }
  case .idiv: { interpret($0, $1) { core, i throws(Fault) in try core.divideSigned(i) } }
  case .aaa: { interpret($0, $1) { core, _ in core.adjustAfterAddition() } }
  case .aas: { interpret($0, $1) { core, _ in core.adjustAfterSubtraction() } }
  case .aad: { interpret($0, $1) { core, i in core.adjustBeforeDivision(i) } }
  case .aam: { interpret($0, $1) { core, i throws(Fault) in try core.adjustAfterMultiplication(i) } }
  case .daa: { interpret($0, $1) { core, _ in core.decimalAdjustAfterAddition() } }
  case .das: { interpret($0, $1) { core, _ in core.decimalAdjustAfterSubtraction() } }
  case .convertByte: { interpret($0, $1) { core, i in core.extendAccumulator(i) } }
  case .convertWord: { interpret($0, $1) { core, i in core.extendIntoData(i) } }
  default: nil
  }
}

private func bitHandler(for instruction: Instruction) -> Handler? {
  switch instruction.operation {
  case .bt: { interpret($0, $1) { core, i throws(Fault) in try core.testBit(i) { old, _ in old } } }
  case .bts: { interpret($0, $1) { core, i throws(Fault) in try core.testBit(i) { $0 | $1 } } }
  case .btr: { interpret($0, $1) { core, i throws(Fault) in try core.testBit(i) { $0 & ~$1 } } }
  case .btc: { interpret($0, $1) { core, i throws(Fault) in try core.testBit(i) { $0 ^ $1 } } }
  case .bsf: { interpret($0, $1) { core, i throws(Fault) in try core.bitScan(i, forward: true) } }
  case .bsr: { interpret($0, $1) { core, i throws(Fault) in try core.bitScan(i, forward: false) } }
  case .tzcnt: { interpret($0, $1) { core, i throws(Fault) in try core.countTrailingZeros(i) } }
  case .lzcnt: { interpret($0, $1) { core, i throws(Fault) in try core.countLeadingZeros(i) } }
  case .popcnt: { interpret($0, $1) { core, i throws(Fault) in try core.countOnes(i) } }
  case .crc32: { interpret($0, $1) { core, i throws(Fault) in try core.accumulateCRC32(i) } }
  case .shld: { interpret($0, $1) { core, i throws(Fault) in try core.shiftDoubleLeft(i) } }
  case .shrd: { interpret($0, $1) { core, i throws(Fault) in try core.shiftDoubleRight(i) } }
  default: nil
  }
}

private func dataHandler(for instruction: Instruction) -> Handler? {
  switch instruction.operation {
  case .mov, .movzx, .movsx, .movsxd, .movnti:
    { interpret($0, $1) { core, i throws(Fault) in try core.copyOperand(i) } }
  case .lea: { interpret($0, $1) { core, i throws(Fault) in try core.loadEffectiveAddress(i) } }
  case .xchg: { interpret($0, $1) { core, i throws(Fault) in try core.exchange(i) } }
  case .xadd: { interpret($0, $1) { core, i throws(Fault) in try core.exchangeAndAdd(i) } }
  case .cmpxchg: { interpret($0, $1) { core, i throws(Fault) in try core.compareAndExchange(i) } }
  case .cmpxchg8b: { interpret($0, $1) { core, i throws(Fault) in try core.compareAndExchangePair(i) } }
  case .cmpxchg16b: { interpret($0, $1) { core, i throws(Fault) in try core.compareAndExchangeWidePair(i) } }
  case .bswap: { interpret($0, $1) { core, i in core.swapBytes(i) } }
  case .movbe: { interpret($0, $1) { core, i throws(Fault) in try core.moveBigEndian(i) } }
  case .xlat: { interpret($0, $1) { core, i throws(Fault) in try core.translateByte(i) } }
  default: nil
  }
}

private func flagHandler(for instruction: Instruction) -> Handler? {
  switch instruction.operation {
  case .clc: { interpret($0, $1) { core, _ in core.state.lazyFlags.setCarry(false) } }
  case .stc: { interpret($0, $1) { core, _ in core.state.lazyFlags.setCarry(true) } }
  case .cmc: { interpret($0, $1) { core, _ in core.state.lazyFlags.setCarry(!core.state.lazyFlags.carry) } }
  case .cld: { interpret($0, $1) { core, _ in core.state.systemFlags.remove(.direction) } }
  case .std: { interpret($0, $1) { core, _ in core.state.systemFlags.insert(.direction) } }
  case .lahf: { interpret($0, $1) { core, _ in core.loadFlagsIntoAH() } }
  case .sahf: { interpret($0, $1) { core, _ in core.storeAHIntoFlags() } }
  case .salc:
    { interpret($0, $1) { core, _ in core.setGeneral(0, core.state.lazyFlags.carry ? 0xFF : 0, width: 1) } }
  default: nil
  }
}

private func controlTransferHandler(for instruction: Instruction) -> Handler? {
  switch instruction.operation {
  case .jcc: { interpretLast($0, $1) { core, i throws(Fault) in try core.branchOnCondition(i) } }
  case .jmp: { interpretLast($0, $1) { core, i throws(Fault) in try core.jumpNear(i) } }
  case .call: { interpretLast($0, $1) { core, i throws(Fault) in try core.callNear(i) } }
  case .ret: { interpretLast($0, $1) { core, i throws(Fault) in try core.returnNear(i) } }
  case .jrcxz: { interpretLast($0, $1) { core, i throws(Fault) in try core.branchOnCounterZero(i) } }
  case .loop: { interpretLast($0, $1) { core, i throws(Fault) in try core.loop(i) { _ in true } } }
  case .loope: { interpretLast($0, $1) { core, i throws(Fault) in try core.loop(i) { $0.zero } } }
  case .loopne: { interpretLast($0, $1) { core, i throws(Fault) in try core.loop(i) { !$0.zero } } }
  case .pause: { interpretLast($0, $1) { core, _ in core.yieldTurn() } }
  default: nil
  }
}

private func stackHandler(for instruction: Instruction) -> Handler? {
  // Segment registers on the stack are a matter of segmentation.
  if instruction.operands.0.kind == .segmentRegister { return nil }
  switch instruction.operation {
  case .push: return { interpret($0, $1) { core, i throws(Fault) in try core.pushOperand(i) } }
  case .pop: return { interpret($0, $1) { core, i throws(Fault) in try core.popOperand(i) } }
  case .pusha: return { interpret($0, $1) { core, i throws(Fault) in try core.pushAll(i) } }
  case .popa: return { interpret($0, $1) { core, i throws(Fault) in try core.popAll(i) } }
  case .enter: return { interpret($0, $1) { core, i throws(Fault) in try core.enterFrame(i) } }
  case .leave: return { interpret($0, $1) { core, i throws(Fault) in try core.leaveFrame(i) } }
  default: return nil
  }
}

private func stringHandler(for instruction: Instruction) -> Handler? {
  switch instruction.operation {
  case .movs: { interpretString($0, $1) { core, s throws(Fault) in try core.moveString(s) } }
  case .stos: { interpretString($0, $1) { core, s throws(Fault) in try core.storeString(s) } }
  case .lods: { interpretString($0, $1) { core, s throws(Fault) in try core.loadString(s) } }
  case .cmps: { interpretString($0, $1) { core, s throws(Fault) in try core.compareStrings(s) } }
  case .scas: { interpretString($0, $1) { core, s throws(Fault) in try core.scanString(s) } }
  default: nil
  }
}
