/// What an instruction does: one case for each mnemonic of the manuals, in lower case.
///
/// Where the manuals have several mnemonics for one operation on different sizes (MOVSB to MOVSQ, CBW to CDQE,
/// JCXZ to JRCXZ, FXSAVE and FXSAVE64) there is one case, and ``Instruction/operandSize`` or
/// ``Instruction/addressSize`` tells the size. Where a mnemonic names different operations (MOV with control
/// registers, near and far CALL) there are several.
public enum Operation: UInt16, Sendable, CaseIterable {
  /// An encoding that is undefined or that the decoder does not support: #UD.
  case invalid

  // MARK: Data movement
  case mov, movsx, movzx, movsxd, movbe, xchg, bswap, lea, cmovcc, xlat
  case push, pop, pusha, popa, pushf, popf, enter, leave
  /// CBW, CWDE and CDQE: the lower half of rAX is sign-extended to the operand size.
  case convertByte
  /// CWD, CDQ and CQO: rDX is filled with the sign of rAX.
  case convertWord
  case lds, les, lss, lfs, lgs
  case `in`, out

  // MARK: Integer arithmetic and logic
  case add, adc, sub, sbb, cmp, inc, dec, neg, mul, imul, div, idiv
  case adcx, adox
  case aaa, aas, aam, aad, daa, das
  case and, or, xor, not, test
  case rol, ror, rcl, rcr, shl, shr, sar, shld, shrd
  case bt, bts, btr, btc, bsf, bsr, tzcnt, lzcnt, popcnt, crc32, setcc
  case andn, bextr, blsi, blsmsk, blsr, bzhi, mulx, pdep, pext, rorx, sarx, shlx, shrx
  case xadd, cmpxchg, cmpxchg8b, cmpxchg16b
  case clc, stc, cmc, cld, std, lahf, sahf, salc
  case rdrand, rdseed

  // MARK: Strings; the width is the operand size
  case movs, cmps, stos, lods, scas, ins, outs

  // MARK: Control transfer
  case jcc, jmp, jmpFar, call, callFar, ret, retFar, iret
  case jrcxz, loop, loope, loopne
  case int3, int, int1, into, bound
  case ud0, ud1, ud2
  case nop, pause, endbr32, endbr64

  // MARK: Caches and memory order
  case prefetch, prefetchw, prefetchwt1, prefetchnta, prefetcht0, prefetcht1, prefetcht2
  case clflush, clflushopt, clwb, clzero, lfence, sfence, mfence, movnti
  case wbinvd, wbnoinvd, invd

  // MARK: System
  /// MOV to or from CR0 to CR15.
  case movControl
  /// MOV to or from DR0 to DR7.
  case movDebug
  /// MOV to or from a segment register.
  case movSegment
  case sgdt, sidt, lgdt, lidt, sldt, str, lldt, ltr, smsw, lmsw, clts
  case verr, verw, lar, lsl, arpl
  case syscall, sysret, sysenter, sysexit, swapgs
  case rdfsbase, rdgsbase, wrfsbase, wrgsbase
  case cli, sti, clac, stac, hlt, monitor, mwait, monitorx, mwaitx
  case cpuid, rdtsc, rdtscp, rdpid, rdpmc, rdpru, rdmsr, wrmsr, xgetbv, xsetbv, rdpkru, wrpkru
  case invlpg, invlpga, invlpgb, invpcid, tlbsync, mcommit, rsm
  case fxsave, fxrstor, xsave, xsaveopt, xsavec, xsaves, xrstor, xrstors, ldmxcsr, stmxcsr
  case incssp, rdssp, saveprevssp, rstorssp, wrss, wruss, setssbsy, clrssbsy

  // MARK: Virtualisation
  case vmrun, vmload, vmsave, vmmcall, vmcall, vmgexit, stgi, clgi, skinit
  case pvalidate, psmash, rmpadjust, rmpupdate, rmpquery, rmpread

