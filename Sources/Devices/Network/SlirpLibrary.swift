import HostNetwork

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// libslirp's functions, if the host has them.
struct SlirpLibrary {
  let make: slirp_new_function
  let cleanUp: slirp_cleanup_function
  let fill: slirp_fill_function
  let poll: slirp_poll_function
  let input: slirp_input_function

  private static let names = ["libslirp.so.0", "libslirp.0.dylib"]

  /// Looks for the library. Once found it stays.
  init() throws(UserNetworkError) {
    guard let library = Self.names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else {
      throw .libraryMissing
    }
    guard let make = dlsym(library, "slirp_new"), let cleanUp = dlsym(library, "slirp_cleanup"),
      let fill = dlsym(library, "slirp_pollfds_fill"), let poll = dlsym(library, "slirp_pollfds_poll"),
      let input = dlsym(library, "slirp_input")
    else { throw .libraryTooOld }
    self.make = unsafeBitCast(make, to: slirp_new_function.self)
    self.cleanUp = unsafeBitCast(cleanUp, to: slirp_cleanup_function.self)
    self.fill = unsafeBitCast(fill, to: slirp_fill_function.self)
    self.poll = unsafeBitCast(poll, to: slirp_poll_function.self)
    self.input = unsafeBitCast(input, to: slirp_input_function.self)
  }
}
