import Devices
import Testing

@testable import Machine

extension LinuxTests {
  /// The other modems, each with what it has and the usual one has not.
  @Suite struct ModemPersonalityTests {
    private func visit(
      _ modem: String, _ script: String, files: [String: String] = [:]
    ) throws -> ModemGuest.Visit {
      let guest = ModemGuest(modem: modem, script: script + "ask note\nkernelLog\n", files: files)
      let visit = try guest.visit()
      let run = visit.run
      try #require(run.event == .powerOff, "the console ends with:\n\(run.end)")
      #expect(run.lines("missed") == [])
      #expect(run.messages.filter { $0.isTrouble }.map(\.text) == [])
      #expect(run.messages.contains { $0.text.contains("MHI PCI device found: \(modem)") })
      return visit
    }

    private func run(_ modem: String, _ script: String) throws -> LinuxRun { try visit(modem, script).run }

    @Test("Two interfaces carry packets, one on rings of software and one on rings of hardware")
    func hasTwoInterfaces() throws {
      let run = try run(
        "qcom-sdx24",
        """
        for interface in mhi_hwip0 mhi_swip0; do
          await 20 test -e "/sys/class/net/$interface"
          network 1500 "$interface"
          echo "$interface: $(pings 1472)"
          ip link set "$interface" down
          ip addr flush dev "$interface"
        done

        """)
      #expect(run.lines("mhi_hwip0") == ["0% packet loss"])
      #expect(run.lines("mhi_swip0") == ["0% packet loss"])
    }

    @Test("A modem without software takes it from the host")
    func takesFirmware() throws {
      let firmware = (0..<5000).map { "part \($0) of the loader\n" }.joined()
      let visit = try visit(
        "qcom-sdx65m",
        """
        await 20 isPresent IP_HW0
        await 20 test -e /sys/class/net/mhi_hwip0
        network 1500
        echo "ping: $(pings 84)"

        """, files: ["lib/firmware/qcom/sdx65m/xbl.elf": firmware])
      #expect(visit.run.lines("ping") == ["0% packet loss"])
      var expected = MHILoadedImage()
      Array(firmware.utf8).withUnsafeBytes { expected.append($0) }
      #expect(visit.image == expected)
    }

    @Test("An interface over MBIM carries packets")
    func carriesPacketsOverMBIM() throws {
      let run = try run(
        "foxconn-t99w175",
        """
        await 20 test -e /sys/class/net/wwan0
        network 1500 wwan0
        for size in 0 84 1400; do echo "ping: $size: $(pings "$size")"; done
        for device in /sys/bus/mhi/devices/*; do echo "device: ${device##*/}"; done

        """)
      #expect(run.lines("ping") == [0, 84, 1400].map { "\($0): 0% packet loss" })
      #expect(run.lines("device").contains("mhi0_LOOPBACK"))
    }

    @Test("Linux can ask for the emergency download mode")
    func entersEmergencyDownload() throws {
      let run = try run(
        "telit-fn920c04",
        """
        await 20 test -e /dev/wwan0at1
        for port in /dev/wwan*; do echo "port: ${port##*/}"; done
        echo 1 >/sys/bus/mhi/devices/mhi0/trigger_edl
        sleep 1

        """)
      #expect(run.lines("port") == ["wwan0at0", "wwan0at1", "wwan0qcdm0", "wwan0qmi0"])
    }
  }
}
