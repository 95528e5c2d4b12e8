import Bus

extension LinuxKernel {
  /// Puts the kernel and all it is told into memory, by the 64-bit boot protocol.
  ///
  /// - Throws: `BootError` if the kernel, the RAM disk or the command line does not fit.
  func load(into memory: GuestMemory, _ configuration: BootConfiguration) throws(BootError) -> BootState {
    let kernelEnd = loadAddress + initialSize
    guard kernelEnd <= memory.lowSize else {
      throw .kernelTooLarge(neededMemory: kernelEnd, memory: memory.size)
    }
    let handover = LinuxHandover(
      setupHeader: setupHeader, kernel: loadAddress..<kernelEnd,
      entry: loadAddress + LinuxBootProtocol.longModeEntry, commandLineLimit: commandLineLimit,
      ramdiskLimit: ramdiskLimit, takesRamdiskAbove4G: takesRamdiskAbove4G)
    let state = try handover.write(to: memory, configuration)
    try memory.place(protectedModeKernel, at: loadAddress)
    return state
  }
}
