// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "GuestsBenchmark",
  dependencies: [.package(name: "Strata", path: "../..")],
  targets: [
    .executableTarget(name: "WorldSwitch", dependencies: [.product(name: "Machine", package: "Strata")])
  ],
  swiftLanguageModes: [.v6]
)
