/// A line in the picture.
struct Track: Hashable {
  let number: UInt64
}

/// The tracks of a file, each of which is described when it is first needed.
struct Tracks {
  /// What makes a track.
  private enum Key: Hashable {
    case process(String)
    case thread(Track, Int)
    case child(Track, String)
    case counter(Track, String)
    case lane(Track, String, Int)
  }

  private var tracks: [Key: Track] = [:]

  /// Files that nobody vouches for could name any number; what is beyond goes to the last one.
  private static let most = 1 << 16

  /// A process of a name.
  mutating func process(_ name: String, in sequence: inout PacketSequence) throws -> Track {
    try track(.process(name), in: &sequence) { track, identifier in
      track.process = .with {
        $0.pid = identifier
        $0.processName = name
      }
    }
  }

  /// The thread for a processor, in a process.
  mutating func thread(
    _ number: Int, of process: Track, _ name: String, in sequence: inout PacketSequence
  ) throws -> Track {
    try track(.thread(process, number), in: &sequence) { track, _ in
      track.parentUuid = process.number
      track.thread = .with {
        $0.pid = Int32(truncatingIfNeeded: process.number)
        $0.tid = Int64(number) + 1
        $0.threadName = name
      }
    }
  }

  /// A track of a name below another.
  mutating func child(
    of parent: Track, _ name: String, in sequence: inout PacketSequence
  ) throws -> Track {
    try track(.child(parent, name), in: &sequence) { track, _ in
      track.parentUuid = parent.number
      track.name = name
    }
  }

  /// One of several tracks of a name below another, which the viewer shows as one: for slices that overlap.
  mutating func lane(
    _ number: Int, of parent: Track, _ name: String, in sequence: inout PacketSequence
  ) throws -> Track {
    try track(.lane(parent, name, number), in: &sequence) { track, _ in
      track.parentUuid = parent.number
      track.name = name
    }
  }

  /// A counter below a track.
  mutating func counter(
    of parent: Track, _ name: String, in sequence: inout PacketSequence
  ) throws -> Track {
    try track(.counter(parent, name), in: &sequence) { track, _ in
      track.parentUuid = parent.number
      track.name = name
      track.counter = .with { $0.unit = .count }
    }
  }

  private mutating func track(
    _ key: Key, in sequence: inout PacketSequence,
    _ describe: (inout PerfettoTrackDescriptor, _ identifier: Int32) -> Void
  ) throws -> Track {
    if let track = tracks[key] { return track }
    let isLast = tracks.count >= Self.most
    let track = Track(number: UInt64(tracks.count + 1))
    if isLast, let last = tracks.values.max(by: { $0.number < $1.number }) { return last }
    tracks[key] = track
    var descriptor = PerfettoTrackDescriptor()
    descriptor.uuid = track.number
    describe(&descriptor, Int32(truncatingIfNeeded: track.number))
    try sequence.add(descriptor)
    return track
  }
}
