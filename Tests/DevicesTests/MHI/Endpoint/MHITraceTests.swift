import Bus
import Devices
import Interfaces
import Testing
import Tracing

@Suite("What a modem tells of itself")
struct MHITraceTests {
  private func counts(_ host: MHIHost) -> UInt64 { host.tracer.contents.processors[0].written }

  @Test("Every event is recorded where it happens", arguments: 0..<MHIEndpointTraceEvents.all.count)
  func everyEvent(index: Int) throws {
    let host = try MHIHost()
    host.tracer.setEnabled(index, true)
    host.boot()
    #expect(host.open(.diag))
    host.send([1], 4)
    host.ringDoorbell(4, 1)
    host.write(MHIRegisterMap.bhi + BHIRegister.imageDoorbell, 1)
    host.device.inject(.ramDump)
    host.wait(1)
    #expect(counts(host) > 0, "\(MHIEndpointTraceEvents.all[index].name)")
  }

  @Test("A transfer is told with the address that the host knows")
  func transfer() throws {
    let host = try MHIHost()
    host.boot()
    #expect(host.open(.diag))
    let index = try #require(host.tracer.index(of: MHIEndpointTraceEvents.transfer))
    host.tracer.setEnabled(index, true)
    host.send([1, 2, 3], 4)
    #expect(counts(host) == 1)
    let layout = TraceLayout(MHIEndpointTraceEvents.transfer)
    let address = try #require(host.channels[4]).base
    let page = try #require(host.tracer.contents.processors[0].pages.first)
    // A page begins with 16 bytes, and a record of up to 112 bytes with 4.
    let record = 20
    let field = page[record + layout.offsets[6]..<record + layout.offsets[6] + 8]
    #expect(field.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } == address)
  }
}
