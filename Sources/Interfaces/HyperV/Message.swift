extension HyperV {
  /// A slot of the message page (HV_MESSAGE), 256 bytes.
  public enum Message {
    /// 32 bits: see ``MessageType``; zero for a slot that is free.
    public static let type = 0x00
    /// 8 bits: the size of the payload.
    public static let payloadSize = 0x04
    /// 8 bits: bit 0 says that another message waits for the slot.
    public static let flags = 0x05
    /// 64 bits.
    public static let sender = 0x08
    /// Where the payload begins.
    public static let payload = 0x10
    /// The size of a slot.
    public static let size = 0x100
    /// Of ``flags``: another message waits.
    public static let pending: UInt8 = 1 << 0
  }

  /// What a message is about.
  public enum MessageType: UInt32, Sendable {
    /// A synthetic timer expired: see ``TimerMessage``.
    case timerExpired = 0x8000_0010
    /// A lower level made an access that is not allowed: see ``MemoryInterceptMessage``.
    case memoryIntercept = 0x8000_0001
  }

  /// The payload of ``MessageType/timerExpired``.
  public enum TimerMessage {
    /// 32 bits.
    public static let timer = 0x00
    /// 64 bits, in units of 100 ns.
    public static let expiration = 0x08
    /// 64 bits.
    public static let delivery = 0x10
    /// The size.
    public static let size = 0x18
  }

  /// What all messages of intercepts begin with (HV_X64_INTERCEPT_MESSAGE_HEADER).
  public enum InterceptHeader {
    /// 32 bits.
    public static let processor = 0x00
    /// 8 bits: the length of the instruction in bits 0 to 3, CR8 above.
    public static let lengthAndPriority = 0x04
    /// 8 bits: see ``InterceptAccess``.
    public static let access = 0x05
    /// 16 bits: CPL in bits 0 and 1, CR0.PE 2, CR0.AM 3, EFER.LMA 4, debug 5, interruption 6, the level 7 to 10.
    public static let state = 0x06
    /// A ``SegmentRegister``.
    public static let cs = 0x08
    /// 64 bits.
    public static let instructionPointer = 0x18
    /// 64 bits.
    public static let flags = 0x20
    /// The size.
    public static let size = 0x28
  }

  /// What an access was for.
  public enum InterceptAccess: UInt8, Sendable {
    /// A load.
    case read = 0
    /// A store.
    case write = 1
    /// The fetch of an instruction.
    case execute = 2
  }

  /// The payload of ``MessageType/memoryIntercept``.
  public enum MemoryInterceptMessage {
    /// 32 bits: the memory type, 6 for write-back.
    public static let cacheType = 0x28
    /// 8 bits: how many bytes of the instruction are known.
    public static let instructionByteCount = 0x2C
    /// 8 bits: the linear address is valid (bit 0), and the physical address is its translation (bit 1).
    public static let validity = 0x2D
    /// 8 bits.
    public static let taskPriority = 0x2E
    /// 64 bits: the linear address.
    public static let linear = 0x30
    /// 64 bits: the physical address.
    public static let physical = 0x38
    /// 16 bytes.
    public static let instructionBytes = 0x40
    /// The size.
    public static let size = 0x50
  }
}
