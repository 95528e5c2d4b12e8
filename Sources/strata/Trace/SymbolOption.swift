import ArgumentParser
import SystemPackage
import Tracing

/// Where names for code addresses come from.
struct SymbolOption: ParsableArguments {
  /// The files that can be read.
  static let files = "a System.map, the text of /proc/kallsyms, or a vmlinux"

  @Option(
    help: ArgumentHelp("Name the functions of code addresses by \(files).", valueName: "file"))
  var symbols: String?

  /// Gives a file the symbols that the option names.
  ///
  /// - Throws: `ExitCode`, after telling what is wrong.
  func add(to file: inout TraceFile) throws {
    if let symbols { file.symbols = try SymbolTable(ofFile: symbols) }
  }

  /// The file, which is not to be replaced.
  var paths: [FilePath] { symbols.map { [FilePath($0)] } ?? [] }
}

extension SymbolTable {
  /// The functions that a file names.
  ///
  /// - Throws: `ExitCode`, after telling what is wrong.
  init(ofFile path: String) throws {
    do {
      self = try SymbolFile.functions(in: HostFileStorage(FilePath(path)))
    } catch let error as Errno {
      Diagnostic.write("cannot read \(path): \(error)")
      throw SystemExit.noInput
    } catch let error as SymbolFileError {
      Diagnostic.write("\(path) \(error)")
      if case .unreadable = error { throw SystemExit.noInput }
      throw SystemExit.data
    }
  }
}
