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

  /// Reads the reference time by its register and the kernel's clock one after the other, on one processor, again and
  /// again before and after a second of sleep. The kernel's are in nanoseconds.
  static let clocks = """
    taskset -p 1 $$ >/dev/null
    read_clocks() {
      for attempt in 1 2 3 4 5 6 7 8; do
        register=$(dd if=/dev/cpu/0/msr bs=8 count=1 iflag=skip_bytes skip=$((0x40000020)) 2>/dev/null |
          od -An -t u8 | tr -d ' ')
        while read -r first second third rest; do
          [ "$first" != now ] || break
        done </proc/timer_list
        echo "clocks $1: $register $third"
      done
    }
    read_clocks before
    sleep 1
    read_clocks after

    """

  /// Reports what counts time and what interrupts.
  static let clockSource = """

    system=/sys/devices/system
    echo "clocksource: $(cat $system/clocksource/clocksource0/current_clocksource)"
    echo "clockevent: $(cat $system/clockevents/clockevent0/current_device)"

    """

  /// Moves a process from processor to processor, which leaves its translations on each, and lets it unmap memory.
  static let migration = """
    for mask in 1 2 4 8 1 2 4 8; do
      taskset -p $mask $$ >/dev/null
      text=$(head -c 400000 /dev/zero | tr '\\0' a)
      text=
      sh -c 'taskset -p 1 $$ >/dev/null; taskset -p 2 $$ >/dev/null; true'
    done

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