  // MARK: x87
  case fadd, faddp, fiadd, fsub, fsubp, fisub, fsubr, fsubrp, fisubr
  case fmul, fmulp, fimul, fdiv, fdivp, fidiv, fdivr, fdivrp, fidivr
  case fld, fild, fbld, fst, fstp, fist, fistp, fisttp, fbstp, fxch, fcmovcc
  /// An FSTP of D9 D8 to D9 DF that no manual has: it raises no stack underflow.
  case fstpnce
  case fcom, fcomp, fcompp, ficom, ficomp, fucom, fucomp, fucompp, fcomi, fcomip, fucomi, fucomip
  case ftst, fxam, fchs, fabs
  case fld1, fldl2t, fldl2e, fldpi, fldlg2, fldln2, fldz
  case f2xm1, fyl2x, fptan, fpatan, fxtract, fprem1, fprem, fyl2xp1, fsqrt
  case fsincos, frndint, fscale, fsin, fcos
  case fdecstp, fincstp, ffree, ffreep, fnop, fninit, fnclex, wait
  case fnstcw, fnstsw, fnstenv, fnsave, fldcw, fldenv, frstor
  /// Instructions of the 8087 and 80287 that do nothing since.
  case feni, fdisi, fsetpm

  // MARK: MMX, and the SSE instructions of the same names
  case emms, movd, movq
  case packsswb, packssdw, packuswb
  case paddb, paddw, paddd, paddq, paddsb, paddsw, paddusb, paddusw
  case psubb, psubw, psubd, psubq, psubsb, psubsw, psubusb, psubusw
  case pmullw, pmulhw, pmulhuw, pmuludq, pmaddwd, psadbw, pavgb, pavgw
  case pmaxub, pmaxsw, pminub, pminsw
  case pand, pandn, por, pxor
  case pcmpeqb, pcmpeqw, pcmpeqd, pcmpgtb, pcmpgtw, pcmpgtd
  case psllw, pslld, psllq, psrlw, psrld, psrlq, psraw, psrad, pslldq, psrldq
  case punpcklbw, punpcklwd, punpckldq, punpckhbw, punpckhwd, punpckhdq, punpcklqdq, punpckhqdq
  case pextrw, pinsrw, pmovmskb, pshufw, maskmovq, movntq

  // MARK: SSE and SSE2
  case movaps, movapd, movups, movupd, movss, movsd, movdqa, movdqu, movdq2q, movq2dq
  case movhps, movhpd, movlps, movlpd, movhlps, movlhps, movmskps, movmskpd
  case movntps, movntpd, movntdq, maskmovdqu
  case addps, addpd, addss, addsd, subps, subpd, subss, subsd
  case mulps, mulpd, mulss, mulsd, divps, divpd, divss, divsd
  case sqrtps, sqrtpd, sqrtss, sqrtsd, rsqrtps, rsqrtss, rcpps, rcpss
  case minps, minpd, minss, minsd, maxps, maxpd, maxss, maxsd
  case andps, andpd, andnps, andnpd, orps, orpd, xorps, xorpd
  case cmpps, cmppd, cmpss, cmpsd, comiss, comisd, ucomiss, ucomisd
  case shufps, shufpd, unpcklps, unpcklpd, unpckhps, unpckhpd
  case cvtpi2ps, cvtpi2pd, cvtps2pi, cvttps2pi, cvtpd2pi, cvttpd2pi
  case cvtsi2ss, cvtsi2sd, cvtss2si, cvttss2si, cvtsd2si, cvttsd2si
  case cvtps2pd, cvtpd2ps, cvtss2sd, cvtsd2ss
  case cvtdq2ps, cvtps2dq, cvttps2dq, cvtdq2pd, cvtpd2dq, cvttpd2dq
  case pshufd, pshufhw, pshuflw

