extension OpcodeForm {
  /// Group 6: descriptor tables and selectors.
  static let group6: [OpcodeForm] = [
    OpcodeForm(0x00, reg: 0, .sldt, .mw),
    OpcodeForm(0x00, reg: 0, .sldt, .rv),
    OpcodeForm(0x00, reg: 1, .str, .mw),
    OpcodeForm(0x00, reg: 1, .str, .rv),
    OpcodeForm(0x00, reg: 2, .lldt, .ew),
    OpcodeForm(0x00, reg: 3, .ltr, .ew),
    OpcodeForm(0x00, reg: 4, .verr, .ew),
    OpcodeForm(0x00, reg: 5, .verw, .ew),
  ]

  /// Group 7: descriptor tables in memory; in the register form, extensions of many kinds.
  static let group7: [OpcodeForm] = [
    OpcodeForm(0x01, reg: 0, .sgdt, .ms, is: .force64),
    OpcodeForm(0x01, reg: 1, .sidt, .ms, is: .force64),
    OpcodeForm(0x01, reg: 2, .lgdt, .ms, is: .force64),
    OpcodeForm(0x01, reg: 3, .lidt, .ms, is: .force64),
    OpcodeForm(0x01, reg: 4, .smsw, .mw),
    OpcodeForm(0x01, reg: 4, .smsw, .rv),
    OpcodeForm(0x01, prefix: .pF3, reg: 5, .rstorssp, .mq, needs: .cet),
    OpcodeForm(0x01, reg: 6, .lmsw, .ew),
    OpcodeForm(0x01, reg: 7, .invlpg, .m),
    OpcodeForm(0x01, prefix: .np, reg: 0, mod: .register, rm: 1, .vmcall, needs: .vmx),
    OpcodeForm(0x01, prefix: .np, reg: 1, mod: .register, rm: 0, .monitor, needs: .monitor),
    OpcodeForm(0x01, prefix: .np, reg: 1, mod: .register, rm: 1, .mwait, needs: .monitor),
    OpcodeForm(0x01, prefix: .np, reg: 1, mod: .register, rm: 2, .clac, needs: .smap),
    OpcodeForm(0x01, prefix: .np, reg: 1, mod: .register, rm: 3, .stac, needs: .smap),
    OpcodeForm(0x01, prefix: .np, reg: 2, mod: .register, rm: 0, .xgetbv, needs: .xsave),
    OpcodeForm(0x01, prefix: .np, reg: 2, mod: .register, rm: 1, .xsetbv, needs: .xsave),
    OpcodeForm(0x01, reg: 3, mod: .register, rm: 0, .vmrun, needs: .svm),
    OpcodeForm(0x01, reg: 3, mod: .register, rm: 1, .vmmcall, needs: .svm),
    OpcodeForm(0x01, prefix: .pF3, reg: 3, mod: .register, rm: 1, .vmgexit, needs: .sevES),
    OpcodeForm(0x01, prefix: .pF2, reg: 3, mod: .register, rm: 1, .vmgexit, needs: .sevES),
    OpcodeForm(0x01, reg: 3, mod: .register, rm: 2, .vmload, needs: .svm),
    OpcodeForm(0x01, reg: 3, mod: .register, rm: 3, .vmsave, needs: .svm),
    OpcodeForm(0x01, reg: 3, mod: .register, rm: 4, .stgi, needs: .svm),
    OpcodeForm(0x01, reg: 3, mod: .register, rm: 5, .clgi, needs: .svm),
    OpcodeForm(0x01, reg: 3, mod: .register, rm: 6, .skinit, needs: .skinit),
    OpcodeForm(0x01, reg: 3, mod: .register, rm: 7, .invlpga, needs: .svm),
    OpcodeForm(0x01, prefix: .pF3, reg: 5, mod: .register, rm: 0, .setssbsy, needs: .cet),
    OpcodeForm(0x01, prefix: .pF3, reg: 5, mod: .register, rm: 2, .saveprevssp, needs: .cet),
    OpcodeForm(0x01, prefix: .np, reg: 5, mod: .register, rm: 6, .rdpkru, needs: .protectionKeys),
    OpcodeForm(0x01, prefix: .np, reg: 5, mod: .register, rm: 7, .wrpkru, needs: .protectionKeys),
    OpcodeForm(0x01, reg: 7, mod: .register, rm: 0, .swapgs, is: .only64),
    OpcodeForm(0x01, reg: 7, mod: .register, rm: 1, .rdtscp, needs: .rdtscp),
    OpcodeForm(0x01, prefix: .np, reg: 7, mod: .register, rm: 2, .monitorx, needs: .monitorx),
    OpcodeForm(0x01, prefix: .pF3, reg: 7, mod: .register, rm: 2, .mcommit, needs: .mcommit),
    OpcodeForm(0x01, prefix: .np, reg: 7, mod: .register, rm: 3, .mwaitx, needs: .monitorx),
    OpcodeForm(0x01, reg: 7, mod: .register, rm: 4, .clzero, needs: .clzero),
    OpcodeForm(0x01, prefix: .unrepeated, reg: 7, mod: .register, rm: 5, .rdpru, needs: .rdpru),
    OpcodeForm(0x01, prefix: .pF3, reg: 7, mod: .register, rm: 5, .rmpquery, is: .only64, needs: .sevSNP),
    OpcodeForm(0x01, prefix: .pF2, reg: 7, mod: .register, rm: 5, .rmpread, is: .only64, needs: .sevSNP),
    OpcodeForm(0x01, prefix: .np, reg: 7, mod: .register, rm: 6, .invlpgb, needs: .invlpgb),
    OpcodeForm(0x01, prefix: .pF3, reg: 7, mod: .register, rm: 6, .rmpadjust, is: .only64, needs: .sevSNP),
    OpcodeForm(0x01, prefix: .pF2, reg: 7, mod: .register, rm: 6, .rmpupdate, is: .only64, needs: .sevSNP),
    OpcodeForm(0x01, prefix: .np, reg: 7, mod: .register, rm: 7, .tlbsync, needs: .invlpgb),
    OpcodeForm(0x01, prefix: .pF3, reg: 7, mod: .register, rm: 7, .psmash, is: .only64, needs: .sevSNP),
    OpcodeForm(0x01, prefix: .pF2, reg: 7, mod: .register, rm: 7, .pvalidate, needs: .sevSNP),
  ]

