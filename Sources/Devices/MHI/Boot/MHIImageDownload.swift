import Interfaces

/// What went wrong with an image; ``BHIRegister/errorCode`` shows it.
private enum MHIImageError: UInt32 {
  case wrongEnvironment = 1
  case badSize = 2
  case unreachable = 3
}

/// No image is larger; a host cannot keep the device busy for longer.
private let maximumImageSize: UInt64 = 64 << 20

extension MHIEndpoint {
  // MARK: In one piece

  /// The loader fetches an image that lies in one piece, and starts it.
  func downloadImage(session: UInt32) {
    let bhi = MHIRegisterMap.bhi
    let address = registers.address(bhi + BHIRegister.imageAddress)
    let size = UInt64(registers[bhi + BHIRegister.imageSize])
    trace.boot(.imageStarted, address: address, size: size, session: session, 0)
    let error = fetchImage(address, size)
    let result = BHIStatus(error == nil ? .success : .error, session: session)
    registers[bhi + BHIRegister.status] = result.rawValue
    registers[bhi + BHIRegister.errorCode] = error?.rawValue ?? 0
    trace.boot(
      error == nil ? .imageDone : .imageFailed, address: address, size: size, session: session,
      result.rawValue)
    if error == nil {
      startImageSoon()
    } else {
      report(MHIHostError(violation: .badImage, ring: 0, value: address))
    }
    signalState(.boot)
  }

  private func fetchImage(_ address: UInt64, _ size: UInt64) -> MHIImageError? {
    guard status.environment.isLoader else { return .wrongEnvironment }
    guard size > 0, size <= maximumImageSize else { return .badSize }
    var image = MHILoadedImage()
    guard fetch(address, size, into: &image) else { return .unreachable }
    loadedImage = image
    return nil
  }

  /// Fetches a run of bytes; `false` if a part is not there.
  private func fetch(_ address: UInt64, _ size: UInt64, into image: inout MHILoadedImage) -> Bool {
    var done: UInt64 = 0
    while done < size {
      let count = Int(min(size - done, UInt64(imageBuffer.count)))
      let piece = UnsafeMutableRawBufferPointer(rebasing: imageBuffer[..<count])
      guard memory.readImage(address &+ done, into: piece) else { return false }
      image.append(UnsafeRawBufferPointer(piece))
      done += UInt64(count)
    }
    return true
  }

  // MARK: In segments

  /// The second boot loader fetches an image in segments, and starts it.
  func downloadVector(sequence: UInt32) {
    let bhie = MHIRegisterMap.bhie
    let table = registers.address(bhie + BHIERegister.transmitVectorAddress)
    let size = UInt64(registers[bhie + BHIERegister.transmitVectorSize])
    trace.boot(.vectorStarted, address: table, size: size, session: sequence, 0)
    var image = MHILoadedImage()
    let isDone =
      [.secondaryBootLoader, .primaryBootLoader].contains(status.environment)
      && forEachSegment(of: table, size) { fetch($0, $1, into: &image) }
    let result = BHIStatus(isDone ? .success : .error, session: sequence)
    registers[bhie + BHIERegister.transmitVectorStatus] = result.rawValue
    trace.boot(
      isDone ? .vectorDone : .vectorFailed, address: table, size: image.size, session: sequence,
      result.rawValue)
    if isDone {
      loadedImage = image
      if status.environment == .secondaryBootLoader { startModemSoon() } else { startImageSoon() }
    } else {
      report(MHIHostError(violation: .badImage, ring: 0, value: table))
    }
    signalState(.boot)
  }

  /// Hands out the segments of a vector, in order, until one is refused; `false` then, and if the vector makes no sense.
  func forEachSegment(
    of table: UInt64, _ size: UInt64, _ body: (_ address: UInt64, _ size: UInt64) -> Bool
  ) -> Bool {
    let stride = UInt64(BHIEVectorEntry.stride)
    guard size > 0, size % stride == 0, size <= MHIRing.maximumLength else { return false }
    var total: UInt64 = 0
    for offset in Swift.stride(from: 0, to: size, by: Int(stride)) {
      let place = table &+ offset
      guard let address = memory.loadImageNumber(place &+ UInt64(BHIEVectorEntry.address)),
        let count = memory.loadImageNumber(place &+ UInt64(BHIEVectorEntry.size)),
        count <= maximumImageSize - total, body(address, count)
      else { return false }
      total += count
    }
    return total > 0
  }
}
