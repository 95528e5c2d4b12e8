#if arch(x86_64) && os(Linux)
  import Testing

  /// Tests that execute programs natively at fixed addresses: one at a time, beside all others.
  @Suite("Programs here and on the host's processor", .serialized)
  enum NativeExecution {}
#endif
