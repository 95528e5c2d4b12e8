#if arch(x86_64) && os(Linux)
  import HostProcessor
  import Testing
  import X86

  @testable import Processor

  /// The same instructions as in ``VectorHostComparisonTests``, with unmasked exceptions, alignment checks, and
  /// memory operands that end beyond a page.
  @Suite(
    "Vector exceptions as on the host's processor", .serialized,
    .enabled(if: host_has_avx2() && host_has_fma() && host_has_f16c(), "the host has no x86-64-v3"))
  struct VectorFaultTests {
    private typealias Place = HostComparisonCase.Place

    #if DEBUG
      private static let casesOfForm = 20
    #else
      private static let casesOfForm = 1000
    #endif

    private static let families = (VectorEncodings.families + VEXEncodings.families).filter {
      !$0.name.hasPrefix("x87")
    }

    @Test("Every vector form faults, or does not, as it does on the host", arguments: families)
    func forms(_ family: VectorEncodings.Family) throws {
      let comparison = try #require(HostComparison())
      var generator = VectorOperandGenerator(seed: 0xFA17)
      let encodings = family.encodings
      let counts = VectorEncodings.Family.counts(encodings)
      for encoding in encodings {
        for _ in 0..<max(Self.casesOfForm / (counts[encoding.name] ?? 1), 8) {
          let start = Self.start(encoding, family.elements, &generator)
          guard let difference = comparison.difference(start) else { continue }
          Issue.record("\(encoding): \(difference): \(start)")
          break
        }
      }
    }

    private static func start(
      _ encoding: VectorEncodings.Encoding, _ elements: VectorOperandGenerator.Elements,
      _ generator: inout VectorOperandGenerator
    ) -> HostComparisonCase {
      var scenario = generator.scenario(elements)
      if generator.next() % 2 == 0 {
        scenario.mxcsr &= ~UInt32(truncatingIfNeeded: generator.next() & 0x1F80)
      }
      var start = HostComparisonCase()
      start.bytes = encoding.bytes
      start.general[0] = scenario.rax
      start.general[1] = scenario.rcx
      start.general[2] = scenario.rdx
      start.general[4] = Place.stack + Place.stackSize / 2
      let target = target(&generator)
      start.general[6] = target
      start.general[7] = target
      start.flags = scenario.flags | 0x202
      if generator.next() % 8 == 0 { start.flags |= 1 << 18 }
      start.vectors = scenario.area
      let room =
        target >= Place.data && target < Place.data + Place.dataSize
        ? Place.data + Place.dataSize - target : 0
      if room > 0 {
        start.patches = [
          .init(address: target, bytes: Array(scenario.memory.bytes.prefix(Int(min(room, 64)))))
        ]
      }
      return start
    }

    /// Where memory operands lie: mostly about the end of what is mapped.
    private static func target(_ generator: inout VectorOperandGenerator) -> UInt64 {
      let offset = generator.next() % 72
      switch generator.next() % 16 {
      case 0: return Place.data + 0x100 + offset
      case 1: return Place.data + 0x1000 - offset
      case 2: return Place.readOnly + 0x1000 - offset
      case 3: return Place.readOnly + 0x100 + offset / 32 * 32
      case 4: return Place.data &- offset
      case 5: return 0x8000_0000_0000_0000 &+ offset
      case 6, 7, 8: return Place.data + 0x100 + offset / 32 * 32
      default: return Place.data + Place.dataSize - offset
      }
    }
  }
#endif
