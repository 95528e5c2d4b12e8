import ArgumentParser
import SystemPackage
import Tracing

/// Where names for code addresses come from.
struct SymbolOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Name the functions of code addresses by a System.map, the text of /proc/kallsyms, or a vmlinux.",
      valueName: "file"))
  var symbols: String?

  /// Gives a file the symbols that the option names.
  ///
  /// - Throws: `ExitCode`, after telling what is wrong.
  func add(to file: inout TraceFile) throws {
    guard let symbols else { return }
    do {
      file.symbols = try SymbolFile.functions(in: HostFileStorage(FilePath(symbols)))
    } catch let error as Errno {
      Diagnostic.write("cannot read \(symbols): \(error)")
      throw SystemExit.noInput
    } catch let error as SymbolFileError {
      Diagnostic.write("\(symbols) \(error)")
      if case .unreadable = error { throw SystemExit.noInput }
      throw SystemExit.data
    }
  }
}
