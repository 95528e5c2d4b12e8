/// The place of a file inside the guest: relative to the guest's root, normalised, and safe to unpack.
///
/// Names arrive from command lines, host folders and packages. What is refused here is what would let a name
/// mean another place than it seems to (`..`), or what Linux would not unpack (`PATH_MAX`, `NAME_MAX`).
public struct GuestPath: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The guest's root folder.
  public static let root = GuestPath(components: [])
  /// Where Linux looks for the first process of an initramfs.
  static let initProgram = GuestPath(components: ["init"])

  /// The names from the root downwards; empty for the root itself.
  let components: [String]

  /// `PATH_MAX` of Linux counts the terminating NUL; `init/initramfs.c` drops entries with longer names.
  private static let longestPath = 4095
  /// `NAME_MAX` of Linux.
  private static let longestName = 255

  private init(components: [String]) {
    self.components = components
  }

  /// Reads a path with `/` between names; slashes at the start and end, and doubled ones, mean nothing.
  ///
  /// - Throws: ``ImageError`` of kind `usage` for `.` and `..`, NUL bytes, names over 255 bytes,
  ///   and paths over 4095 bytes.
  public init(_ text: String) throws(ImageError) {
    let names = text.split(separator: "/").map(String.init)
    for name in names {
      guard name != ".", name != ".." else {
        throw ImageError(.usage, "\(text): a path in the guest must not contain '\(name)'")
      }
      guard !name.utf8.contains(0) else {
        throw ImageError(.usage, "a path in the guest must not contain a NUL byte")
      }
      guard name.utf8.count <= Self.longestName else {
        throw ImageError(.usage, "a name in the guest is longer than 255 bytes: \(name.prefix(40))...")
      }
    }
    let length = names.reduce(names.count - 1) { $0 + $1.utf8.count }
    guard length <= Self.longestPath else {
      throw ImageError(.usage, "a path in the guest is longer than 4095 bytes: \(text.prefix(40))...")
    }
    components = names
  }

  /// The path as an archive holds it: no slash at the start; empty for the root.
  var archiveName: String { components.joined(separator: "/") }

  /// The path as the guest's programs name it.
  public var description: String { "/" + archiveName }

  /// The folder that holds this path; nil for the root.
  var parent: GuestPath? {
    components.isEmpty ? nil : GuestPath(components: components.dropLast())
  }

  /// Every folder above this path, outermost first, without the root.
  var ancestors: [GuestPath] {
    components.indices.dropFirst().map { GuestPath(components: Array(components[..<$0])) }
  }

  /// The place that `relative`, which must itself be a good path, has under this one.
  public func appending(_ relative: String) throws(ImageError) -> GuestPath {
    try GuestPath(archiveName + "/" + relative)
  }

  /// The place that a symbolic link at this path leads to. `..` stops at the root, as it does in the guest.
  func following(link target: String) throws(ImageError) -> GuestPath {
    var names = target.hasPrefix("/") ? [] : Array(components.dropLast())
    for name in target.split(separator: "/") where name != "." {
      if name == ".." {
        _ = names.popLast()
      } else {
        names.append(String(name))
      }
    }
    return try GuestPath(names.joined(separator: "/"))
  }

  /// Orders by bytes, so that a folder comes before what it holds whatever the host's locale.
  public static func < (left: GuestPath, right: GuestPath) -> Bool {
    left.archiveName.utf8.lexicographicallyPrecedes(right.archiveName.utf8)
  }
}
