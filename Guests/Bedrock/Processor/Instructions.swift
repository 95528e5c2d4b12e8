// Swift's view of Instructions.S. Other files wrap these in types; only probes pass them on as they are.

@_extern(c, "bedrock_in8") func in8(_ port: UInt16) -> UInt8
@_extern(c, "bedrock_in16") func in16(_ port: UInt16) -> UInt16
@_extern(c, "bedrock_in32") func in32(_ port: UInt16) -> UInt32
@_extern(c, "bedrock_out8") func out8(_ port: UInt16, _ value: UInt8)
@_extern(c, "bedrock_out16") func out16(_ port: UInt16, _ value: UInt16)
@_extern(c, "bedrock_out32") func out32(_ port: UInt16, _ value: UInt32)

@_extern(c, "bedrock_rdmsr") func rdmsr(_ index: UInt64, _ unused: UInt64) -> UInt64
@_extern(c, "bedrock_wrmsr") func wrmsr(_ index: UInt64, _ value: UInt64) -> UInt64
@_extern(c, "bedrock_cpuid")
func cpuid(_ leaf: UInt32, _ subleaf: UInt32, _ registers: UnsafeMutablePointer<UInt32>)
@_extern(c, "bedrock_rdtsc") func rdtsc() -> UInt64
@_extern(c, "bedrock_rdrand") func rdrand(_ value: UnsafeMutablePointer<UInt64>) -> UInt32

@_extern(c, "bedrock_read_cr0") func readCR0() -> UInt64
@_extern(c, "bedrock_write_cr0") func writeCR0(_ value: UInt64)
@_extern(c, "bedrock_read_cr2") func readCR2() -> UInt64
@_extern(c, "bedrock_read_cr3") func readCR3() -> UInt64
@_extern(c, "bedrock_write_cr3") func writeCR3(_ value: UInt64)
@_extern(c, "bedrock_read_cr4") func readCR4() -> UInt64
@_extern(c, "bedrock_write_cr4") func writeCR4(_ value: UInt64)
@_extern(c, "bedrock_invlpg") func invlpg(_ address: UInt64)

@_extern(c, "bedrock_read_flags") func readFlags() -> UInt64
@_extern(c, "bedrock_cli") func cli()
@_extern(c, "bedrock_sti") func sti()
@_extern(c, "bedrock_pause") func pause()
@_extern(c, "bedrock_halt") func halt()
@_extern(c, "bedrock_sti_halt") func enableInterruptsAndHalt()

@_extern(c, "bedrock_load_segments")
func loadSegments(_ pointer: UnsafeRawPointer, _ code: UInt16, _ data: UInt16, _ task: UInt16)
@_extern(c, "bedrock_lidt") func lidt(_ pointer: UnsafeRawPointer)
@_extern(c, "bedrock_current_processor") func currentProcessorPointer() -> UnsafeRawPointer
