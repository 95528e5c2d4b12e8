import Bus
import Chipset
import Processor
import Tracing

/// The local APICs of all processors and what carries messages between them.
struct InterruptNetwork {
  let router: InterruptRouter
  /// The local APIC of each processor; the first is the bootstrap processor's.
  let localAPICs: [LocalAPIC]

  init(_ configuration: MachineConfiguration, clock: EventQueue, tracer: Tracer) {
    let router = InterruptRouter(tracer: tracer, clock: clock)
    self.router = router
    let features = LocalAPICFeatures(configuration.model)
    localAPICs = (0..<configuration.processorCount).map {
      LocalAPIC(
        identifier: UInt32($0), isBootstrapProcessor: $0 == 0, router: router, clock: clock,
        features: features, physicalAddressBits: ProcessorModel.physicalAddressBits)
    }
  }
}

extension LocalAPICFeatures {
  /// What a model of processor offers.
  fileprivate init(_ model: ProcessorModel) {
    self = []
    if model.has(.x2apic) { insert(.x2APIC) }
    if model.has(.tscDeadlineTimer) { insert(.timeStampCounterDeadline) }
  }
}
