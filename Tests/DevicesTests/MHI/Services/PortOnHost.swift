import Foundation
import Testing

@testable import Devices

/// A device file of the host behind which is a service of the modem, for programs that talk to such services.
final class PortOnHost: ModemPort {
  private let service: any ModemService
  private let master: Int32
  private let slave: Int32
  /// The name of the file.
  let path: String

  /// Requests of Linux's pseudo-terminals: TIOCSPTLCK and TIOCGPTN.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  init(_ service: any ModemService) throws {
    self.service = service
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var lock: Int32 = 0
    var number: UInt32 = 0
    try #require(ioctl(master, Self.setLock, &lock) == 0 && ioctl(master, Self.getNumber, &number) == 0)
    path = "/dev/pts/\(number)"
    // As long as this end is open the settings stay, and the other never sees a hang-up.
    slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(slave >= 0)
    var settings = termios()
    try #require(tcgetattr(slave, &settings) == 0)
    cfmakeraw(&settings)
    try #require(tcsetattr(slave, TCSANOW, &settings) == 0)
    service.open(self)
  }

  deinit {
    close(slave)
    close(master)
  }

  func send(_ transfer: UnsafeRawBufferPointer) -> Bool {
    write(master, transfer.baseAddress, transfer.count) == transfer.count
  }

  /// Runs a program until it ends, carrying what it says to the service; gives what it printed.
  func run(_ name: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["timeout", "20", name] + arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
    var bytes = [UInt8](repeating: 0, count: 8192)
    while process.isRunning {
      var request = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, 10) > 0 else { continue }
      let count = read(master, &bytes, bytes.count)
      if count > 0 { service.receive(Array(bytes[..<count])) }
    }
    return String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
  }
}
