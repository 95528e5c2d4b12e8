// Written by Utilities/generate-handlers. Do not edit.

extension HandlerTables {
  /// [width][source].
  static let moveForms: [Handler] = [
    { move(UInt8.self, RegisterSource.self, $0, $1) },
    { move(UInt8.self, ImmediateSource.self, $0, $1) },
    { move(UInt16.self, RegisterSource.self, $0, $1) },
    { move(UInt16.self, ImmediateSource.self, $0, $1) },
    { move(UInt32.self, RegisterSource.self, $0, $1) },
    { move(UInt32.self, ImmediateSource.self, $0, $1) },
    { move(UInt64.self, RegisterSource.self, $0, $1) },
    { move(UInt64.self, ImmediateSource.self, $0, $1) },
  ]

  /// [width][form].
  static let moveFromMemoryForms: [Handler] = [
    { load(MoveFromMemory<UInt8>.self, SimpleAddress.self, $0, $1) },
    { load(MoveFromMemory<UInt8>.self, FullAddress.self, $0, $1) },
    { load(MoveFromMemory<UInt16>.self, SimpleAddress.self, $0, $1) },
    { load(MoveFromMemory<UInt16>.self, FullAddress.self, $0, $1) },
    { load(MoveFromMemory<UInt32>.self, SimpleAddress.self, $0, $1) },
    { load(MoveFromMemory<UInt32>.self, FullAddress.self, $0, $1) },
    { load(MoveFromMemory<UInt64>.self, SimpleAddress.self, $0, $1) },
    { load(MoveFromMemory<UInt64>.self, FullAddress.self, $0, $1) },
  ]

  /// [width][source][form].
  static let moveToMemoryForms: [Handler] = [
    { store(MoveToMemory<UInt8, RegisterSource>.self, SimpleAddress.self, $0, $1) },
    { store(MoveToMemory<UInt8, RegisterSource>.self, FullAddress.self, $0, $1) },
    { store(MoveToMemory<UInt8, ImmediateSource>.self, SimpleAddress.self, $0, $1) },
    { store(MoveToMemory<UInt8, ImmediateSource>.self, FullAddress.self, $0, $1) },
    { store(MoveToMemory<UInt16, RegisterSource>.self, SimpleAddress.self, $0, $1) },
    { store(MoveToMemory<UInt16, RegisterSource>.self, FullAddress.self, $0, $1) },
    { store(MoveToMemory<UInt16, ImmediateSource>.self, SimpleAddress.self, $0, $1) },
    { store(MoveToMemory<UInt16, ImmediateSource>.self, FullAddress.self, $0, $1) },
    { store(MoveToMemory<UInt32, RegisterSource>.self, SimpleAddress.self, $0, $1) },
    { store(MoveToMemory<UInt32, RegisterSource>.self, FullAddress.self, $0, $1) },
    { store(MoveToMemory<UInt32, ImmediateSource>.self, SimpleAddress.self, $0, $1) },
    { store(MoveToMemory<UInt32, ImmediateSource>.self, FullAddress.self, $0, $1) },
    { store(MoveToMemory<UInt64, RegisterSource>.self, SimpleAddress.self, $0, $1) },
    { store(MoveToMemory<UInt64, RegisterSource>.self, FullAddress.self, $0, $1) },
    { store(MoveToMemory<UInt64, ImmediateSource>.self, SimpleAddress.self, $0, $1) },
    { store(MoveToMemory<UInt64, ImmediateSource>.self, FullAddress.self, $0, $1) },
  ]

  /// [extension].
  static let extendForms: [Handler] = [
    { extend(ZeroExtension.self, UInt8.self, UInt16.self, $0, $1) },
    { extend(ZeroExtension.self, UInt8.self, UInt32.self, $0, $1) },
    { extend(ZeroExtension.self, UInt8.self, UInt64.self, $0, $1) },
    { extend(ZeroExtension.self, UInt16.self, UInt32.self, $0, $1) },
    { extend(ZeroExtension.self, UInt16.self, UInt64.self, $0, $1) },
    { extend(SignExtension.self, UInt8.self, UInt16.self, $0, $1) },
    { extend(SignExtension.self, UInt8.self, UInt32.self, $0, $1) },
    { extend(SignExtension.self, UInt8.self, UInt64.self, $0, $1) },
    { extend(SignExtension.self, UInt16.self, UInt32.self, $0, $1) },
    { extend(SignExtension.self, UInt16.self, UInt64.self, $0, $1) },
    { extend(SignExtension.self, UInt32.self, UInt64.self, $0, $1) },
  ]

  /// [extension][form].
  static let extendFromMemoryForms: [Handler] = [
    { load(ExtendFromMemory<ZeroExtension, UInt8, UInt16>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<ZeroExtension, UInt8, UInt16>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<ZeroExtension, UInt8, UInt32>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<ZeroExtension, UInt8, UInt32>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<ZeroExtension, UInt8, UInt64>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<ZeroExtension, UInt8, UInt64>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<ZeroExtension, UInt16, UInt32>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<ZeroExtension, UInt16, UInt32>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<ZeroExtension, UInt16, UInt64>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<ZeroExtension, UInt16, UInt64>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt8, UInt16>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt8, UInt16>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt8, UInt32>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt8, UInt32>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt8, UInt64>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt8, UInt64>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt16, UInt32>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt16, UInt32>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt16, UInt64>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt16, UInt64>.self, FullAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt32, UInt64>.self, SimpleAddress.self, $0, $1) },
    { load(ExtendFromMemory<SignExtension, UInt32, UInt64>.self, FullAddress.self, $0, $1) },
  ]

