import Bedrock
import Interfaces
import _Volatile

@_extern(c, "trustlevels_record_start") private func recordStart() -> UInt64

/// What a processor tells of the state in which it begins. It does nothing else, and does not wake up again.
final class StartRecord: @unchecked Sendable {
  /// The words of the record: `StartRecord.h`.
  enum Word: Int {
    case rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
    case flags, cr0, cr3, cr4, efer, pageAttributeTable, apicBase, index, apicIdentifier, spuriousInterrupt
    case cs, ds, es, fs, gs, ss, tr, ldtr, gdtrLimit, gdtrBase, idtrLimit, idtrBase, dr7, lstar, count
  }

  /// The general registers but RSP.
  static let generalRegisters: [Word] = [
    .rax, .rcx, .rdx, .rbx, .rbp, .rsi, .rdi, .r8, .r9, .r10, .r11, .r12, .r13, .r14, .r15,
  ]

  private static let size = 1024
  private static let stack = 512

  private let memory: UnsafeMutableRawPointer

  init() {
    memory = .allocate(byteCount: Self.size, alignment: 16)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.size)
  }

  deinit { memory.deallocate() }

  /// A context that fills this record, with the tables of a processor.
  func context(like processor: Processor) -> HyperV.InitialContext {
    var context = processor.idleContext
    context.instructionPointer = recordStart()
    context.stackPointer = address
    return context
  }

  /// Where the record is: what RSP is at the start.
  var address: UInt64 { UInt64(UInt(bitPattern: memory + Self.stack)) }

  subscript(word: Word) -> UInt64 {
    let place = UInt(address) + UInt(word.rawValue) * 8
    return UInt64(VolatileMappedRegister<UInt64>(unsafeBitPattern: place).load())
  }

  /// How often a processor began so.
  var count: UInt64 { self[.count] }

  /// GDTR or IDTR, whose limit is in the upper 2 bytes of the first of two words.
  func table(_ limit: Word, _ base: Word) -> HyperV.TableRegister {
    HyperV.TableRegister(base: self[base], limit: UInt16(truncatingIfNeeded: self[limit] >> 48))
  }
}
