/// The way in which a computer's application processors are started.
enum ProcessorStarter {
  /// By interrupts, in real mode: on hardware, and wherever the platform is a PC's.
  case interrupts(StartUpInterruptStarter)
  /// By calls of the hypervisor, in 64-bit mode: real mode does not exist above VTL0.
  case hypercalls(HypercallStarter)

  /// The way that fits the trust level that the guest runs at.
  init(computer: Computer) {
    if let partition = computer.partition, partition.isAboveLowestLevel {
      self = .hypercalls(HypercallStarter(partition, computer))
    } else {
      self = .interrupts(StartUpInterruptStarter(computer: computer))
    }
  }

  /// Starts processors and waits until they are idle. Returns those that answer.
  func start(_ processors: [Processor]) -> [Processor] {
    switch self {
    case .interrupts(let starter): processors.filter(starter.start)
    case .hypercalls(let starter): starter.start(processors)
    }
  }
}
