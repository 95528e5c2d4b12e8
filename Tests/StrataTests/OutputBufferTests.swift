import Glibc
import Testing

@testable import strata

@Suite struct OutputBufferTests {
  /// The two ends of a pipe, which are closed with this object.
  private final class Pipe {
    let reader: Int32
    let writer: Int32

    init() throws {
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      (reader, writer) = (ends[0], ends[1])
      _ = fcntl(reader, F_SETFL, O_NONBLOCK)
      // The error of `write` is wanted, not the signal.
      signal(SIGPIPE, SIG_IGN)
    }

    deinit {
      close(reader)
      close(writer)
    }

    func read() -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      let count = Glibc.read(reader, &bytes, bytes.count)
      return Array(bytes[..<max(0, count)])
    }
  }

  @Test func nothingIsWrittenBeforeItIsFlushed() throws {
    let pipe = try Pipe()
    var buffer = OutputBuffer(descriptor: pipe.writer)
    buffer.append([1, 2])
    buffer.append(3)
    #expect(pipe.read() == [])
    buffer.flush(mayWait: { false })
    #expect(pipe.read() == [1, 2, 3])
    #expect(buffer.isEmpty)
    #expect(buffer.count == 3)
    #expect(buffer.last == 3)
  }

  @Test func whatAFullPipeDoesNotTakeIsKept() throws {
    let pipe = try Pipe()
    var buffer = OutputBuffer(descriptor: pipe.writer)
    let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
    buffer.append(content)
    var waits = 0
    buffer.flush(mayWait: {
      waits += 1
      return waits < 2
    })
    #expect(waits == 2)
    #expect(!buffer.isEmpty)
    var received: [UInt8] = []
    for _ in 0..<100 where received.count < content.count {
      received += pipe.read()
      buffer.flush(mayWait: { false })
    }
    #expect(received == content)
  }

  @Test func aReaderThatHasGoneIsAFailureAndNotTheEnd() throws {
    let pipe = try Pipe()
    var buffer = OutputBuffer(descriptor: pipe.writer)
    close(pipe.reader)
    buffer.append(1)
    buffer.flush(mayWait: { true })
    #expect(buffer.failure == EPIPE)
    buffer.append(2)
    buffer.flush(mayWait: { true })
    #expect(buffer.isEmpty)
  }

  @Test func theLastCharactersWaitForAListener() throws {
    let pipe = try Pipe()
    var buffer = OutputBuffer(descriptor: nil, backlogLimit: 4)
    buffer.append([1, 2, 3, 4, 5, 6])
    buffer.flush(mayWait: { true })
    buffer.reconnect(to: pipe.writer)
    buffer.flush(mayWait: { true })
    #expect(pipe.read() == [3, 4, 5, 6])
  }
}
