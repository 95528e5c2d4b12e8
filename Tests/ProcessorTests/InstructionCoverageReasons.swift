import X86

extension DecoderForm {
  /// Why a form is executed here and not compared with the host's processor; `nil` if there is no reason.
  var reasonForNoComparison: String? {
    if Self.decimals.contains(operation) {
      return "does not exist in 64-bit mode: judged by decimal numbers in `DecimalArithmeticTests`"
    }
    if isAbsentFrom64BitMode { return "does not exist in 64-bit mode, in which the comparison runs" }
    if hasSegmentOperand { return Self.segments }
    return Self.reasons.first { $0.operations.contains(operation) }?.text
  }

  private static let decimals: Set<Operation> = [.daa, .das, .aaa, .aas, .aam, .aad]

  private static let segments =
    "depends on descriptors, which are the host kernel's: judged by the self-test guest, under QEMU too"

  private static let reasons: [(text: String, operations: Set<Operation>)] = [
    (segments, [.lar, .lsl, .verr, .verw, .lss, .lfs, .lgs, .retFar, .jmpFar, .callFar, .iret]),
    ("moves what the thread of the host lives on", [.rdfsbase, .rdgsbase, .wrfsbase, .wrgsbase]),
    (
      "tells of the host's processor, its system or its time",
      [.cpuid, .rdtsc, .rdtscp, .rdpid, .sgdt, .sidt, .sldt, .str, .smsw, .xgetbv]
    ),
    ("random on the host", [.rdrand, .rdseed]),
    ("enters the host's kernel: judged by the self-test guest", [.syscall, .sysenter, .int1]),
    ("the host's system decides whether programs may", [.rdpmc]),
    ("privileged, and not the same for all vendors in long mode", [.sysexit, .invpcid]),
    (
      "changes caches, of which there are none here: unit tests judge its faults",
      [.clflush, .clflushopt, .clwb]
    ),
    ("clears a line of memory: judged by `CacheLineTests`", [.clzero]),
    (
      "compared with the host by `VectorStateImageTests` in 3000 cases, where the host is AMD's",
      [.fxsave, .xsave, .xsavec, .xrstor]
    ),
    ("what it leaves out is the processor's choice: judged by unit tests", [.xsaveopt]),
    ("an image of the whole unit: judged by unit tests", [.fxrstor, .fnsave, .frstor, .fldenv]),
    (
      "of hypervisors: judged by `Guests/VirtualMachines`, under QEMU too",
      [.vmrun, .vmmcall, .vmload, .vmsave, .stgi, .clgi, .invlpga]
    ),
    ("system management mode, which no processor here enters: #UD", [.rsm]),
  ]
}
