import ArgumentParser
import Images
import SystemPackage

/// `HOST[:GUEST]`: a folder of the host and where the guest sees what it holds.
struct FolderMapping {
  let host: FilePath
  let guest: GuestPath

  /// Reads the two places; without the second it is the guest's root.
  init(_ text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    host = FilePath(String(parts[0]))
    guest = try parts.count == 2 ? GuestPath(String(parts[1])) : .root
  }
}

/// `HOST:GUEST`: a file of the host and its full name in the guest.
struct FileMapping {
  let host: FilePath
  let guest: GuestPath

  /// Reads the two places.
  init(_ text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw ValidationError("a file is written HOST:GUEST, with its full name in the guest")
    }
    host = FilePath(String(parts[0]))
    guest = try GuestPath(String(parts[1]))
  }
}
