import Bus
import Interfaces
import Processor

/// The pages that the hypervisor lays over the partition's RAM (TLFS 5.2.1), each in a place of its own behind RAM.
struct OverlayPages {
  /// The pages that a level has once for all processors.
  enum Shared: Int, CaseIterable {
    case hypercall, reference
  }

  /// The pages that a level has for each processor.
  enum Private: Int, CaseIterable {
    case assist, eventFlags, messages
  }

  private static let levelCount = HyperV.VirtualTrustLevel.allCases.count

  static func count(processors: Int) -> Int {
    levelCount * (Shared.allCases.count + processors * Private.allCases.count)
  }

  static func index(_ page: Shared, _ level: HyperV.VirtualTrustLevel) -> Int {
    Int(level.rawValue) * Shared.allCases.count + page.rawValue
  }

  static func index(_ page: Private, _ level: HyperV.VirtualTrustLevel, processor: Int) -> Int {
    levelCount * Shared.allCases.count
      + (processor * levelCount + Int(level.rawValue)) * Private.allCases.count + page.rawValue
  }
}

extension HyperVHypervisor {
  func initialiseOverlays() {
    for level in levels.map(\.level) {
      let page = bytes(ofOverlay: OverlayPages.index(.hypercall, level))
      HypercallPage.write(to: page)
      ReferenceTime.write(to: bytes(ofOverlay: OverlayPages.index(.reference, level)))
    }
  }

  /// The bytes of an overlay page in the host.
  func bytes(ofOverlay index: Int) -> UnsafeMutableRawPointer {
    memory.base + Int(memory.overlayOffset(index))
  }

  func assistPage(_ level: ProcessorLevel, of processor: PartitionProcessor) -> UnsafeMutableRawPointer? {
    guard level.assistPage.isEnabled else { return nil }
    return bytes(ofOverlay: OverlayPages.index(.assist, level.level, processor: processor.number))
  }

  func messagePage(_ level: ProcessorLevel, of processor: PartitionProcessor) -> UnsafeMutableRawPointer? {
    guard level.interrupts.messagePage.isEnabled else { return nil }
    return bytes(ofOverlay: OverlayPages.index(.messages, level.level, processor: processor.number))
  }

  /// The physical address space as a level of a processor sees it; `nil` if it is as the machine has it.
  func view(_ level: HyperV.VirtualTrustLevel, of processor: PartitionProcessor) -> PhysicalView? {
    let (shared, own) = (partition(level), processor[level])
    var overlays: [OverlayPage] = []
    func lay(_ index: Int, _ control: HyperV.OverlayControl, isWritable: Bool = true) {
      guard control.isEnabled else { return }
      overlays.append(
        OverlayPage(
          physical: control.address, offset: memory.overlayOffset(index), isWritable: isWritable))
    }
    func index(_ page: OverlayPages.Private) -> Int {
      OverlayPages.index(page, level, processor: processor.number)
    }
    lay(OverlayPages.index(.hypercall, level), shared.hypercall, isWritable: false)
    lay(OverlayPages.index(.reference, level), shared.referencePage, isWritable: false)
    lay(index(.assist), own.assistPage)
    lay(index(.eventFlags), own.interrupts.eventFlagsPage)
    lay(index(.messages), own.interrupts.messagePage)
    let permissions = effectivePermissions(below: level)
    return overlays.isEmpty && permissions == nil
      ? nil : PhysicalView(overlays: overlays, permissions: permissions)
  }

  /// Puts the views of all processors that run a level into force, after something that they share has changed.
  func updateViews(_ level: HyperV.VirtualTrustLevel) {
    for processor in processors where processor.active == level { updateView(of: processor) }
  }

  /// Puts the view of the level that a processor runs into force.
  func updateView(of processor: PartitionProcessor) {
    processor.processor.setPhysicalView(view(processor.active, of: processor))
  }
}
