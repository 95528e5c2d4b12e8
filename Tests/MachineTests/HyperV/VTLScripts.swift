/// What the guests at VTL2 do.
enum VTLScripts {
  /// Reports processors, clocks, interrupts and MSRs as Linux sees them, and lets every processor work.
  static let inspection = """
    system=/sys/devices/system
    echo "release: $(uname -r)"
    echo "cpuinfo: $(grep -c '^processor' /proc/cpuinfo)"
    echo "online: $(cat $system/cpu/online)"
    echo "clocksource: $(cat $system/clocksource/clocksource0/current_clocksource)"
    cd /dev/cpu
    for number in $(ls -d [0-9]* | sort -n); do
      echo "clockevent: $(cat $system/clockevents/clockevent$number/current_device)"
      for register in 40000002 40000073 0000001b; do
        value=$(dd if=$number/msr bs=8 count=1 iflag=skip_bytes skip=$((0x$register)) 2>/dev/null |
          od -An -t x8 | tr -d ' ')
        echo "msr $register of $number: ${value:-none}"
      done
      echo "ran: $(taskset $(printf %x $((1 << number))) awk '{ print $39 }' /proc/self/stat)"
    done
    before=$(awk '{ print int($1 * 100) }' /proc/uptime)
    sleep 1
    after=$(awk '{ print int($1 * 100) }' /proc/uptime)
    echo "slept: $((after - before))"
    sed 's/^/interrupts: /' /proc/interrupts

    """

  /// Takes processor 1 offline and brings it back.
  static let reonline = """
    processor=/sys/devices/system/cpu/cpu1/online
    echo 0 >$processor
    echo "offline: $? $(cat /sys/devices/system/cpu/online)"
    echo 1 >$processor
    echo "online again: $? $(cat /sys/devices/system/cpu/online)"

    """
}
