/// The bytes of a command line, with the NUL that ends them.
///
/// - Parameters:
///   - text: The command line.
///   - limit: The most bytes that the kernel takes, without the NUL; by default as many as there is room for.
/// - Throws: `BootError.commandLineTooLong` or `BootError.commandLineContainsNUL`.
func terminatedCommandLine(_ text: String, limit: Int = .max) throws(BootError) -> [UInt8] {
  let bytes = [UInt8](text.utf8)
  let room = BootLayout.strings.upperBound - BootLayout.strings.lowerBound
  let limit = min(limit, Int(room) - 1)
  guard !bytes.contains(0) else { throw .commandLineContainsNUL }
  guard bytes.count <= limit else { throw .commandLineTooLong(length: bytes.count, limit: limit) }
  return bytes + [0]
}