  /// Group 8: bit tests with an immediate.
  static let group8: [OpcodeForm] = [
    OpcodeForm(0xBA, reg: 4, .bt, .ev, .ub),
    OpcodeForm(0xBA, reg: 5, .bts, .ev, .ub, is: .lock),
    OpcodeForm(0xBA, reg: 6, .btr, .ev, .ub, is: .lock),
    OpcodeForm(0xBA, reg: 7, .btc, .ev, .ub, is: .lock),
  ]

  /// Group 9: double-width exchange, random numbers, compact state.
  static let group9: [OpcodeForm] = [
    OpcodeForm(0xC7, reg: 1, .cmpxchg8b, .mq, is: .lock, needs: .cmpxchg8b),
    OpcodeForm(0xC7, reg: 1, wide: true, .cmpxchg16b, .mdq, is: .lock, needs: .cmpxchg16b),
    OpcodeForm(0xC7, prefix: .np, reg: 3, .xrstors, .m, needs: .xsaves),
    OpcodeForm(0xC7, prefix: .np, reg: 4, .xsavec, .m, needs: .xsavec),
    OpcodeForm(0xC7, prefix: .np, reg: 5, .xsaves, .m, needs: .xsaves),
    OpcodeForm(0xC7, prefix: .unrepeated, reg: 6, .rdrand, .rv, needs: .rdrand),
    OpcodeForm(0xC7, prefix: .unrepeated, reg: 7, .rdseed, .rv, needs: .rdseed),
    OpcodeForm(0xC7, prefix: .pF3, reg: 7, .rdpid, .rn, is: .native, needs: .rdpid),
  ]

  /// Group 15: state in memory, fences, segment bases.
  static let group15: [OpcodeForm] = [
    OpcodeForm(0xAE, prefix: .np, reg: 0, .fxsave, .mfx, needs: .fxsr),
    OpcodeForm(0xAE, prefix: .np, reg: 1, .fxrstor, .mfx, needs: .fxsr),
    OpcodeForm(0xAE, prefix: .np, reg: 2, .ldmxcsr, .md, needs: .sse),
    OpcodeForm(0xAE, prefix: .np, reg: 3, .stmxcsr, .md, needs: .sse),
    OpcodeForm(0xAE, prefix: .np, reg: 4, .xsave, .m, needs: .xsave),
    OpcodeForm(0xAE, prefix: .np, reg: 5, .xrstor, .m, needs: .xsave),
    OpcodeForm(0xAE, prefix: .np, reg: 6, .xsaveopt, .m, needs: .xsaveopt),
    OpcodeForm(0xAE, prefix: .np, reg: 7, .clflush, .mb, needs: .clflush),
    OpcodeForm(0xAE, prefix: .p66, reg: 6, .clwb, .mb, needs: .clwb),
    OpcodeForm(0xAE, prefix: .p66, reg: 7, .clflushopt, .mb, needs: .clflushopt),
    OpcodeForm(0xAE, prefix: .pF3, reg: 6, .clrssbsy, .mq, needs: .cet),
    OpcodeForm(0xAE, prefix: .np, reg: 5, mod: .register, .lfence, needs: .sse2),
    OpcodeForm(0xAE, prefix: .np, reg: 6, mod: .register, .mfence, needs: .sse2),
    OpcodeForm(0xAE, prefix: .np, reg: 7, mod: .register, .sfence, needs: .sse),
    OpcodeForm(0xAE, prefix: .pF3, reg: 0, .rdfsbase, .ry, is: .only64, needs: .fsgsbase),
    OpcodeForm(0xAE, prefix: .pF3, reg: 1, .rdgsbase, .ry, is: .only64, needs: .fsgsbase),
    OpcodeForm(0xAE, prefix: .pF3, reg: 2, .wrfsbase, .ry, is: .only64, needs: .fsgsbase),
    OpcodeForm(0xAE, prefix: .pF3, reg: 3, .wrgsbase, .ry, is: .only64, needs: .fsgsbase),
    OpcodeForm(0xAE, prefix: .pF3, reg: 5, .incssp, .ry, needs: .cet),
  ]
}
