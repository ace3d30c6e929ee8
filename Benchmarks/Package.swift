// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "earwitness", path: "..")],
    targets: [
        .target(name: "CPeak"),
        .executableTarget(
            name: "pipeline-bench",
            dependencies: ["CPeak", .product(name: "HearingRooms", package: "earwitness")]),
        .executableTarget(
            name: "rules-bench",
            dependencies: [.product(name: "RuleRooms", package: "earwitness")]),
    ]
)
