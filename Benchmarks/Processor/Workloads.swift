import Glibc

/// What a processor spends its time on, one thing at a time. Each returns a number that depends on all its work.
enum Workload: String, CaseIterable {
  case integer, memory, chase, branches, calls, vectors, syscalls, pageFaults, contextSwitches

  func run() -> UInt64 {
    switch self {
    case .integer: Self.integer()
    case .memory: Self.memory()
    case .chase: Self.chase()
    case .branches: Self.branches()
    case .calls: UInt64(Self.fibonacci(32))
    case .vectors: Self.vectors()
    case .syscalls: Self.syscalls()
    case .pageFaults: Self.pageFaults()
    case .contextSwitches: Self.contextSwitches()
    }
  }

  /// Additions, shifts, rotations and a multiplication.
  private static func integer() -> UInt64 {
    var (a, b): (UInt64, UInt64) = (0x9E37_79B9_7F4A_7C15, 1)
    for index in 0..<20_000_000 as Range<UInt64> {
      a ^= a << 13
      a ^= a >> 7
      b = (b << 17 | b >> 47) &+ a
      b = b &* 0xBF58_476D_1CE4_E5B9 ^ index
    }
    return a ^ b
  }

  /// Loads and stores in order, in more memory than translations are kept for.
  private static func memory() -> UInt64 {
    let count = 4 << 20
    let numbers = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    defer { numbers.deallocate() }
    numbers.initialize(repeating: 1, count: count)
    for _ in 0..<8 {
      for index in 1..<count { numbers[index] = numbers[index] &+ numbers[index &- 1] }
    }
    return numbers[count - 1]
  }

  /// Loads each of which waits for the last, all over 32 MiB.
  private static func chase() -> UInt64 {
    let count: UInt64 = 4 << 20
    let next = UnsafeMutablePointer<UInt64>.allocate(capacity: Int(count))
    defer { next.deallocate() }
    // A full period: the increment is odd and the multiplier one more than a multiple of 4.
    for index in 0..<count { next[Int(index)] = (index &* 1_664_525 &+ 1_013_904_223) % count }
    var place: UInt64 = 0
    for _ in 0..<8_000_000 { place = next[Int(place)] }
    return place
  }

  /// Branches that depend on data.
  private static func branches() -> UInt64 {
    var steps: UInt64 = 0
    for start in 1..<300_000 as Range<UInt64> {
      var number = start
      while number != 1 {
        number = number & 1 == 0 ? number >> 1 : number &* 3 &+ 1
        steps &+= 1
      }
    }
    return steps
  }

  @inline(never)
  private static func fibonacci(_ number: Int) -> Int {
    number < 2 ? number : fibonacci(number - 1) &+ fibonacci(number - 2)
  }

  /// Four single-precision numbers at a time.
  private static func vectors() -> UInt64 {
    var sum = SIMD4<Float>(repeating: 0)
    var factor = SIMD4<Float>(1, 0.5, 0.25, 0.125)
    for _ in 0..<20_000_000 {
      sum = sum + factor * factor
      factor = factor * 0.999_999 + 1e-7
    }
    return UInt64(sum.sum().bitPattern)
  }

  private static func syscalls() -> UInt64 {
    var sum: UInt64 = 0
    for _ in 0..<500_000 { sum &+= getppid() > 0 ? 1 : 0 }
    return sum
  }

  /// First touches of fresh pages.
  private static func pageFaults() -> UInt64 {
    let (size, pageSize) = (32 << 20, 4096)
    var sum: UInt64 = 0
    for _ in 0..<8 {
      guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        memory != MAP_FAILED
      else { return 0 }
      madvise(memory, size, MADV_NOHUGEPAGE)
      for offset in stride(from: 0, to: size, by: pageSize) {
        memory.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
        sum &+= 1
      }
      munmap(memory, size)
    }
    return sum
  }

  /// A byte that goes to another process and comes back.
  private static func contextSwitches() -> UInt64 {
    guard let partner = Echo() else { return 0 }
    return partner.exchange(rounds: 50_000)
  }
}
