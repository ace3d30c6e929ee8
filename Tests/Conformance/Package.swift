// swift-tools-version: 6.2
import PackageDescription

// The conformance suite of the sound level meter. It measures minutes of audio thousands of times,
// so it is built optimised, with only the rooms of the monitor that it needs:
// `Tests/Conformance/run`.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "conformance",
    targets: [
        .systemLibrary(name: "CFFTW", pkgConfig: "fftw3f"),
        .target(name: "HostSystem", swiftSettings: house),
        .target(name: "Timekeeping", dependencies: ["HostSystem"], swiftSettings: house),
        .target(name: "LevelTypes", dependencies: ["Timekeeping"], swiftSettings: house),
        .target(name: "Fourier", dependencies: ["CFFTW"], swiftSettings: house),
        .target(
            name: "SoundLevels",
            dependencies: ["HostSystem", "Timekeeping", "LevelTypes", "Fourier"],
            swiftSettings: house),
        .target(
            name: "Measurements", dependencies: ["LevelTypes", "SoundLevels", "Timekeeping"],
            swiftSettings: house),
        .executableTarget(
            name: "levels-tables",
            dependencies: ["LevelTypes", "Measurements", "SoundLevels", "Timekeeping"],
            swiftSettings: house),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["LevelTypes", "Measurements", "SoundLevels", "Timekeeping"],
            swiftSettings: house),
    ])
