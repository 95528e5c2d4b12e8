import X86

enum TaskSwitchReason { case jump, call }
extension Core {
  func switchTask(throughGate selector: UInt16, by reason: TaskSwitchReason) throws(Fault) {
    throw .generalProtection
  }
  func switchTask(to reference: DescriptorReference, by reason: TaskSwitchReason) throws(Fault) {
    throw .generalProtection
  }
  func switchTask(throughGate selector: UInt16, event: Event) throws(Fault) { throw .generalProtection }
  func returnFromNestedTask() throws(Fault) { throw .generalProtection }
}
