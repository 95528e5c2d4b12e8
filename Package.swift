// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Strata",
  products: [
    .executable(name: "strata", targets: ["strata"]),
    .library(name: "Machine", targets: ["Machine"]),
    .library(name: "Images", targets: ["Images"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // Floor 0
    .target(name: "X86"),
    .target(name: "Interfaces"),
    // Floor 1
    .target(name: "Bus"),
    .target(
      name: "Tracing",
      dependencies: ["Interfaces", .product(name: "SystemPackage", package: "swift-system")]),
    .target(name: "HostFloatingPoint"),
    .target(name: "HostNetwork"),
    .target(name: "SoftwareFloatingPoint"),
    // Floor 2
    .target(
      name: "Processor",
      dependencies: ["X86", "Bus", "Interfaces", "Tracing", "HostFloatingPoint", "SoftwareFloatingPoint"]),
    .target(
      name: "PerfettoTrace",
      dependencies: ["Tracing", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    // Floor 3
    .target(name: "Chipset", dependencies: ["Bus", "Interfaces", "Tracing"]),
    .target(name: "Devices", dependencies: ["Bus", "HostNetwork", "Interfaces", "Tracing"]),
    .target(name: "Hypervisors", dependencies: ["Bus", "Interfaces", "Processor", "Tracing", "X86"]),
    // Floor 4
    .target(
      name: "Machine",
      dependencies: [
        "Bus", "Processor", "Chipset", "Devices", "Hypervisors", "Interfaces", "Tracing",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "Images",
      dependencies: [.product(name: "SystemPackage", package: "swift-system")]),
    // Floor 5
    .executableTarget(
      name: "strata",
      dependencies: [
        "Machine", "Images", "Hypervisors", "Interfaces", "PerfettoTrace", "Tracing",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),

    // Needs nothing to be built: without Zydis it decodes nothing.
    .target(name: "ZydisReference", path: "Tests/ZydisReference"),
    .testTarget(name: "X86Tests", dependencies: ["X86", "ZydisReference"]),
    .testTarget(name: "BusTests", dependencies: ["Bus"]),
    .target(name: "HostProcessor", path: "Tests/HostProcessor"),
    .testTarget(
      name: "ProcessorTests",
      dependencies: [
        "Processor", "X86", "Bus", "HostFloatingPoint", "SoftwareFloatingPoint", "HostProcessor",
      ]),
    .testTarget(name: "ChipsetTests", dependencies: ["Chipset", "Bus", "Interfaces", "Tracing"]),
    .testTarget(
      name: "DevicesTests", dependencies: ["Devices", "Bus", "Interfaces", "TestSupport", "Tracing"]),
    .testTarget(
      name: "TracingTests",
      dependencies: [
        "Tracing", "Interfaces", "TestSupport", .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .testTarget(
      name: "PerfettoTraceTests", dependencies: ["PerfettoTrace", "Tracing", "Interfaces", "TestSupport"]),
    .testTarget(name: "InterfacesTests", dependencies: ["Interfaces"]),
    .testTarget(name: "HypervisorsTests", dependencies: ["Hypervisors", "Interfaces", "X86"]),
    .target(
      name: "TestSupport", dependencies: [.product(name: "SystemPackage", package: "swift-system")],
      path: "Tests/TestSupport"),
    .testTarget(name: "ImagesTests", dependencies: ["Images", "TestSupport"]),
    .testTarget(
      name: "MachineTests",
      dependencies: [
        "Machine", "Images", "Bus", "Chipset", "Devices", "Hypervisors", "Interfaces", "Processor", "Tracing",
        "X86", "TestSupport",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .testTarget(name: "StrataTests", dependencies: ["strata", "Interfaces", "TestSupport", "Tracing"]),
  ],
  swiftLanguageModes: [.v6]
)
