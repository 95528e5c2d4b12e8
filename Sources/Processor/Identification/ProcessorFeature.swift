/// What CPUID can say that a processor has, by the name that Linux shows in /proc/cpuinfo where it shows one.
///
/// ``location`` is the one place where a feature's leaf, register and bit are written down (APM volume 3,
/// appendix E; SDM volume 2, CPUID).
public enum ProcessorFeature: String, CaseIterable, Sendable {
  // MARK: Fn0000_0001 EDX
  case fpu, vme, de, pse, tsc, msr, pae, mce, cx8, apic, sep, mtrr, pge, mca, cmov, pat, pse36, clflush
  case mmx, fxsr, sse, sse2
  /// The package has more than one logical processor. Set by the number of processors, not by name.
  case ht

  // MARK: Fn0000_0001 ECX
  case sse3, pclmulqdq, monitor, ssse3, fma, cx16, pcid, sse4_1, sse4_2, x2apic, movbe, popcnt
  case tscDeadlineTimer = "tsc_deadline_timer"
  case aes, xsave, avx, f16c, rdrand, hypervisor

  // MARK: Fn0000_0006 EAX
  case arat

  // MARK: Fn0000_0007, subleaf 0, EBX
  case fsgsbase
  case tscAdjust = "tsc_adjust"
  case bmi1, avx2, smep, bmi2, erms, invpcid, rdseed, adx, smap, clflushopt, clwb
  case shaNI = "sha_ni"

  // MARK: Fn0000_0007, subleaf 0, ECX and EDX
  case umip, pku, gfni, vaes, vpclmulqdq, rdpid, la57, fsrm
  case userShadowStack = "user_shstk"

  // MARK: Fn0000_000D, subleaf 1, EAX
  case xsaveopt, xsavec, xgetbv1, xsaves

  // MARK: Fn8000_0001 EDX
  case syscall, nx, mmxext
  case pdpe1gb, rdtscp, lm

  // MARK: Fn8000_0001 ECX
  case lahf = "lahf_lm"
  case cmpLegacy = "cmp_legacy"
  case svm, abm, sse4a, misalignsse
  case prefetchw = "3dnowprefetch"
  case skinit, topoext, mwaitx

  // MARK: Fn8000_0007 EDX
  case invariantTSC = "constant_tsc"

  // MARK: Fn8000_0008 EBX
  case clzero, xsaveerptr, invlpgb, rdpru, mcommit, wbnoinvd, ibpb, ibrs, stibp, cppc
  case stibpAlwaysOn = "stibp_always_on"
  case ssbNo = "amd_ssb_no"
  case btcNo = "btc_no"
  case ibpbReturn = "ibpb_ret"

  // MARK: Fn8000_000A EDX
  case npt, lbrv
  case svmLock = "svm_lock"
  case nripSave = "nrip_save"
  case tscRateMSR = "tsc_scale"
  case vmcbClean = "vmcb_clean"
  case flushByASID = "flushbyasid"
  case decodeAssists = "decodeassists"
  case avic, x2avic
  case svmeAddressCheck = "svme_addr_chk"

  // MARK: Fn8000_001F EAX
  case sev
  case sevES = "sev_es"
  case sevSNP = "sev_snp"

  // MARK: Fn8000_0021 EAX and ECX
  case noNestedDataBreakpoints = "no_nested_data_bp"
  case lfenceSerializing = "lfence_rdtsc"
  case nullSelectorClearsBase = "null_sel_clr_base"
  case automaticIBRS = "autoibrs"
  case ibpbBranchType = "ibpb_brtype"
  case srsoNo = "srso_no"
  case tsaStoreQueueNo = "tsa_sq_no"
  case tsaL1No = "tsa_l1_no"
  /// Bit 7 has no public name; Linux from 6.12.117 asks for it together with the two above.
  case tsaOtherNo = "tsa_other_no"
}

/// A bit of what CPUID returns.
public struct FeatureLocation: Equatable, Sendable {
  /// EAX on entry.
  public var leaf: UInt32
  /// ECX on entry, where the leaf looks at it.
  public var subleaf: UInt32
  /// The register that holds the bit.
  public var register: CPUIDRegister
  /// The bit's number, 0 to 31.
  public var bit: UInt8
}

/// The four registers that CPUID returns.
public enum CPUIDRegister: String, Sendable, CaseIterable {
  case eax, ebx, ecx, edx
}
