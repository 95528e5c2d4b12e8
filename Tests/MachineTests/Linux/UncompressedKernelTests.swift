import Testing

@testable import Machine

extension LinuxTests {
  /// `vmlinux`, which starts by PVH.
  @Suite struct UncompressedKernelTests {
    @Test("An uncompressed kernel starts at the entry of its PVH note")
    func boots() throws {
      let guest = LinuxGuest(processors: 2, script: "echo \"nproc: $(nproc)\"")
      let image = try guest.kernel.uncompressedImage
      guard case .pvh = image else {
        Issue.record("the image is taken for something else")
        return
      }
      let run = try guest.run(image)
      #expect(run.event == .powerOff, "the console ends with:\n\(run.end)")
      #expect(run.lines("nproc") == ["2"])
      #expect(run.lines("strata") == ["the script ended with status 0"])
    }
  }
}
