import SystemPackage
import TestSupport
import Testing

@testable import Images
@testable import Machine

extension LinuxTests {
  /// A virtio disk with ext4, made and judged by the host's e2fsprogs.
  @Suite struct DiskTests {
    /// Reads what the host wrote, and writes files of all sizes, a folder, links and holes.
    private static let script = """
      mount -t ext4 /dev/vda /mnt && echo "mounted: $(awk '$2 == "/mnt" { print $1, substr($4, 1, 2) }' /proc/mounts)"
      echo "from the host: $(cat /mnt/from-host/letter)"
      cp /bin/busybox /mnt/busybox
      mkdir -p /mnt/folder/below
      for number in $(seq 1 200); do echo "file $number" >/mnt/folder/below/$number; done
      rm /mnt/folder/below/1??
      ln -s busybox /mnt/link
      ln /mnt/folder/below/7 /mnt/seven
      dd if=/dev/zero of=/mnt/sparse bs=1 count=1 seek=100000000 2>/dev/null
      mv /mnt/from-host/letter /mnt/letter
      echo "answer" >>/mnt/letter
      sync
      """

    @Test("What a guest writes is on the disk, and the file system is clean", arguments: [1, 2])
    func keepsFiles(processors: Int) throws {
      let folder = try TemporaryFolder()
      try folder.run("mkdir content content/from-host && echo letter >content/from-host/letter")
      try folder.run("truncate -s 64M disk && mke2fs -q -t ext4 -d content disk")
      let guest = LinuxGuest(
        processors: processors, script: Self.script,
        modules: ["virtio_pci", "virtio_blk", "ext4"], disk: folder.path.appending("disk"))
      let run = try guest.run()
      #expect(run.event == .powerOff, "the console ends with:\n\(run.end)")
      #expect(run.lines("mounted") == ["/dev/vda rw"])
      #expect(run.lines("from the host") == ["letter"])
      #expect(run.lines("strata") == ["the script ended with status 0"])

      #expect(try folder.run("e2fsck -fn disk >check 2>&1 || cat check") == "")
      #expect(try folder.run("debugfs -R 'cat /letter' disk 2>/dev/null") == "letter\nanswer\n")
      #expect(try folder.run("debugfs -R 'cat /seven' disk 2>/dev/null") == "file 7\n")
      #expect(try folder.run("debugfs -R 'ls -p /folder/below' disk 2>/dev/null | grep -c /10064") == "100\n")
      #expect(
        try folder.run("debugfs -R 'stat /sparse' disk 2>/dev/null | grep -om1 'Size: .*'")
          == "Size: 100000001\n")
      let busybox = try TestFiles.package("busybox-static").root.appending("bin").appending("busybox")
      #expect(
        try folder.run("debugfs -R 'dump /busybox copy' disk 2>/dev/null && cmp copy '\(busybox)'") == "")
    }
  }
}
