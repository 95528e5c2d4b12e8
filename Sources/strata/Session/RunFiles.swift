import Glibc
import SystemPackage

/// The files that a run reads and those that it writes. Nothing that is read is ever written over.
struct RunFiles {
  private var inputs: [FilePath]
  private var outputs: [FilePath] = []
  /// The report is made when the run is over, when it would be too late to learn that it cannot be.
  private var report: FilePath?

  /// What a request names.
  init(_ request: RunRequest) {
    inputs = [request.kernel] + [request.initialRamdisk].compactMap { $0 }
    for disk in request.disks {
      switch disk.access {
      case .readOnly: inputs.append(FilePath(disk.path))
      case .readWrite: outputs.append(FilePath(disk.path))
      }
    }
    if case .file(let path) = request.serial { outputs.append(FilePath(path)) }
    if case .line(.file(let path)) = request.modem?.terminal { outputs.append(FilePath(path)) }
    if case .file(let path) = request.report {
      report = FilePath(path)
      outputs.append(FilePath(path))
    }
    if let trace = request.trace {
      if let symbols = trace.symbolFile { inputs.append(symbols) }
      outputs.append(trace.output.file.path)
      if trace.hasSnapshots { outputs.append(trace.output.snapshotPath) }
    }
  }

  /// Refuses names that cannot go together, before anything is opened.
  func check() throws(CommandError) {
    let read = Set(inputs.compactMap(FileIdentity.init))
    var written: Set<FileIdentity> = []
    for path in outputs {
      guard let identity = FileIdentity(path) else { continue }
      guard !read.contains(identity) else {
        throw Self.refusal("\(path) is the file that is read: choose another name for what is written")
      }
      guard written.insert(identity).inserted else {
        throw Self.refusal("\(path) would be written twice: give each output a file of its own")
      }
    }
    if let report { try Self.requireWritable(report) }
  }

  private static func requireWritable(_ path: FilePath) throws(CommandError) {
    let status = FileIdentity.status(of: path)
    guard status.map({ $0.st_mode & S_IFMT != S_IFDIR }) ?? true else {
      throw refusal("cannot create the report \(path): \(CommandError.text(of: EISDIR))")
    }
    let place = status == nil ? FileIdentity.folder(of: path) : path
    guard place.withPlatformString({ access($0, W_OK) }) == 0 else {
      throw refusal("cannot create the report \(path): \(CommandError.text(of: errno))")
    }
  }

  private static func refusal(_ line: String) -> CommandError { CommandError(line, SystemExit.cannotCreate) }
}
