extension SVM.ExitCode {
  /// The codes with the names that Linux's `kvm_exit` event gives them, by their numbers.
  public static let symbols: [TraceSymbol] = intercepts + instructions + others

  private static let intercepts = [
    TraceSymbol(0x00, "read_cr0"), TraceSymbol(0x02, "read_cr2"), TraceSymbol(0x03, "read_cr3"),
    TraceSymbol(0x04, "read_cr4"), TraceSymbol(0x08, "read_cr8"),
    TraceSymbol(0x10, "write_cr0"), TraceSymbol(0x12, "write_cr2"), TraceSymbol(0x13, "write_cr3"),
    TraceSymbol(0x14, "write_cr4"), TraceSymbol(0x18, "write_cr8"),
    TraceSymbol(0x20, "read_dr0"), TraceSymbol(0x21, "read_dr1"), TraceSymbol(0x22, "read_dr2"),
    TraceSymbol(0x23, "read_dr3"), TraceSymbol(0x24, "read_dr4"), TraceSymbol(0x25, "read_dr5"),
    TraceSymbol(0x26, "read_dr6"), TraceSymbol(0x27, "read_dr7"),
    TraceSymbol(0x30, "write_dr0"), TraceSymbol(0x31, "write_dr1"), TraceSymbol(0x32, "write_dr2"),
    TraceSymbol(0x33, "write_dr3"), TraceSymbol(0x34, "write_dr4"), TraceSymbol(0x35, "write_dr5"),
    TraceSymbol(0x36, "write_dr6"), TraceSymbol(0x37, "write_dr7"),
    TraceSymbol(0x40, "DE excp"), TraceSymbol(0x41, "DB excp"), TraceSymbol(0x43, "BP excp"),
    TraceSymbol(0x44, "OF excp"), TraceSymbol(0x45, "BR excp"), TraceSymbol(0x46, "UD excp"),
    TraceSymbol(0x47, "NM excp"), TraceSymbol(0x48, "DF excp"), TraceSymbol(0x4A, "TS excp"),
    TraceSymbol(0x4B, "NP excp"), TraceSymbol(0x4C, "SS excp"), TraceSymbol(0x4D, "GP excp"),
    TraceSymbol(0x4E, "PF excp"), TraceSymbol(0x50, "MF excp"), TraceSymbol(0x51, "AC excp"),
    TraceSymbol(0x52, "MC excp"), TraceSymbol(0x53, "XF excp"),
  ]

  private static let instructions = [
    TraceSymbol(0x60, "interrupt"), TraceSymbol(0x61, "nmi"), TraceSymbol(0x62, "smi"),
    TraceSymbol(0x63, "init"), TraceSymbol(0x64, "vintr"), TraceSymbol(0x65, "cr0_sel_write"),
    TraceSymbol(0x66, "read_idtr"), TraceSymbol(0x67, "read_gdtr"), TraceSymbol(0x68, "read_ldtr"),
    TraceSymbol(0x69, "read_rt"), TraceSymbol(0x6A, "write_idtr"), TraceSymbol(0x6B, "write_gdtr"),
    TraceSymbol(0x6C, "write_ldtr"), TraceSymbol(0x6D, "write_rt"), TraceSymbol(0x6E, "rdtsc"),
    TraceSymbol(0x6F, "rdpmc"), TraceSymbol(0x70, "pushf"), TraceSymbol(0x71, "popf"),
    TraceSymbol(0x72, "cpuid"), TraceSymbol(0x73, "rsm"), TraceSymbol(0x74, "iret"),
    TraceSymbol(0x75, "swint"), TraceSymbol(0x76, "invd"), TraceSymbol(0x77, "pause"),
    TraceSymbol(0x78, "hlt"), TraceSymbol(0x79, "invlpg"), TraceSymbol(0x7A, "invlpga"),
    TraceSymbol(0x7B, "io"), TraceSymbol(0x7C, "msr"), TraceSymbol(0x7D, "task_switch"),
    TraceSymbol(0x7E, "ferr_freeze"), TraceSymbol(0x7F, "shutdown"), TraceSymbol(0x80, "vmrun"),
    TraceSymbol(0x81, "hypercall"), TraceSymbol(0x82, "vmload"), TraceSymbol(0x83, "vmsave"),
    TraceSymbol(0x84, "stgi"), TraceSymbol(0x85, "clgi"), TraceSymbol(0x86, "skinit"),
    TraceSymbol(0x87, "rdtscp"), TraceSymbol(0x88, "icebp"), TraceSymbol(0x89, "wbinvd"),
    TraceSymbol(0x8A, "monitor"), TraceSymbol(0x8B, "mwait"), TraceSymbol(0x8D, "xsetbv"),
    TraceSymbol(0x8E, "rdpru"), TraceSymbol(0xA2, "invpcid"),
  ]

  private static let others = [
    TraceSymbol(0x400, "npf"), TraceSymbol(0x401, "avic_incomplete_ipi"),
    TraceSymbol(0x402, "avic_unaccelerated_access"), TraceSymbol(0x403, "vmgexit"),
    TraceSymbol(-1, "invalid_guest_state"),
  ]
}
