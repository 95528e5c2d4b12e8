/// A node of a device tree (Devicetree Specification 0.4, 2.2): a device, or what holds devices.
struct DeviceTreeNode {
  /// The name, with the unit address behind an @ if the node has one; empty for the root.
  let name: String
  let properties: [DeviceTreeProperty]
  let children: [DeviceTreeNode]

  init(_ name: String, _ properties: [DeviceTreeProperty], children: [DeviceTreeNode] = []) {
    self.name = name
    self.properties = properties
    self.children = children
  }
}

/// A property of a node: a name, and a value in the form that the name's meaning demands.
struct DeviceTreeProperty {
  let name: String
  /// The value as the tree holds it.
  let value: [UInt8]

  /// A property that says something by being there.
  static func marker(_ name: String) -> DeviceTreeProperty {
    DeviceTreeProperty(name: name, value: [])
  }

  /// Numbers of 32 bits, most significant byte first.
  static func cells(_ name: String, _ cells: UInt32...) -> DeviceTreeProperty {
    DeviceTreeProperty(name: name, value: cells.flatMap(\.bigEndianBytes))
  }

  /// Numbers of two cells each, the more significant cell first.
  static func doubleCells(_ name: String, _ numbers: [UInt64]) -> DeviceTreeProperty {
    DeviceTreeProperty(name: name, value: numbers.flatMap(\.bigEndianBytes))
  }

  /// A text, which a NUL ends.
  static func text(_ name: String, _ text: String) -> DeviceTreeProperty {
    DeviceTreeProperty(name: name, value: text.utf8 + [0])
  }
}

extension FixedWidthInteger {
  /// The bytes of the number, the most significant first.
  var bigEndianBytes: [UInt8] { Swift.withUnsafeBytes(of: bigEndian, Array.init) }
}
