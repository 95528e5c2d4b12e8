import Interfaces

/// Writes `trace.dat` files of version 6, which `trace-cmd` and KernelShark read (trace-cmd, trace-cmd.dat.v6(5)).
public enum TraceFileVersion6 {
  /// The bytes of a file.
  public static func bytes(of contents: TraceContents, _ description: TraceFileDescription) -> [UInt8] {
    var file = ByteWriter()
    TraceFileParts.head(version: "6", to: &file)
    TraceFileParts.headers(to: &file)
    // Formats of ftrace's own events.
    file.put(UInt32(0))
    TraceFileParts.events(of: contents, to: &file)
    // Symbols of the kernel.
    file.put(UInt32(0))
    file.put(sized32: TraceFileParts.constantTexts(description))
    file.put(sized64: TraceFileParts.tasks(description))
    file.put(UInt32(contents.processors.count))
    putOptions(contents, description, to: &file)
    file.put(terminated: "flyrecord")
    putPages(contents, to: &file)
    return file.bytes
  }

  private static func putOptions(
    _ contents: TraceContents, _ description: TraceFileDescription, to file: inout ByteWriter
  ) {
    file.put(text: "options  ")
    file.put([0])
    for option in TraceFileParts.options(contents, description) {
      file.put(option.identifier)
      file.put(sized32: option.data)
    }
    file.put(UInt16(0))
  }

  private static func putPages(_ contents: TraceContents, to file: inout ByteWriter) {
    let tableSize = contents.processors.count * 16
    var offset = alignedUp(file.bytes.count + tableSize)
    let start = offset
    for processor in contents.processors {
      let size = processor.pages.count * TracePage.size
      file.put(UInt64(offset))
      file.put(UInt64(size))
      offset += size
    }
    file.pad(to: start)
    for processor in contents.processors {
      for page in processor.pages { file.put(page) }
    }
  }

  private static func alignedUp(_ offset: Int) -> Int {
    (offset + TracePage.size - 1) / TracePage.size * TracePage.size
  }
}
