import Bedrock
import Interfaces

/// Ports and model-specific registers that a guest is kept from (APM volume 2, 15.10 and 15.11).
enum PermissionMapTests {
  private typealias Offset = SVM.ControlBlock

  /// A port that nothing answers.
  private static let port: UInt16 = 0x80
  private static let fileStar = ModelSpecificRegister.star.index

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    guard let maps = PermissionMaps(bench.computer.frames) else {
      list.skip("permission maps", because: "there is no memory")
      return
    }
    addPorts(to: &list, bench, maps)
    addStrings(to: &list, bench, maps)
    addRegisters(to: &list, bench, maps)
  }

  private static func run(
    _ program: [UInt8], _ bench: Bench, _ maps: PermissionMaps, port: UInt16 = port,
    register: UInt32 = fileStar
  ) -> VirtualProcessor {
    bench.run(program) {
      maps.apply(to: $0.block)
      $0.registers.rdx = UInt64(port)
      $0.registers.rcx = UInt64(register)
      $0.registers.rsi = GuestMemory.windowPage(0)
      $0.registers.rdi = GuestMemory.windowPage(0)
    }
  }

  private static func addPorts(to list: inout SelfTestList, _ bench: Bench, _ maps: PermissionMaps) {
    // Name, code, width in bytes, whether it reads.
    let accesses: [(StaticString, [UInt8], UInt8, Bool)] = [
      ("IN of a byte", [0xEC], 1, true), ("IN of a word", [0x66, 0xED], 2, true),
      ("IN of a double word", [0xED], 4, true), ("OUT of a byte", [0xEE], 1, false),
      ("OUT of a word", [0x66, 0xEF], 2, false), ("OUT of a double word", [0xEF], 4, false),
      ("IN with the port in the instruction", [0xE4, UInt8(port)], 1, true),
    ]
    for (name, code, width, isInput) in accesses {
      list.test(name) { expectations in
        maps.clear()
        expectations.expect(
          "let through", run(code, bench, maps), exits: .call, at: UInt64(code.count))
        maps.intercept(port: Int(port))
        let guest = run(code, bench, maps)
        expectations.expect("intercepted", guest, exits: .port, at: 0)
        let access = SVM.PortAccess(rawValue: guest.block[Offset.exitInformation1])
        expectations.expect("port", UInt64(access.port), is: UInt64(port))
        expectations.expect("width", UInt64(access.width), is: UInt64(width))
        expectations.expect(access.isInput == isInput, "the direction is wrong")
        expectations.expect(!access.isString && !access.isRepeated, "no string instruction")
        expectations.expect(
          "EXITINFO2", guest.block[Offset.exitInformation2],
          is: guest.memory.code.rawValue + UInt64(code.count))
      }
    }
    list.test("a wide access exits for each of its ports") { expectations in
      maps.clear()
      maps.intercept(port: Int(port))
      expectations.expect("the last of four", run([0xED], bench, maps, port: port - 3), exits: .port)
      expectations.expect("the one before", run([0xED], bench, maps, port: port - 4), exits: .call)
      expectations.expect("the one after", run([0xED], bench, maps, port: port + 1), exits: .call)
    }
    list.test("a wide access to the last port has bits of its own") { expectations in
      maps.clear()
      maps.intercept(port: 0x10002)
      expectations.expect("four bytes", run([0xED], bench, maps, port: 0xFFFF), exits: .port)
      expectations.expect("one byte", run([0xEC], bench, maps, port: 0xFFFF), exits: .call)
    }
  }

  private static func addStrings(to list: inout SelfTestList, _ bench: Bench, _ maps: PermissionMaps) {
    let ds: UInt8 = 3
    let es: UInt8 = 0
    let accesses: [(StaticString, [UInt8], SVM.PortAccess)] = [
      (
        "OUTS tells its segment and the size of its address", [0x6E],
        SVM.PortAccess(
          port: port, width: 1, isInput: false, isString: true, isRepeated: false, addressSize: 8, segment: ds
        )
      ),
      (
        "REP INS of double words", [0xF3, 0x6D],
        SVM.PortAccess(
          port: port, width: 4, isInput: true, isString: true, isRepeated: true, addressSize: 8, segment: es)
      ),
      (
        "OUTS with 32-bit addresses", [0x67, 0x6E],
        SVM.PortAccess(
          port: port, width: 1, isInput: false, isString: true, isRepeated: false, addressSize: 4, segment: ds
        )
      ),
    ]
    for (name, code, expected) in accesses {
      list.strictTest(name, "APM volume 2, 15.10.2") { expectations in
        maps.clear()
        maps.intercept(port: Int(port))
        let guest = run(code, bench, maps)
        expectations.expect("intercepted", guest, exits: .port, at: 0)
        expectations.expect("EXITINFO1", guest.block[Offset.exitInformation1], is: expected.rawValue)
        expectations.expect(
          "EXITINFO2", guest.block[Offset.exitInformation2],
          is: guest.memory.code.rawValue + UInt64(code.count))
      }
    }
  }

  private static func addRegisters(to list: inout SelfTestList, _ bench: Bench, _ maps: PermissionMaps) {
    let read: [UInt8] = [0x0F, 0x32]
    let write: [UInt8] = [0x0F, 0x30]
    list.test("reads and writes of a register exit separately") { expectations in
      maps.clear()
      expectations.expect("no bit, RDMSR", run(read, bench, maps), exits: .call, at: 2)
      maps.intercept(readsOf: fileStar)
      let reader = run(read, bench, maps)
      expectations.expect("RDMSR", reader, exits: .modelSpecificRegister, at: 0)
      expectations.expect("EXITINFO1", reader.block[Offset.exitInformation1], is: 0)
      expectations.expect("WRMSR let through", run(write, bench, maps), exits: .call, at: 2)
      maps.clear()
      maps.intercept(writesOf: fileStar)
      let writer = run(write, bench, maps)
      expectations.expect("WRMSR", writer, exits: .modelSpecificRegister, at: 0)
      expectations.expect("EXITINFO1", writer.block[Offset.exitInformation1], is: 1)
      expectations.expect("RDMSR let through", run(read, bench, maps), exits: .call, at: 2)
    }
    list.test("each of the map's three ranges is looked up") { expectations in
      for register in [
        PageAttributeTable.modelSpecificRegister, ModelSpecificRegister.longStar.index, SVM.Register.control,
      ] {
        maps.clear()
        maps.intercept(readsOf: register)
        expectations.expect(
          "\(hexadecimal(register))h", run(read, bench, maps, register: register),
          exits: .modelSpecificRegister, at: 0)
      }
    }
    list.test("a register outside of the map exits always, even one that does not exist") { expectations in
      maps.clear()
      for register in [0x0000_2000, 0x4000_0000, 0xC000_2000, 0xC001_2000] as [UInt32] {
        expectations.expect(
          "\(hexadecimal(register))h", run(read, bench, maps, register: register),
          exits: .modelSpecificRegister, at: 0)
      }
    }
    list.test("the privilege level is checked before the map") { expectations in
      maps.clear()
      maps.intercept(readsOf: fileStar)
      let guest = bench.run(read) {
        maps.apply(to: $0.block)
        $0.setUserMode()
        $0.registers.rcx = UInt64(fileStar)
        $0.block.intercept(.exception(ExceptionVector.generalProtection.rawValue))
      }
      expectations.expect(
        "RDMSR", guest, exits: .exception(ExceptionVector.generalProtection.rawValue), at: 0)
    }
  }
}
