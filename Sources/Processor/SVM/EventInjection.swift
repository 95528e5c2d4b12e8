import Interfaces
import X86

/// Events that VMRUN brings into the guest (APM volume 2, 15.20).
extension Core {
  /// Delivers an event before the guest's first instruction, whatever its flags and priorities say.
  func inject(_ injection: SVM.EventInjection, from block: ControlBlock) {
    guard injection.isValid, let kind = injection.kind else { return }
    // An NMI's vector is not looked at: KVM leaves it zero.
    let vector = kind == .nonMaskableInterrupt ? ExceptionVector.nonMaskable.rawValue : injection.vector
    var event = Event(vector: vector, source: Event.source(of: injection, kind))
    event.errorCode = injection.errorCode
    if kind == .exception, event.source == .exception {
      injectException(event)
      return
    }
    // INT n, INT3 and INTO return to the instruction after them.
    let first = state.rip
    if kind != .interrupt, kind != .nonMaskableInterrupt {
      state.rip = block[SVM.ControlBlock.nextInstructionPointer]
    }
    do throws(Fault) {
      try deliver(event)
    } catch {
      state.rip = first
      deliveryFailed(of: event, by: error)
    }
  }

  private func injectException(_ event: Event) {
    guard let vector = ExceptionVector(rawValue: event.vector) else {
      redeliver(event)
      return
    }
    deliver(Exception(vector: vector, errorCode: event.errorCode ?? 0), as: event)
  }
}

extension Event {
  fileprivate static func source(
    of injection: SVM.EventInjection, _ kind: SVM.EventInjection.Kind
  ) -> Source {
    switch kind {
    case .interrupt, .nonMaskableInterrupt: .external
    case .softwareInterrupt: .softwareInterrupt
    case .exception where injection.isSoftwareException: .softwareException
    case .exception: .exception
    }
  }

  /// The event as EXITINTINFO tells it.
  var injection: SVM.EventInjection {
    let kind: SVM.EventInjection.Kind =
      switch source {
      case .exception, .softwareException, .privilegedSoftwareException: .exception
      case .softwareInterrupt: .softwareInterrupt
      case .external: vector == ExceptionVector.nonMaskable.rawValue ? .nonMaskableInterrupt : .interrupt
      }
    return SVM.EventInjection(kind, vector: vector, errorCode: errorCode)
  }
}

extension SVM.EventInjection {
  /// INT3 or INTO.
  var isSoftwareException: Bool {
    kind == .exception
      && (vector == ExceptionVector.breakpoint.rawValue || vector == ExceptionVector.overflow.rawValue)
  }
}
