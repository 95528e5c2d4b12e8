/// How the drivers get through what goes wrong with the modem.
enum ModemRecoveryScripts {
  /// The device's system fails while packets are under way.
  static func systemErrors(_ count: Int) -> String {
    """
    network 1500
    ping -q 10.9.0.1 >/dev/null &
    for number in $(seq 1 \(count)); do
      before=$(interface)
      ask sys-error
      await 30 isNewerThan "$before"
      network 1500
      echo "recovery: $(at AT) $(pings 84 1)"
    done
    kill $!

    """
  }

  /// The whole device is reset, by each of the files that Linux has for it.
  static let resets = """
    before=$(interface)
    echo 1 >/sys/bus/mhi/devices/mhi0/soc_reset
    await 30 isNewerThan "$before"
    network 1500
    echo "soc reset: $(at AT) $(pings 84 1)"
    before=$(interface)
    echo 1 >"$(pciFunction)/reset"
    await 30 isNewerThan "$before"
    network 1500
    echo "function reset: $(at AT) $(pings 84 1)"
    echo 1 >"$(pciFunction)/remove"
    await 5 isAbsent IP_HW0
    echo 1 >/sys/bus/pci/rescan
    await 30 isPresent IP_HW0
    await 30 test -e /dev/wwan0at0
    network 1500
    echo "rescan: $(at AT) $(pings 84 1)"

    """

  /// The device does not answer for some seconds, and then does.
  static let silence = """
    echo on >"$(pciFunction)/power/control"
    before=$(interface)
    ask remove
    hasDied() { dmesg | grep -q 'Device died'; }
    await 10 hasDied
    ask insert
    echo 1 >"$(pciFunction)/reset"
    await 40 isNewerThan "$before"
    network 1500
    echo "after silence: $(at AT) $(pings 84 1)"

    """

  /// The device is pulled out.
  static let removal = """
    ask remove
    start=$(cut -d . -f 1 /proc/uptime)
    unload
    echo "removal took: $(($(cut -d . -f 1 /proc/uptime) - start))"
    for device in /sys/bus/mhi/devices/*; do echo "left: ${device##*/}"; done
    ask insert
    echo 1 >"$(pciFunction)/remove"
    echo 1 >/sys/bus/pci/rescan
    load
    await 30 isPresent IP_HW0
    await 30 test -e /dev/wwan0at0
    network 1500
    echo "insertion: $(at AT) $(pings 84 1)"

    """

  /// Linux may suspend the device when nobody uses it.
  static let suspension = """
    status() { [ "$(cat "$folder/power/runtime_status")" = "$1" ]; }
    folder=$(pciFunction)
    network 1500
    echo auto >"$folder/power/control"
    for number in 1 2 3; do
      await 10 status suspended
      echo "suspended: $(cat "$folder/power_state")"
      echo "resumed: $(pings 84 1) $(cat "$folder/power_state")"
    done
    await 10 status suspended
    ask long-ping
    await 10 status active
    echo "woken: $(cat "$folder/power_state")"
    echo "at: $(at AT)"
    echo on >"$folder/power/control"

    """
}
