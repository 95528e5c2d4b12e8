// swift-tools-version: 6.2
import PackageDescription

/// One program for each target of Fuzzing/run, which passes the flags that make libFuzzer programs of them.
let targets = [
  "Decoder", "Boot", "Images", "Board", "Virtio", "Processor", "Hypercalls", "Mhi", "Guests", "Traces",
]

let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "Strata", path: "..")],
  targets: [
    .target(name: "FuzzSupport", dependencies: [.product(name: "Machine", package: "Strata")])
  ]
    + targets.map {
      .executableTarget(
        name: "Fuzz\($0)",
        dependencies: [
          "FuzzSupport", .product(name: "Machine", package: "Strata"),
          .product(name: "Images", package: "Strata"),
        ])
    },
  swiftLanguageModes: [.v6]
)
