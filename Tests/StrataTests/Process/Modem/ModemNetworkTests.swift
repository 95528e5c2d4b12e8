import Foundation
import TestSupport
import Testing

/// Connections of a guest with a modem to the host, by the network that needs no rights.
@Suite struct ModemNetworkTests {
  /// What is carried each way; a longer run is made with more, see Documentation/MHI.md.
  private static let size =
    ProcessInfo.processInfo.environment["STRATA_MODEM_BYTES"].flatMap { Int($0) } ?? 8_000_000

  @Test("Files are carried whole to the host and from it", arguments: [1, 2])
  func carriesFiles(processors: Int) throws {
    let host = try HostServer(fileSize: Self.size)
    let command = try ModemCommand(
      script: """
        interface 10.0.2.15/24 1500
        echo "fetched: $(wget -q -O - http://10.0.2.2:\(host.httpPort)/file | sha256sum | cut -d ' ' -f 1)"
        head -c \(Self.size) /dev/urandom | tee copy | nc -w 20 10.0.2.2 \(host.sinkPort)
        echo "sent: $(sha256sum <copy | cut -d ' ' -f 1)"
        cd /sys/class/net/mhi_hwip0/statistics
        echo "errors: $(cat rx_errors tx_errors rx_dropped tx_dropped | sort -u)"
        echo "packets: $(cat rx_packets) $(cat tx_packets)"

        """)
    let output = try command.run(device: "mhi,net=user", ["--cpus", "\(processors)", "--memory", "1G"])
    #expect(ModemCommand.lines("fetched", of: output) == [try host.checksum("file")])
    #expect(ModemCommand.lines("sent", of: output) == [try host.receivedChecksum()])
    #expect(ModemCommand.lines("errors", of: output) == ["0"])
    let packets = ModemCommand.lines("packets", of: output).flatMap { $0.split(separator: " ") }
      .compactMap { Int($0) }
    #expect(packets.count == 2 && packets.allSatisfy { $0 > Self.size / 3000 }, "\(packets)")
  }
}

/// Programs of the host that a guest talks to: one that gives a file, one that takes one.
private final class HostServer {
  let httpPort: Int
  let sinkPort: Int
  private let folder = try? TemporaryFolder()
  private var programs: [Process] = []

  init(fileSize: Int) throws {
    (httpPort, sinkPort) = (try Self.freePort(), try Self.freePort())
    _ = try HostTool.run("sh", ["-c", "head -c \(fileSize) /dev/urandom >'\(path("file"))'"])
    programs = [
      try Self.start("busybox httpd -f -p 127.0.0.1:\(httpPort) -h '\(path(""))'"),
      try Self.start("busybox nc -l -p \(sinkPort) >'\(path("received"))'"),
    ]
  }

  // The threads that run tests hold SIGTERM back, and programs inherit that.
  deinit { for program in programs where program.isRunning { kill(program.processIdentifier, SIGKILL) } }

  private func path(_ name: String) -> String { folder.map { $0 / name } ?? name }

  private static func start(_ line: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "exec " + line]
    // One that outlives the tests must not keep their output open.
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = Pipe()  // Never ends: nc would end its side of the connection.
    try process.run()
    return process
  }

  /// A port of TCP that nobody has now.
  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return try withUnsafeMutablePointer(to: &address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        try #require(bind(descriptor, generic, length) == 0)
        try #require(getsockname(descriptor, generic, &length) == 0)
      }
      return Int(UInt16(bigEndian: pointer.pointee.sin_port))
    }
  }

  func checksum(_ name: String) throws -> String {
    String(try HostTool.run("sha256sum", [path(name)]).prefix { $0 != " " })
  }

  /// The checksum of what came, after the end of the connection.
  func receivedChecksum() throws -> String {
    programs[1].waitUntilExit()
    return try checksum("received")
  }
}
