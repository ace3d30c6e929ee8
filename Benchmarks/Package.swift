// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "earwitness", path: "..")],
    targets: [
        .executableTarget(
            name: "pipeline-bench",
            dependencies: [.product(name: "HearingRooms", package: "earwitness")])
    ]
)
