import Bedrock

/// What a program at privilege level 3 may do, and what it may not.
enum UserModeTests {
  static func add(to list: inout SelfTestList, _ computer: Computer) {
    list.test("IRET into user mode, SYSCALL back") { expectations in
      UserMode.with(computer, &expectations) { user, expectations in
        expectations.expect("argument plus one", user.run(.call, 41), returns: 42)
        expectations.expect(
          "CS in user mode", user.run(.privilege), returns: UInt64(SegmentSelector.userCode.rawValue))
      }
    }
    list.test("#GP for privileged instructions in user mode") { expectations in
      UserMode.with(computer, &expectations) { user, expectations in
        expectations.expect("HLT", user.run(.halt), raises: .generalProtection)
        expectations.expect("CLI", user.run(.clearInterrupts), raises: .generalProtection)
        expectations.expect("IN", user.run(.port), raises: .generalProtection)
      }
    }
    list.strictTest("#GP for INT through a gate of the supervisor") { expectations in
      let describesGate: UInt64 = 1 << 1
      UserMode.with(computer, &expectations) { user, expectations in
        expectations.expect(
          "INT", user.run(.interrupt), raises: .generalProtection,
          errorCode: UInt64(Vector.software) << 3 | describesGate)
      }
    }
    list.test("#PF for user accesses to supervisor pages") { expectations in
      // The image is mapped for the supervisor alone.
      let address: UInt64 = 0x100000
      let code: PageFaultCode = [.protection, .user]
      UserMode.with(computer, &expectations) { user, expectations in
        expectations.expect(
          "read", user.run(.read, address), raises: .pageFault, errorCode: code.rawValue,
          faultAddress: address)
        expectations.expect(
          "write", user.run(.write, address), raises: .pageFault, errorCode: code.union(.write).rawValue,
          faultAddress: address)
      }
    }
    list.strictTest("#AC for unaligned user accesses, if CR0.AM is set") { expectations in
      UserMode.with(computer, &expectations) { user, expectations in
        expectations.expect("with CR0.AM clear", user.run(.unaligned), raises: .invalidOpcode)
        ControlRegister0.current.insert(.alignmentMask)
        let outcome = user.run(.unaligned)
        ControlRegister0.current.remove(.alignmentMask)
        expectations.expect("with CR0.AM set", outcome, raises: .alignmentCheck)
      }
    }
  }
}
