import Testing

@testable import Machine

extension LinuxTests {
  /// Debian's drivers for modems on the MHI bus, unmodified, with the usual modem.
  @Suite struct ModemBindTests {
    private static let script =
      ModemScripts.inspection + ModemScripts.dialogue + ModemScripts.ports + ModemScripts.packets
      + "kernelLog\n"

    static let guests = [
      ModemGuest(script: script), ModemGuest(processors: 2, script: script),
      ModemGuest(kernel: .standard612, script: script),
    ]

    private func run(of guest: ModemGuest) async throws -> LinuxRun {
      let run = try await LinuxRuns.shared.run(of: guest)
      try #require(run.event == .powerOff, "the console ends with:\n\(run.end)")
      return run
    }

    @Test("The drivers find the modem and bring it to mission mode", arguments: guests)
    func reachesMissionMode(guest: ModemGuest) async throws {
      let run = try await run(of: guest)
      #expect(run.lines("missed") == [])
      let messages = run.messages
      for part in [
        "MHI PCI device found: sierra-em919x", "BAR 0 [mem ", "using shared MSI",
        "mhi mhi0: Requested to power ON", "mhi mhi0: Power on setup success",
        "wwan wwan0: port wwan0qcdm0 attached", "wwan wwan0: port wwan0mbim0 attached",
        "wwan wwan0: port wwan0qmi0 attached", "wwan wwan0: port wwan0at0 attached",
      ] {
        #expect(messages.contains { $0.text.contains(part) }, "\(part)")
      }
      let channels = ["DIAG", "DUN", "IP_HW0", "MBIM", "QMI"].map { "mhi0_" + $0 }
      #expect(run.lines("device") == ["mhi0"] + channels)
    }

    @Test("There are the ports, the interface, and one interrupt for all", arguments: guests)
    func showsPorts(guest: ModemGuest) async throws {
      let run = try await run(of: guest)
      #expect(run.lines("port") == ["wwan0at0", "wwan0mbim0", "wwan0qcdm0", "wwan0qmi0"])
      #expect(run.lines("interface") == ["519 16384"])
      let interrupts = run.lines("interrupt")
      #expect(interrupts.count == 1)
      #expect(interrupts.allSatisfy { $0.contains("PCI-MSI") && $0.hasSuffix("bhi, mhi, mhi, mhi") })
    }

    @Test("The AT port answers, the same twice", arguments: guests)
    func answersCommands(guest: ModemGuest) async throws {
      let lines = try await run(of: guest).lines("at")
      let answers = lines.map { line in
        line.split(separator: ": ", maxSplits: 1).last.map { $0.split(separator: "|").map(String.init) } ?? []
      }
      try #require(answers.count == 8)
      #expect(answers.dropLast().allSatisfy { $0.last == "OK" }, "\(lines)")
      #expect(answers[2] == answers[3])
      #expect(answers[2].contains { $0.count == 15 && $0.allSatisfy(\.isNumber) }, "no IMEI: \(lines[2])")
      #expect(answers[4].contains("+CPIN: READY"))
      #expect(answers.last?.last == "ERROR")
    }

    @Test("QMI, MBIM and DIAG answer what they know and refuse what they do not", arguments: guests)
    func answersMessages(guest: ModemGuest) async throws {
      let run = try await run(of: guest)
      let qmi = run.lines("qmi")
      try #require(qmi.count == 3)
      // QMUX, flags of a service; a response to the transaction, with the TLV of success or of the error.
      #expect(
        qmi[0].hasPrefix("01") && qmi[0].hasSuffix("800000" + "0101" + "2700" + "0700" + "02040000000000"))
      #expect(qmi[1].contains("0102" + "2100") && qmi[1].contains("02040000000000"))
      #expect(qmi[2].contains("0103" + "ffee") && qmi[2].contains("02040001005e00"))
      let mbim = run.lines("mbim")
      try #require(mbim.count == 2)
      #expect(mbim[0] == "01000080" + "10000000" + "01000000" + "00000000")
      #expect(mbim[1].hasPrefix("04000080" + "10000000" + "05000000"), "FUNCTION_ERROR")
      let diag = run.lines("diag")
      try #require(diag.count == 2)
      #expect(diag[0].hasPrefix("00") && diag[0].hasSuffix("7e") && diag[0].count > 20)
      #expect(diag[1].hasPrefix("13") && diag[1].hasSuffix("7e"))
    }

    @Test("Packets of all sizes come back", arguments: guests)
    func answersPings(guest: ModemGuest) async throws {
      let run = try await run(of: guest)
      #expect(run.lines("ping") == [0, 84, 1472, 16000].map { "\($0): 0% packet loss" })
    }

    @Test("The kernel complains of nothing that is not known and explained", arguments: guests)
    func complainsOfNothing(guest: ModemGuest) async throws {
      let messages = try await run(of: guest).messages
      #expect(try KernelMessages.unexplained(in: messages, of: guest.kernel) == [])
    }
  }
}

extension ModemGuest: CustomTestStringConvertible {
  var testDescription: String {
    "\(modem), \(kernel.rawValue), \(processors) CPU\(processors == 1 ? "" : "s")"
  }
}
