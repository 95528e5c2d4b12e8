/// A statically linked executable for x86, whose headers have been checked against the file.
struct ELFFile {
  /// How wide the file's addresses are.
  enum FileClass: Equatable {
    case elf32, elf64
  }

  let fileClass: FileClass
  /// What is to be loaded.
  let program: KernelProgram
  let notes: [ELFNote]
  /// The entry as the header has it.
  private let headerEntry: UInt64

  private static let format = "ELF"
  /// No kernel has more notes, in bytes; more would only take time.
  private static let noteSizeLimit: UInt64 = 1 << 20

  static func matches(_ bytes: [UInt8]) -> Bool {
    bytes.has(ELFFormat.magic, at: 0)
  }

  /// Checks the headers of a file for which `matches` holds.
  ///
  /// - Throws: `BootError` if it is truncated, contradicts itself, or is not an executable for this machine.
  init(_ bytes: [UInt8]) throws(BootError) {
    let header = try ELFHeader(bytes)
    var segments: [KernelProgram.Segment] = []
    var notes: [ELFNote] = []
    var noteSize: UInt64 = 0
    for index in 0..<header.programHeaderCount {
      let program = try header.programHeader(index, of: bytes)
      switch program.type {
      case ELFFormat.segmentLoad where program.memorySize > 0:
        segments.append(try Self.segment(program, of: bytes))
      case ELFFormat.segmentInterpreter:
        throw .foreignKernel(.linuxProgram)
      case ELFFormat.segmentNote:
        noteSize = noteSize.addingReportingOverflow(program.fileSize).partialValue
        guard program.fileSize <= Self.noteSizeLimit, noteSize <= Self.noteSizeLimit else {
          throw .malformedKernel(
            format: Self.format, reason: "its notes take more than \(Self.noteSizeLimit) bytes")
        }
        guard let content = bytes.slice(at: program.offset, length: program.fileSize) else {
          throw .truncated(Self.format, at: program.offset, length: program.fileSize, of: bytes)
        }
        notes += ELFNote.parse(content, alignment: program.alignment)
      default:
        continue
      }
    }
    if notes.contains(where: { $0.kind == ELFFormat.linuxProgramNote }) {
      throw .foreignKernel(.linuxProgram)
    }
    fileClass = header.fileClass
    program = try KernelProgram(bytes, segments: segments, format: Self.format)
    self.notes = notes
    headerEntry = header.entry
  }

  private static func segment(_ program: ELFHeader.Program, of bytes: [UInt8]) throws(BootError)
    -> KernelProgram.Segment
  {
    guard program.fileSize <= program.memorySize else {
      throw .malformedKernel(format: format, reason: "a segment is larger in the file than in memory")
    }
    let (end, overflow) = program.physicalAddress.addingReportingOverflow(program.memorySize)
    guard !overflow, !program.virtualAddress.addingReportingOverflow(program.memorySize - 1).overflow else {
      throw .malformedKernel(format: format, reason: "a segment wraps around the end of the address space")
    }
    // Where nothing is taken from the file, the offset may be anything.
    let offset = program.fileSize == 0 ? 0 : program.offset
    guard bytes.slice(at: offset, length: program.fileSize) != nil else {
      throw .truncated(format, at: offset, length: program.fileSize, of: bytes)
    }
    return KernelProgram.Segment(
      fileRange: Int(offset)..<Int(offset + program.fileSize),
      virtualAddress: program.virtualAddress, memory: program.physicalAddress..<end)
  }

  /// The physical address of the entry.
  ///
  /// The header has a virtual address; it is translated by the segment that contains it. A file whose entry
  /// is in no segment's virtual addresses, but in one's physical addresses, means those.
  ///
  /// - Throws: `BootError.malformedKernel` if no segment contains the entry.
  func physicalEntry() throws(BootError) -> UInt64 {
    for segment in program.segments {
      let offset = headerEntry &- segment.virtualAddress
      if offset < segment.memory.upperBound - segment.memory.lowerBound {
        return segment.memory.lowerBound + offset
      }
    }
    guard program.contains(headerEntry) else {
      throw .malformedKernel(
        format: Self.format, reason: "no segment contains the entry 0x\(String(headerEntry, radix: 16))")
    }
    return headerEntry
  }
}
