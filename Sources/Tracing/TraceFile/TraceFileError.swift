/// Why a file cannot be read.
public enum TraceFileError: Error, Equatable, CustomStringConvertible {
  /// It does not begin like a trace.dat file.
  case foreign
  /// It is of another version.
  case version(String)
  /// It is of a big-endian machine, of one whose `long` has 32 bits, or its pages have an unusual size.
  case machine
  /// It is compressed by an algorithm that is none of ``TraceCompression``.
  case compressed(String)
  /// It is compressed, and the host lacks the library that undoes it.
  case libraryMissing(TraceCompression)
  /// It ends before it is complete, or an address in it is wrong.
  case truncated
  /// The host does not give its bytes.
  case unreadable(String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .foreign: "this is no trace.dat file"
    case .version(let version): "this is a trace.dat file of version \(version); versions 6 and 7 can be read"
    case .machine: "this trace.dat file is not of a little-endian machine with 64 bits"
    case .compressed(let algorithm):
      "this trace.dat file is compressed by \(algorithm): 'trace-cmd convert --compression none' writes it anew"
    case .libraryMissing(let compression):
      "this trace.dat file is compressed by \(compression.rawValue): install \(compression.package) (apt-get install \(compression.package))"
    case .truncated: "this trace.dat file is truncated or damaged"
    case .unreadable(let reason): "this file cannot be read: \(reason)"
    }
  }
}