  // MARK: SSE3, SSSE3 and SSE4
  case addsubps, addsubpd, haddps, haddpd, hsubps, hsubpd, lddqu, movddup, movshdup, movsldup
  case pabsb, pabsw, pabsd, palignr, phaddw, phaddd, phaddsw, phsubw, phsubd, phsubsw
  case pmaddubsw, pmulhrsw, pshufb, psignb, psignw, psignd
  case blendps, blendpd, blendvps, blendvpd, dpps, dppd, extractps, insertps, movntdqa, mpsadbw
  case packusdw, pblendvb, pblendw, pcmpeqq, pextrb, pextrd, pextrq, phminposuw, pinsrb, pinsrd, pinsrq
  case pmaxsb, pmaxsd, pmaxud, pmaxuw, pminsb, pminsd, pminud, pminuw
  case pmovsxbw, pmovsxbd, pmovsxbq, pmovsxwd, pmovsxwq, pmovsxdq
  case pmovzxbw, pmovzxbd, pmovzxbq, pmovzxwd, pmovzxwq, pmovzxdq
  case pmuldq, pmulld, ptest, roundps, roundpd, roundss, roundsd
  case pcmpgtq, pcmpestri, pcmpestrm, pcmpistri, pcmpistrm
  case extrq, insertq, movntss, movntsd

  // MARK: AES, carry-less multiplication, SHA and Galois field
  case aesenc, aesenclast, aesdec, aesdeclast, aesimc, aeskeygenassist, pclmulqdq
  case sha1rnds4, sha1nexte, sha1msg1, sha1msg2, sha256rnds2, sha256msg1, sha256msg2
  case gf2p8affineqb, gf2p8affineinvqb, gf2p8mulb

  // MARK: AVX
  case vzeroall, vzeroupper, vldmxcsr, vstmxcsr
  case vmovd, vmovq, vmovaps, vmovapd, vmovups, vmovupd, vmovss, vmovsd, vmovdqa, vmovdqu
  case vmovhps, vmovhpd, vmovlps, vmovlpd, vmovhlps, vmovlhps, vmovmskps, vmovmskpd
  case vmovntps, vmovntpd, vmovntdq, vmovntdqa, vmaskmovdqu, vlddqu, vmovddup, vmovshdup, vmovsldup
  case vaddps, vaddpd, vaddss, vaddsd, vsubps, vsubpd, vsubss, vsubsd
  case vmulps, vmulpd, vmulss, vmulsd, vdivps, vdivpd, vdivss, vdivsd
  case vsqrtps, vsqrtpd, vsqrtss, vsqrtsd, vrsqrtps, vrsqrtss, vrcpps, vrcpss
  case vminps, vminpd, vminss, vminsd, vmaxps, vmaxpd, vmaxss, vmaxsd
  case vandps, vandpd, vandnps, vandnpd, vorps, vorpd, vxorps, vxorpd
  case vcmpps, vcmppd, vcmpss, vcmpsd, vcomiss, vcomisd, vucomiss, vucomisd
  case vshufps, vshufpd, vunpcklps, vunpcklpd, vunpckhps, vunpckhpd
  case vaddsubps, vaddsubpd, vhaddps, vhaddpd, vhsubps, vhsubpd, vdpps, vdppd
  case vblendps, vblendpd, vblendvps, vblendvpd, vextractps, vinsertps
  case vroundps, vroundpd, vroundss, vroundsd
  case vcvtsi2ss, vcvtsi2sd, vcvtss2si, vcvttss2si, vcvtsd2si, vcvttsd2si
  case vcvtps2pd, vcvtpd2ps, vcvtss2sd, vcvtsd2ss
  case vcvtdq2ps, vcvtps2dq, vcvttps2dq, vcvtdq2pd, vcvtpd2dq, vcvttpd2dq
  case vbroadcastss, vbroadcastsd, vbroadcastf128, vextractf128, vinsertf128, vperm2f128
  case vpermilps, vpermilpd, vmaskmovps, vmaskmovpd, vtestps, vtestpd

