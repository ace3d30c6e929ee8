// swift-tools-version: 6.2
import PackageDescription

// The conformance suite of the sound level meter. It measures minutes of audio thousands of times,
// so it is built optimised, and of the monitor only the rooms that it needs: `Tests/Conformance/run`.

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
        .target(name: "Acoustics", swiftSettings: house),
        .target(name: "Fourier", dependencies: ["CFFTW"], swiftSettings: house),
        .target(
            name: "SoundLevels", dependencies: ["Acoustics", "Fourier"], swiftSettings: house),
        .target(
            name: "Measurements", dependencies: ["Acoustics", "SoundLevels"],
            swiftSettings: house),
        .executableTarget(
            name: "levels-tables", dependencies: ["Acoustics", "Measurements", "SoundLevels"],
            swiftSettings: house),
        .testTarget(
            name: "ConformanceTests", dependencies: ["Acoustics", "Measurements", "SoundLevels"],
            swiftSettings: house),
    ])
