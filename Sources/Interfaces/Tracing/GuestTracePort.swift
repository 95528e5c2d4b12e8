/// The ports by which a program on the bare machine hands its records to whoever traces the machine.
///
/// The program first reads ``table``. If that gives ``signature`` it writes there the physical address of a byte for each
/// of ``events``, which the machine sets to 1 if the event is recorded and to 0 if not. From then on the program writes the
/// physical address of each record to ``record``: a ``Handover`` with the record behind it. The machine adds the time.
public enum GuestTracePort {
  /// The first port; all are 32 bits wide.
  public static let firstPort: UInt16 = 0x5A0
  /// The number of ports.
  public static let portCount: UInt16 = 8
  /// The port of the table, from the first one: reads as ``signature``.
  public static let table: UInt16 = 0
  /// The port of records, from the first one.
  public static let record: UInt16 = 4
  /// "TRCE", which tells a machine that has these ports.
  public static let signature: UInt32 = 0x4543_5254

  /// What programs may record; their numbers are the places in this list.
  public static let events = MHITraceEvents.all

  /// What is before a record that is handed over; addresses are multiples of 8.
  public enum Handover {
    /// 32 bits: the place of the event in ``GuestTracePort/events``.
    public static let event = 0
    /// 32 bits: the bytes of the record, from its header to the end of its texts.
    public static let size = 4
    /// The record, in the form that ``TraceRecord`` and ``TraceLayout`` describe. The number in its header is not looked
    /// at.
    public static let record = 8
  }
}