  /// [width][form].
  static let loadAddressForms: [Handler] = [
    { loadAddress(UInt8.self, SimpleAddress.self, $0, $1) },
    { loadAddress(UInt8.self, FullAddress.self, $0, $1) },
    { loadAddress(UInt16.self, SimpleAddress.self, $0, $1) },
    { loadAddress(UInt16.self, FullAddress.self, $0, $1) },
    { loadAddress(UInt32.self, SimpleAddress.self, $0, $1) },
    { loadAddress(UInt32.self, FullAddress.self, $0, $1) },
    { loadAddress(UInt64.self, SimpleAddress.self, $0, $1) },
    { loadAddress(UInt64.self, FullAddress.self, $0, $1) },
  ]

  /// [width].
  static let conditionalMoveForms: [Handler] = [
    { conditionalMove(UInt8.self, $0, $1) },
    { conditionalMove(UInt16.self, $0, $1) },
    { conditionalMove(UInt32.self, $0, $1) },
    { conditionalMove(UInt64.self, $0, $1) },
  ]

  /// [width][form].
  static let conditionalMoveFromMemoryForms: [Handler] = [
    { load(ConditionalMove<UInt8>.self, SimpleAddress.self, $0, $1) },
    { load(ConditionalMove<UInt8>.self, FullAddress.self, $0, $1) },
    { load(ConditionalMove<UInt16>.self, SimpleAddress.self, $0, $1) },
    { load(ConditionalMove<UInt16>.self, FullAddress.self, $0, $1) },
    { load(ConditionalMove<UInt32>.self, SimpleAddress.self, $0, $1) },
    { load(ConditionalMove<UInt32>.self, FullAddress.self, $0, $1) },
    { load(ConditionalMove<UInt64>.self, SimpleAddress.self, $0, $1) },
    { load(ConditionalMove<UInt64>.self, FullAddress.self, $0, $1) },
  ]

  /// [width][form].
  static let exchangeWithMemoryForms: [Handler] = [
    { modify(ExchangeWithMemory<UInt8>.self, SimpleAddress.self, $0, $1) },
    { modify(ExchangeWithMemory<UInt8>.self, FullAddress.self, $0, $1) },
    { modify(ExchangeWithMemory<UInt16>.self, SimpleAddress.self, $0, $1) },
    { modify(ExchangeWithMemory<UInt16>.self, FullAddress.self, $0, $1) },
    { modify(ExchangeWithMemory<UInt32>.self, SimpleAddress.self, $0, $1) },
    { modify(ExchangeWithMemory<UInt32>.self, FullAddress.self, $0, $1) },
    { modify(ExchangeWithMemory<UInt64>.self, SimpleAddress.self, $0, $1) },
    { modify(ExchangeWithMemory<UInt64>.self, FullAddress.self, $0, $1) },
  ]

  /// [width][form].
  static let exchangeAndAddForms: [Handler] = [
    { modify(ExchangeAndAdd<UInt8>.self, SimpleAddress.self, $0, $1) },
    { modify(ExchangeAndAdd<UInt8>.self, FullAddress.self, $0, $1) },
    { modify(ExchangeAndAdd<UInt16>.self, SimpleAddress.self, $0, $1) },
    { modify(ExchangeAndAdd<UInt16>.self, FullAddress.self, $0, $1) },
    { modify(ExchangeAndAdd<UInt32>.self, SimpleAddress.self, $0, $1) },
    { modify(ExchangeAndAdd<UInt32>.self, FullAddress.self, $0, $1) },
    { modify(ExchangeAndAdd<UInt64>.self, SimpleAddress.self, $0, $1) },
    { modify(ExchangeAndAdd<UInt64>.self, FullAddress.self, $0, $1) },
  ]

  /// [width][form].
  static let compareAndExchangeForms: [Handler] = [
    { modify(CompareAndExchange<UInt8>.self, SimpleAddress.self, $0, $1) },
    { modify(CompareAndExchange<UInt8>.self, FullAddress.self, $0, $1) },
    { modify(CompareAndExchange<UInt16>.self, SimpleAddress.self, $0, $1) },
    { modify(CompareAndExchange<UInt16>.self, FullAddress.self, $0, $1) },
    { modify(CompareAndExchange<UInt32>.self, SimpleAddress.self, $0, $1) },
    { modify(CompareAndExchange<UInt32>.self, FullAddress.self, $0, $1) },
    { modify(CompareAndExchange<UInt64>.self, SimpleAddress.self, $0, $1) },
    { modify(CompareAndExchange<UInt64>.self, FullAddress.self, $0, $1) },
  ]
}
