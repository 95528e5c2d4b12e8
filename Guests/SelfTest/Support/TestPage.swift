import Bedrock

/// A page of memory that a test maps where nothing else is.
struct TestPage {
  /// The second 512 GiB: nothing of the identity map is there.
  static let firstAddress = VirtualAddress(1 << 39)

  let computer: Computer
  let address: VirtualAddress
  let frame: PhysicalAddress

  /// A page of zeros, mapped at a place of its own. Nil if there is no memory for it.
  init?(_ computer: Computer, number: UInt64 = 0, _ attributes: PageAttributes = .writable) {
    guard let frame = computer.frames.allocate() else { return nil }
    self.computer = computer
    self.frame = frame
    address = Self.firstAddress + number * PageFrameAllocator.frameSize
    do throws(PageTable.Failure) {
      try computer.pageTable.map(address, to: frame, attributes)
    } catch {
      computer.frames.free(frame)
      return nil
    }
  }

  /// Unmaps the page and gives its memory back.
  func remove() {
    _ = computer.pageTable.unmap(address)
    computer.frames.free(frame)
  }

  /// Places bytes in the page, through the identity map.
  func fill(_ bytes: [UInt8]) {
    for (offset, byte) in bytes.enumerated() {
      frame.pointer?.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
  }

  /// Maps a page for the time of a test; a page that cannot be mapped is a failure.
  static func with(
    _ computer: Computer, _ expectations: inout Expectations, number: UInt64 = 0,
    _ attributes: PageAttributes = .writable, _ body: (TestPage, inout Expectations) -> Void
  ) {
    guard let page = TestPage(computer, number: number, attributes) else {
      expectations.expect(false, "no page could be mapped")
      return
    }
    body(page, &expectations)
    page.remove()
  }
}
