import Bus
import Interfaces
import X86

extension StateWriter {
  /// Writes what a processor keeps for AMD-V, in a fixed order; the guest and the host only while there are two.
  mutating func write(_ machine: VirtualMachine, of core: Core) {
    write(machine.control.rawValue)
    write(machine.hostSaveArea)
    write(machine.timeStampCounterRatio)
    write(machine.ignoresNumericErrors)
    write(core.state.globalInterruptFlag)
    write(core.state.isGuest)
    guard core.state.isGuest else { return }
    write(machine.controlBlock)
    write(core.state.addressSpaceIdentifier)
    write(core.state.isNested)
    for index in machine.intercepts.indices { write(machine.intercepts[index]) }
    for value in [
      machine.portMap, machine.registerMap, machine.timeStampCounterOffset, machine.nestedRoot,
      machine.interrupts.rawValue,
    ] {
      write(value)
    }
    write(machine.undeliveredSoftwareEvent)
    write(machine.pendingExit)
    write(machine.interruptController)
    write(machine.host)
  }

  private mutating func write(_ exit: GuestExit) {
    for value in [exit.code.rawValue, exit.information1, exit.information2, exit.nextInstruction] {
      write(value)
    }
    write(exit.tellsInstruction)
    write(exit.undelivered)
  }

  private mutating func write(_ controller: VirtualInterruptController) {
    for value in controller.saved { write(value) }
  }

  private mutating func write(_ host: HostState) {
    for segment in [host.es, host.cs, host.ss, host.ds] { write(segment) }
    for table in [host.gdtr, host.idtr] {
      write(table.base)
      write(table.limit)
    }
    for value in [
      host.efer.rawValue, host.cr0.rawValue, host.cr3, host.cr4.rawValue, host.pageAttributeTable,
      host.flags.rawValue, host.rip, host.rsp, host.rax, host.debugControl,
      host.branches.lastFrom, host.branches.lastTo, host.branches.exceptionFrom, host.branches.exceptionTo,
    ] {
      write(value)
    }
    write(host.isSteppedOver)
  }
}