  // MARK: AVX on integers, and AVX2
  case vpacksswb, vpackssdw, vpackuswb, vpackusdw
  case vpaddb, vpaddw, vpaddd, vpaddq, vpaddsb, vpaddsw, vpaddusb, vpaddusw
  case vpsubb, vpsubw, vpsubd, vpsubq, vpsubsb, vpsubsw, vpsubusb, vpsubusw
  case vpmullw, vpmulhw, vpmulhuw, vpmuludq, vpmaddwd, vpsadbw, vpavgb, vpavgw
  case vpmaxub, vpmaxsw, vpminub, vpminsw
  case vpmaxsb, vpmaxsd, vpmaxud, vpmaxuw, vpminsb, vpminsd, vpminud, vpminuw
  case vpand, vpandn, vpor, vpxor, vptest
  case vpcmpeqb, vpcmpeqw, vpcmpeqd, vpcmpeqq, vpcmpgtb, vpcmpgtw, vpcmpgtd, vpcmpgtq
  case vpsllw, vpslld, vpsllq, vpsrlw, vpsrld, vpsrlq, vpsraw, vpsrad, vpslldq, vpsrldq
  case vpsllvd, vpsllvq, vpsrlvd, vpsrlvq, vpsravd
  case vpunpcklbw, vpunpcklwd, vpunpckldq, vpunpckhbw, vpunpckhwd, vpunpckhdq, vpunpcklqdq, vpunpckhqdq
  case vpextrb, vpextrw, vpextrd, vpextrq, vpinsrb, vpinsrw, vpinsrd, vpinsrq, vpmovmskb
  case vpshufb, vpshufd, vpshufhw, vpshuflw, vpsignb, vpsignw, vpsignd
  case vpabsb, vpabsw, vpabsd, vpalignr, vphaddw, vphaddd, vphaddsw, vphsubw, vphsubd, vphsubsw
  case vpmaddubsw, vpmulhrsw, vmpsadbw, vpblendvb, vpblendw, vphminposuw, vpmuldq, vpmulld
  case vpmovsxbw, vpmovsxbd, vpmovsxbq, vpmovsxwd, vpmovsxwq, vpmovsxdq
  case vpmovzxbw, vpmovzxbd, vpmovzxbq, vpmovzxwd, vpmovzxwq, vpmovzxdq
  case vpcmpestri, vpcmpestrm, vpcmpistri, vpcmpistrm
  case vpblendd, vpbroadcastb, vpbroadcastw, vpbroadcastd, vpbroadcastq
  case vbroadcasti128, vextracti128, vinserti128, vperm2i128
  case vpermd, vpermps, vpermq, vpermpd, vpmaskmovd, vpmaskmovq
  case vgatherdps, vgatherdpd, vgatherqps, vgatherqpd, vpgatherdd, vpgatherdq, vpgatherqd, vpgatherqq
  case vaesenc, vaesenclast, vaesdec, vaesdeclast, vaesimc, vaeskeygenassist, vpclmulqdq
  case vgf2p8affineqb, vgf2p8affineinvqb, vgf2p8mulb

  // MARK: F16C and FMA
  case vcvtph2ps, vcvtps2ph
  case vfmadd132ps, vfmadd132pd, vfmadd132ss, vfmadd132sd
  case vfmadd213ps, vfmadd213pd, vfmadd213ss, vfmadd213sd
  case vfmadd231ps, vfmadd231pd, vfmadd231ss, vfmadd231sd
  case vfmsub132ps, vfmsub132pd, vfmsub132ss, vfmsub132sd
  case vfmsub213ps, vfmsub213pd, vfmsub213ss, vfmsub213sd
  case vfmsub231ps, vfmsub231pd, vfmsub231ss, vfmsub231sd
  case vfnmadd132ps, vfnmadd132pd, vfnmadd132ss, vfnmadd132sd
  case vfnmadd213ps, vfnmadd213pd, vfnmadd213ss, vfnmadd213sd
  case vfnmadd231ps, vfnmadd231pd, vfnmadd231ss, vfnmadd231sd
  case vfnmsub132ps, vfnmsub132pd, vfnmsub132ss, vfnmsub132sd
  case vfnmsub213ps, vfnmsub213pd, vfnmsub213ss, vfnmsub213sd
  case vfnmsub231ps, vfnmsub231pd, vfnmsub231ss, vfnmsub231sd
  case vfmaddsub132ps, vfmaddsub132pd, vfmaddsub213ps, vfmaddsub213pd, vfmaddsub231ps, vfmaddsub231pd
  case vfmsubadd132ps, vfmsubadd132pd, vfmsubadd213ps, vfmsubadd213pd, vfmsubadd231ps, vfmsubadd231pd
}
