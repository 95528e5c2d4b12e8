/// What a processor must have, as CPUID reports it, for an encoding to be what the decoder says it is.
///
/// The decoder knows all of them and refuses none: whoever executes an instruction raises #UD for a feature that
/// its processor lacks. Two encodings mean an older instruction there instead: without ``bmi1`` TZCNT is BSF, and
/// without ``lzcnt`` LZCNT is BSR. Without ``cet`` ENDBR32, ENDBR64 and RDSSP do nothing.
public enum Feature: UInt8, Sendable, CaseIterable {
  /// Every processor with a 64-bit mode.
  case base
  /// The processor's x87 part.
  case x87
  /// CMOVcc, and with ``x87`` FCMOVcc and FCOMI.
  case cmov
  case cmpxchg8b, cmpxchg16b
  case timeStampCounter, rdtscp, modelSpecificRegisters, rdpid, rdpru
  /// SYSCALL and SYSRET.
  case syscall
  /// SYSENTER and SYSEXIT.
  case sysenter
  /// LAHF and SAHF in 64-bit mode.
  case lahf
  case mmx, fxsr, sse, sse2, sse3, ssse3, sse41, sse42, sse4a
  case popcnt, lzcnt, bmi1, bmi2, movbe, adx
  case rdrand, rdseed
  case aes, pclmulqdq, sha, gfni
  case avx, avx2, f16c, fma, vaes, vpclmulqdq
  case xsave, xsaveopt, xsavec, xsaves
  /// PREFETCH and PREFETCHW.
  case prefetchw
  case clflush, clflushopt, clwb, clzero, wbnoinvd
  case monitor, monitorx, mcommit
  case fsgsbase, smap, invpcid, invlpgb
  /// RDPKRU and WRPKRU.
  case protectionKeys
  /// Shadow stacks.
  case cet
  case svm, skinit
  /// VMGEXIT.
  case sevES
  /// SEV-SNP: PVALIDATE and the instructions of the reverse map table.
  case sevSNP
  /// VMCALL, on Intel's processors.
  case vmx
}
