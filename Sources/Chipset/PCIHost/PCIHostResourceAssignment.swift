import Bus

/// Hands out addresses in one window, upwards and naturally aligned.
struct PCIResourceAllocator {
  private var next: UInt64
  private let end: UInt64

  /// An allocator that has the whole window to give.
  init(window: Range<UInt64>) {
    next = window.lowerBound
    end = window.upperBound
  }

  /// The address of `size` bytes, a power of two; `nil` if the window is full.
  mutating func allocate(_ size: UInt64) -> UInt64? {
    let (padded, overflow) = next.addingReportingOverflow(size - 1)
    let start = padded & ~(size - 1)
    guard !overflow, start <= end, size <= end - start else { return nil }
    next = start + size
    return start
  }
}

/// The addresses that firmware would choose before an operating system starts.
struct PCIResourceAssignment {
  private struct Request {
    let endpoint: PCIEndpoint
    let index: Int
    let register: BaseAddressRegister
  }

  private let requests: [Request]

  /// What all the functions ask for. Large regions go first, so that alignment wastes nothing.
  init(for functions: [any PCIFunction]) {
    var requests: [Request] = []
    for function in functions {
      for (index, register) in function.endpoint.baseAddressRegisters.enumerated() {
        guard let register else { continue }
        requests.append(Request(endpoint: function.endpoint, index: index, register: register))
      }
    }
    self.requests = requests.sorted {
      ($1.register.size, $0.endpoint.address, $0.index) < ($0.register.size, $1.endpoint.address, $1.index)
    }
  }

  /// Chooses an address for every register. What finds no room keeps the address zero, outside every window,
  /// and is left to the operating system, as firmware does.
  func apply(_ layout: PCIHostLayout) {
    var ports = PCIResourceAllocator(window: layout.portWindow)
    var low = PCIResourceAllocator(window: layout.lowWindow)
    var high = PCIResourceAllocator(window: layout.highWindow)
    for request in requests {
      let register = request.register
      let address =
        switch register.space {
        case .io: ports.allocate(register.size)
        case .memory32, .memory32Prefetchable, .memory64: low.allocate(register.size)
        case .memory64Prefetchable: high.allocate(register.size)
        }
      let fallback = address == nil && register.isWide ? high.allocate(register.size) : nil
      guard let chosen = address ?? fallback else { continue }
      request.endpoint.assign(chosen, toBaseAddressRegister: request.index)
    }
  }
}
