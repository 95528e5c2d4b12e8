/// What guests with the modem do, by busybox's shell. Every line that they print for the tests begins with a
/// label.
enum ModemScripts {
  /// The drivers, the one of the PCI function last: with it all begins.
  static let modules = ["mhi", "mhi_net", "mhi_wwan_ctrl", "mhi_wwan_mbim", "mhi_pci_generic"]

  /// Functions for the other scripts.
  static let functions = #"""
    drivers=/lib/modules/$(uname -r)/kernel/drivers/bus/mhi/host
    carriageReturn=$(printf '\r')
    load() { insmod "$drivers/mhi_pci_generic.ko"; }
    unload() { rmmod mhi_pci_generic; }
    # The PCI function's folder; modems say that they are of no class.
    pciFunction() { dirname "$(grep -l 0xff0000 /sys/bus/pci/devices/*/class)"; }
    # await SECONDS COMMAND...: until the command succeeds.
    await() {
      remaining=$(($1 * 20))
      shift
      until "$@" >/dev/null 2>&1; do
        remaining=$((remaining - 1))
        [ "$remaining" -gt 0 ] || { echo "missed: $*"; return 1; }
        usleep 50000
      done
    }
    # The device gives up its channels in a moment, or shows them.
    isPresent() { [ -e "/sys/bus/mhi/devices/mhi0_$1" ]; }
    isAbsent() { ! isPresent "$1"; }
    # ask NAME: somebody outside of the guest is to do something to the device; he looks between turns.
    ask() {
      echo "ask: $1"
      usleep 20000
    }
    # at COMMAND: what the modem answers on its first AT port, lines joined by |.
    at() {
      exec 3<>/dev/wwan0at0
      printf '%s\r' "$1" >&3
      answer=
      while read -r -t 5 line <&3; do
        line=${line%"$carriageReturn"}
        [ -n "$line" ] && answer="$answer$line|"
        case $line in OK | ERROR | *'ERROR: '*) break ;; esac
      done
      exec 3>&-
      echo "$answer" | tr -d '\r'
    }
    # exchange PORT BYTES: the bytes of the answer to a message, in hexadecimal; the bytes are written as for printf.
    exchange() {
      exec 3<>"/dev/$1"
      printf "$2" >&3
      timeout 5 dd bs=4096 count=1 <&3 2>/dev/null | hexdump -v -e '/1 "%02x"'
      exec 3>&-
      echo
    }
    # network MTU [INTERFACE]: gives an interface an address, with a peer that answers.
    network() {
      ip link set "${2-mhi_hwip0}" mtu "$1"
      ip addr add 10.9.0.2/30 dev "${2-mhi_hwip0}"
      ip link set "${2-mhi_hwip0}" up
    }
    # pings SIZE [COUNT]: the loss.
    pings() { ping -q -c "${2-3}" -s "$1" 10.9.0.1 | sed -n 's/.*received, //p'; }
    # The number of the interface, which is another one when the driver makes it anew.
    interface() { cat /sys/class/net/mhi_hwip0/ifindex; }
    isNewerThan() { [ "$(interface)" -gt "$1" ] && [ -e /dev/wwan0at0 ]; }
    kernelLog() { dmesg -r | sed 's/^/dmesg: /'; }

    """#

  /// The drivers come to their end.
  static let start = """
    await 20 isPresent IP_HW0
    await 20 test -e /dev/wwan0at0

    """

  /// What the drivers found.
  static let inspection =
    start + """
      for device in /sys/bus/mhi/devices/*; do echo "device: ${device##*/}"; done
      for port in /dev/wwan*; do echo "port: ${port##*/}"; done
      echo "interface: $(cat /sys/class/net/mhi_hwip0/type) $(cat /sys/class/net/mhi_hwip0/mtu)"
      grep -E 'bhi|mhi' /proc/interrupts | sed 's/^/interrupt: /'

      """

  /// A dialogue on the AT port; some things are asked twice.
  static let dialogue = """
    for command in AT ATI AT+CGSN AT+CGSN 'AT+CPIN?' 'AT+CEREG?' AT+CSQ AT+NONSENSE; do
      echo "at: $command: $(at "$command")"
    done

    """

  /// A hundred programs that open the AT port and close it.
  static let openings = """
    for number in $(seq 1 10); do exec 3<>/dev/wwan0at0; exec 3>&-; done
    before=$(awk '/^MemFree/ { print $2 }' /proc/meminfo)
    for number in $(seq 1 100); do exec 3<>/dev/wwan0at0; exec 3>&-; done
    after=$(awk '/^MemFree/ { print $2 }' /proc/meminfo)
    echo "kept: $((before - after))"
    echo "at after: $(at AT)"

    """

  /// The other ports: QMI's CTL service is synchronised and asked for its versions, MBIM is opened and asked for
  /// the device's capabilities, DIAG for its version; then each is given what means nothing.
  static let ports = #"""
    echo "qmi: $(exchange wwan0qmi0 '\x01\x0b\x00\x00\x00\x00\x00\x01\x27\x00\x00\x00')"
    echo "qmi: $(exchange wwan0qmi0 '\x01\x0b\x00\x00\x00\x00\x00\x02\x21\x00\x00\x00')"
    echo "qmi: $(exchange wwan0qmi0 '\x01\x0b\x00\x00\x00\x00\x00\x03\xff\xee\x00\x00')"
    echo "mbim: $(exchange wwan0mbim0 '\x01\x00\x00\x00\x10\x00\x00\x00\x01\x00\x00\x00\x00\x10\x00\x00')"
    echo "mbim: $(exchange wwan0mbim0 '\x77\x00\x00\x00\x0c\x00\x00\x00\x05\x00\x00\x00')"
    echo "diag: $(exchange wwan0qcdm0 '\x00\x78\xf0\x7e')"
    echo "diag: $(exchange wwan0qcdm0 '\xee\x11\x22\x7e')"

    """#

  /// Packets of several sizes to a peer that answers.
  static let packets = """
    network 16384
    for size in 0 84 1472 16000; do echo "ping: $size: $(pings "$size")"; done
    ip link set mhi_hwip0 down
    ip addr flush dev mhi_hwip0

    """

  /// The peer sends an echo request that is twice as long as the buffers; the kernel answers.
  static let overflow = """
    network 1500
    ask long-ping
    usleep 200000
    echo "ping after: $(pings 84)"

    """

  /// The driver goes and comes.
  static let reloads = """
    for number in 1 2 3 4 5 6 7 8 9 10; do
      unload
      await 5 isAbsent DUN
      load
      await 10 isPresent IP_HW0
      await 10 test -e /dev/wwan0at0
      network 1500
      echo "reload: $(at AT) $(pings 84 1)"
    done

    """
}
