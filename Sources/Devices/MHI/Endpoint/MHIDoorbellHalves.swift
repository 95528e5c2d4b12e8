import Bus
import Interfaces

/// The upper halves of doorbells: the lower half, which comes second, rings.
struct MHIDoorbellHalves {
  /// Of the command ring.
  var command: UInt32 = 0
  private var others = [UInt32](
    repeating: 0, count: MHIRegister.channelCount + MHIRegisterMap.eventRingCount)

  /// Of a channel or of an event ring, by the number of the doorbell from the first channel on.
  subscript(_ index: Int) -> UInt32 {
    get { others[index] }
    set { others[index] = newValue }
  }

  func save(to writer: inout StateWriter) {
    writer.write(command)
    for half in others { writer.write(half) }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    command = try reader.read()
    for index in others.indices { others[index] = try reader.read() }
  }
}
