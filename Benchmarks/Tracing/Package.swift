// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "TracingBenchmark",
  dependencies: [.package(name: "Strata", path: "../..")],
  targets: [
    .executableTarget(name: "Recording", dependencies: [.product(name: "Machine", package: "Strata")])
  ],
  swiftLanguageModes: [.v6]
)
