import Testing
import X86

@testable import Processor

@Suite("Processor models")
struct IdentificationTests {
  private func letters(_ words: UInt32...) -> String {
    String(
      decoding: words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } },
      as: UTF8.self)
  }

  private func identify(
    _ leaf: UInt32, _ subleaf: UInt32 = 0, model: ProcessorModel = .default,
    context: CPUIDContext = CPUIDContext()
  ) -> CPUIDValues {
    model.identification(leaf: leaf, subleaf: subleaf, in: context)
  }

  // MARK: CPUID

  @Test("The vendor is AMD, the family 19h, the model 61h, and a hypervisor leaf says who runs it")
  func identity() {
    let vendor = identify(0)
    #expect(letters(vendor.ebx, vendor.edx, vendor.ecx) == "AuthenticAMD")
    #expect(identify(1).eax == 0xA6_0F12)
    #expect(identify(0x8000_0001).eax == 0xA6_0F12)
    let hypervisor = identify(0x4000_0000)
    #expect(letters(hypervisor.ebx, hypervisor.ecx, hypervisor.edx) == "StrataStrata")
    #expect(identify(0x4000_0010).eax == 1_000_000)
    let brand = (UInt32(0x8000_0002)...0x8000_0004).map { leaf in
      let part = identify(leaf)
      return letters(part.eax, part.ebx, part.ecx, part.edx)
    }.joined()
    #expect(brand.utf8.count == 48)
    #expect(brand.hasPrefix("Strata "))
  }

  @Test("No two features share a bit")
  func locationsAreDistinct() {
    let features = ProcessorFeature.allCases
    for (index, feature) in features.enumerated() {
      for other in features[(index + 1)...] {
        #expect(feature.location != other.location, "\(feature) and \(other)")
      }
    }
  }

  @Test("CPUID, executed, returns the leaf in registers that are 32 bits wide")
  func instruction() throws {
    let machine = try #require(SystemMachine.longMode())
    machine.core.setGeneral(GeneralRegister.rax, 0xFFFF_FFFF_0000_0000)
    machine.execute(0x0F, 0xA2)
    #expect(machine.core.general(GeneralRegister.rbx) == 0x6874_7541)
    #expect(machine.core.general(GeneralRegister.rax) == 0x16)
  }

  @Test("OSXSAVE follows CR4, and the XSAVE area holds x87, SSE and AVX")
  func extendedState() {
    #expect(identify(1).ecx & 1 << 27 == 0)
    #expect(identify(1, context: CPUIDContext(cr4: .osxsave)).ecx & 1 << 27 != 0)
    #expect(identify(0xD) == CPUIDValues(eax: 7, ebx: 576, ecx: 832))
    #expect(identify(0xD, context: CPUIDContext(xcr0: [.x87, .sse, .avx])).ebx == 832)
    #expect(identify(0xD, 1) == CPUIDValues(eax: 7, ebx: 576))
    #expect(identify(0xD, 1, context: CPUIDContext(xcr0: [.x87, .sse, .avx])).ebx == 832)
    #expect(identify(0xD, 2) == CPUIDValues(eax: 256, ebx: 576))
    #expect(identify(0xD, 3) == CPUIDValues())
  }

  @Test("Without AVX there is neither its state nor what needs it")
  func extendedStateWithoutAVX() throws {
    let model = try ProcessorModel.parse("default,-avx")
    #expect(identify(0xD, model: model) == CPUIDValues(eax: 3, ebx: 576, ecx: 576))
    #expect(identify(0xD, 2, model: model) == CPUIDValues())
    for feature in [ProcessorFeature.avx, .avx2, .fma, .f16c] { #expect(!model.has(feature), "\(feature)") }
    #expect(model.has(.xsave))
    #expect(try ProcessorModel.parse("-xsave").features.isDisjoint(with: [.avx, .avx2, .xsaveopt, .xsavec]))
  }

  @Test("The TSC's frequency is told to be 1 GHz")
  func frequency() {
    let leaf = identify(0x15)
    #expect(UInt64(leaf.ecx) * UInt64(leaf.ebx) / UInt64(leaf.eax) == 1_000_000_000)
    #expect(identify(0x8000_0007).edx & 1 << 8 != 0)
  }

  @Test("Every processor is a core of one package", arguments: [(1, 0), (2, 1), (3, 2), (8, 3), (64, 6)])
  func topology(count: Int, bits: UInt32) {
    var model = ProcessorModel.default
    model.processorCount = count
    let context = CPUIDContext(index: UInt32(count - 1))
    #expect(
      identify(0xB, 0, model: model, context: context)
        == CPUIDValues(ebx: 1, ecx: 0x100, edx: UInt32(count - 1)))
    #expect(identify(0xB, 1, model: model, context: context).eax == bits)
    #expect(identify(0xB, 1, model: model, context: context).ebx == UInt32(count))
    #expect(identify(0x8000_0008, model: model).ecx == bits << 12 | UInt32(count - 1))
    #expect(identify(0x8000_001E, model: model, context: context).eax == UInt32(count - 1))
    #expect(identify(1, model: model, context: context).ebx >> 24 == UInt32(count - 1))
    #expect((identify(1, model: model).edx & 1 << 28 != 0) == (count > 1))
  }

  @Test("The cache leaves agree about sizes")
  func caches() {
    func size(_ leaf: CPUIDValues) -> UInt32 {
      ((leaf.ebx >> 22) + 1) * ((leaf.ebx & 0xFFF) + 1) * (leaf.ecx + 1)
    }
    #expect(size(identify(0x8000_001D, 0)) == (identify(0x8000_0005).ecx >> 24) << 10)
    #expect(size(identify(0x8000_001D, 2)) == (identify(0x8000_0006).ecx >> 16) << 10)
    #expect(size(identify(0x8000_001D, 3)) == (identify(0x8000_0006).edx >> 18) << 19)
    #expect(identify(0x8000_001D, 4).eax == 0)
  }

  // MARK: Features

  @Test(
    "No model claims what is not implemented, or lacks what its features need", arguments: ProcessorModel.all)
  func consistency(model: ProcessorModel) {
    for feature in model.features {
      #expect(feature.isImplemented, "\(feature)")
      for needed in feature.prerequisites { #expect(model.has(needed), "\(feature) needs \(needed)") }
    }
  }

  @Test("An instruction of an absent feature is not offered; TZCNT is BSF then")
  func offers() {
    var instruction = Instruction()
    instruction.operation = .vaddps
    instruction.feature = .avx
    #expect(ProcessorModel.default.isOffered(instruction))
    #expect(!ProcessorModel.level2.isOffered(instruction))
    instruction.operation = .popcnt
    instruction.feature = .popcnt
    #expect(ProcessorModel.default.isOffered(instruction))
    #expect(!ProcessorModel.level1.isOffered(instruction))
    instruction.operation = .tzcnt
    instruction.feature = .bmi1
    #expect(ProcessorModel.default.isOffered(instruction))
    #expect(ProcessorModel.level2.isOffered(instruction))
    #expect(!ProcessorModel.level2.offers(.bmi1))
    #expect(ProcessorModel.default.offers(.bmi1))
  }

  @Test("A feature that is absent takes its bits of CR4 along")
  func controlBits() throws {
    #expect(
      ProcessorModel.default.controlRegister4.isSuperset(of: [.smap, .pcide, .fsgsbase, .umip, .osxsave]))
    let model = try ProcessorModel.parse("default,-smap")
    #expect(!model.controlRegister4.contains(.smap))
    #expect(identify(7, model: model).ebx & 1 << 20 == 0)
  }

  // MARK: Descriptions

  @Test("A description adds and removes features, in either spelling")
  func descriptions() throws {
    let model = try ProcessorModel.parse("x86-64-v2,+rdrand,-SSE4.2")
    #expect(model.name == "x86-64-v2")
    #expect(model.has(.rdrand))
    #expect(!model.has(.sse4_2))
    #expect(try ProcessorModel.parse("-x2apic").name == "default")
  }

  @Test(
    "Bad descriptions say what is wrong",
    arguments: [
      ("defualt", ProcessorModelError.unknownModel("defualt", similar: ["default"])),
      ("default,+sse4_3", .unknownFeature("sse4_3", similar: ["sse4_1", "sse4_2", "sse3"])),
      ("default,+pku", .notImplemented(.pku)),
      ("default,-sse2", .indispensable(.sse2)),
      ("default,-avx,+avx2", .missingPrerequisite(.avx2, needs: .avx)),
      ("default,sse2", .malformed("sse2")),
      ("default,+ht", .unknownFeature("ht", similar: [])),
      ("", .malformed("")),
    ])
  func badDescriptions(text: String, error: ProcessorModelError) {
    #expect(throws: error) { try ProcessorModel.parse(text) }
    #expect(!error.description.contains("\n"))
  }
}
