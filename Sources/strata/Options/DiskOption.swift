import Devices

/// `FILE[,readonly]`: a raw image for a virtio disk.
struct DiskOption: Equatable {
  let path: String
  let access: FileBlockBackend.Access

  private static let readOnlySuffix = ",readonly"

  /// Reads the two parts. A name may have commas of its own.
  init(_ text: String) {
    let isReadOnly = text.hasSuffix(Self.readOnlySuffix)
    path = isReadOnly ? String(text.dropLast(Self.readOnlySuffix.count)) : text
    access = isReadOnly ? .readOnly : .readWrite
  }
}
