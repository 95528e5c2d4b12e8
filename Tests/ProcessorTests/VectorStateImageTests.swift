#if arch(x86_64) && os(Linux)
  import HostProcessor
  import Testing
  import X86

  @testable import Processor

  extension NativeExecution {
    /// What XSAVE and its variants write, and what XRSTOR makes of it, compared with the host's processor.
    ///
    /// Processors of other vendors save the pointers of the x87 unit without a pending exception, too.
    @Suite(
      "Images of the vector state as on the host's processor",
      .enabled(
        if: host_is_amd() && host_has_avx(),
        "needs a processor of AMD's or Hygon's with AVX: others save the pointers of the x87 unit differently"
      ))
    struct VectorStateImageTests {
      private typealias Place = HostComparisonCase.Place

      #if DEBUG
        private static let cases = 50
      #else
        private static let cases = 3000
      #endif

      /// At the address in RSI. XSAVEOPT is not among them: what the host's leaves out depends on when its kernel last
      /// switched tasks.
      private static let saves: [(String, [UInt8])] = [
        ("xsave", [0x0F, 0xAE, 0x26]), ("xsave64", [0x48, 0x0F, 0xAE, 0x26]),
        ("xsavec", [0x0F, 0xC7, 0x26]), ("xsavec64", [0x48, 0x0F, 0xC7, 0x26]),
        ("fxsave64", [0x48, 0x0F, 0xAE, 0x06]),
      ]

      @Test("Saves write the same bytes", arguments: saves)
      func save(_ name: String, _ bytes: [UInt8]) throws {
        let comparison = try #require(HostComparison())
        var generator = VectorOperandGenerator(seed: 0x5A7E)
        for _ in 0..<Self.cases {
          let start = Self.start(bytes, &generator)
          guard let difference = Self.lastingDifference(start, comparison) else { continue }
          Issue.record("\(name): \(difference): \(start)")
          break
        }
      }

      @Test("Restores take the same from areas of both formats, and refuse the same")
      func restore() throws {
        let comparison = try #require(HostComparison())
        var generator = VectorOperandGenerator(seed: 0x4E57)
        for _ in 0..<Self.cases * 2 {
          var start = Self.start([0x48, 0x0F, 0xAE, 0x2E], &generator)
          let area = start.general[6]
          let room = Int(Place.data + Place.dataSize - area)
          start.patches = [.init(address: area, bytes: Array(Self.image(&generator).prefix(room)))]
          guard let difference = comparison.difference(start) else { continue }
          Issue.record("\(difference): \(start)")
          break
        }
      }

      /// What differs each time. Which initial components a processor knows as such may change when the host's kernel
      /// switches tasks in the midst of a case.
      private static func lastingDifference(
        _ start: HostComparisonCase, _ comparison: HostComparison
      ) -> String? {
        for _ in 0..<3 where comparison.difference(start) == nil { return nil }
        return comparison.difference(start)
      }

      private static func start(
        _ bytes: [UInt8], _ generator: inout VectorOperandGenerator
      ) -> HostComparisonCase {
        var scenario = generator.scenario(.integers)
        initialise(&scenario, components: generator.next())
        var start = HostComparisonCase()
        start.bytes = bytes
        start.general[0] = generator.next() & 7
        start.general[4] = Place.stack + Place.stackSize / 2
        let misalignment: UInt64 = generator.next() % 16 == 0 ? 16 : 0
        // The last place is cut off by the end of what is mapped.
        let place = generator.next() % 8 == 0 ? Place.dataSize - 0x280 : 0x400 &* (generator.next() % 4)
        start.general[6] = Place.data + place + misalignment
        start.vectors = scenario.area
        return start
      }

      /// Gives components their initial state, each where a bit is set.
      private static func initialise(_ scenario: inout VectorScenario, components: UInt64) {
        if components & 1 != 0 {
          for offset in stride(from: 0, to: 24, by: 8) { scenario.area[at: offset] = 0 as UInt64 }
          for offset in stride(from: 32, to: 160, by: 8) { scenario.area[at: offset] = 0 as UInt64 }
          scenario.controlWord = 0x37F
        }
        for register in 0..<16 {
          for half in [0, 8] {
            if components & 2 != 0 { scenario.area[at: VectorScenario.xmm(register) + half] = 0 as UInt64 }
            if components & 4 != 0 {
              scenario.area[at: VectorScenario.upperYMM(register) + half] = 0 as UInt64
            }
          }
        }
        if components & 8 != 0 { scenario.mxcsr = 0x1F80 }
      }

      /// An area with a header that may make sense.
      private static func image(_ generator: inout VectorOperandGenerator) -> [UInt8] {
        var area = generator.scenario(.integers).area
        for offset in stride(from: 464, to: 576, by: 8) { area[at: offset] = 0 as UInt64 }
        let present = generator.next() & 7
        area[at: 512] = present
        if generator.next() % 2 == 0 {
          let layout = generator.next() % 8 == 0 ? generator.next() & 7 : present | generator.next() & 7
          area[at: 520] = layout | 1 << 63
        }
        switch generator.next() % 16 {
        case 0: area[at: 512] = present | 1 << 62
        case 1: area[at: 520] = 1 << 62 as UInt64
        case 2: area[at: 528] = 1 as UInt64
        case 3: area[at: 536] = 1 as UInt64
        case 4: area[at: 24] = 0x4_1F80 as UInt32
        default: break
        }
        return area.bytes
      }
    }
  }
#endif
