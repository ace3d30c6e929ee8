// swift-tools-version: 6.2
import PackageDescription

// libFuzzer on everything that reads what comes from outside: `make fuzz`.

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "earwitness", path: "../..")],
    targets: [
        .systemLibrary(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz-parsers",
            dependencies: ["CFuzzer", .product(name: "ReadingRooms", package: "earwitness")],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]),
    ])
