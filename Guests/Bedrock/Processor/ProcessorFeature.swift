/// A feature that CPUID reports by one bit.
public struct ProcessorFeature: Sendable {
  /// The name in lower case, as Linux writes it in `/proc/cpuinfo`.
  public let name: StaticString
  let leaf: UInt32
  let register: IdentificationRegister
  let bit: UInt32

  /// The feature that a bit of a leaf's first subleaf reports.
  public init(_ name: StaticString, _ leaf: UInt32, _ register: IdentificationRegister, _ bit: UInt32) {
    self.name = name
    self.leaf = leaf
    self.register = register
    self.bit = bit
  }
}

extension ProcessorFeature {
  /// The no-execute bit of page-table entries.
  public static var noExecute: Self { Self("nx", 0x8000_0001, .edx, 20) }
  /// RDRAND.
  public static var randomNumbers: Self { Self("rdrand", 1, .ecx, 30) }
  /// A local APIC.
  public static var localAPIC: Self { Self("apic", 1, .edx, 9) }
  /// A local APIC that also answers through MSRs.
  public static var x2APIC: Self { Self("x2apic", 1, .ecx, 21) }
  /// 1 GiB pages.
  public static var gigabytePages: Self { Self("pdpe1gb", 0x8000_0001, .edx, 26) }
  /// Secure virtual machine.
  public static var secureVirtualMachine: Self { Self("svm", 0x8000_0001, .ecx, 2) }
  /// A hypervisor is present.
  public static var hypervisor: Self { Self("hypervisor", 1, .ecx, 31) }
  /// POPCNT.
  public static var populationCount: Self { Self("popcnt", 1, .ecx, 23) }
  /// SMEP: the supervisor may not execute user pages.
  public static var supervisorExecutionPrevention: Self { Self("smep", 7, .ebx, 7) }
  /// SMAP: the supervisor may not access user pages.
  public static var supervisorAccessPrevention: Self { Self("smap", 7, .ebx, 20) }
  /// CMPXCHG16B.
  public static var compareExchange16Bytes: Self { Self("cx16", 1, .ecx, 13) }

  /// Every feature with a name here, in the order of leaves.
  public static func forEach(_ body: (ProcessorFeature) -> Void) {
    for (leaf, register, names) in [
      (1, .edx, standardEDX), (1, .ecx, standardECX), (7, .ebx, structuredEBX), (7, .ecx, structuredECX),
      (0x8000_0001, .edx, extendedEDX), (0x8000_0001, .ecx, extendedECX),
    ] as [(UInt32, IdentificationRegister, [(UInt32, StaticString)])] {
      for (bit, name) in names { body(ProcessorFeature(name, leaf, register, bit)) }
    }
  }

  private static var standardEDX: [(UInt32, StaticString)] {
    [
      (0, "fpu"), (1, "vme"), (2, "de"), (3, "pse"), (4, "tsc"), (5, "msr"), (6, "pae"), (7, "mce"),
      (8, "cx8"), (9, "apic"), (11, "sep"), (12, "mtrr"), (13, "pge"), (14, "mca"), (15, "cmov"),
      (16, "pat"), (17, "pse36"), (19, "clflush"), (23, "mmx"), (24, "fxsr"), (25, "sse"), (26, "sse2"),
      (28, "ht"),
    ]
  }

  private static var standardECX: [(UInt32, StaticString)] {
    [
      (0, "sse3"), (1, "pclmulqdq"), (3, "monitor"), (9, "ssse3"), (12, "fma"), (13, "cx16"), (17, "pcid"),
      (19, "sse4_1"), (20, "sse4_2"), (21, "x2apic"), (22, "movbe"), (23, "popcnt"),
      (24, "tsc_deadline_timer"), (25, "aes"), (26, "xsave"), (27, "osxsave"), (28, "avx"), (29, "f16c"),
      (30, "rdrand"), (31, "hypervisor"),
    ]
  }

  private static var structuredEBX: [(UInt32, StaticString)] {
    [
      (0, "fsgsbase"), (1, "tsc_adjust"), (3, "bmi1"), (5, "avx2"), (7, "smep"), (8, "bmi2"), (9, "erms"),
      (10, "invpcid"), (18, "rdseed"), (19, "adx"), (20, "smap"), (23, "clflushopt"), (24, "clwb"),
      (29, "sha_ni"),
    ]
  }

  private static var structuredECX: [(UInt32, StaticString)] {
    [(2, "umip"), (3, "pku"), (9, "vaes"), (10, "vpclmulqdq"), (16, "la57"), (22, "rdpid")]
  }

  private static var extendedEDX: [(UInt32, StaticString)] {
    [
      (11, "syscall"), (20, "nx"), (22, "mmxext"), (25, "fxsr_opt"), (26, "pdpe1gb"), (27, "rdtscp"),
      (29, "lm"),
    ]
  }

  private static var extendedECX: [(UInt32, StaticString)] {
    [
      (0, "lahf_lm"), (1, "cmp_legacy"), (2, "svm"), (4, "cr8_legacy"), (5, "abm"), (6, "sse4a"),
      (7, "misalignsse"), (8, "3dnowprefetch"),
    ]
  }
}
