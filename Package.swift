// swift-tools-version: 6.2
import PackageDescription

// The rooms of the house, in the order in which sound passes through them. A room imports only
// rooms that stand above it. ARCHITECTURE.md gives each its one job.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
let sourceSettings = house + [.strictMemorySafety()]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: sourceSettings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
        resources: resources, swiftSettings: house)
}

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "earwitness",
    products: [
        .executable(name: "monitord", targets: ["monitord"]),
        .executable(name: "monitorctl", targets: ["monitorctl"]),
        .library(
            name: "HearingRooms",
            targets: [
                "Acoustics", "SampleRing", "Capture", "Fourier", "Spectrogram", "SoundLevels",
                "SoundNet", "Tracking",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
        .systemLibrary(name: "CFFTW", pkgConfig: "fftw3f", providers: [.apt(["libfftw3-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
        room("Acoustics"),
        room("SampleRing", ["Acoustics"]),
        room("Capture", ["Acoustics", "SampleRing", "CALSA", "CSndfile"]),
        room("Fourier", ["CFFTW"]),
        room("Spectrogram", ["Acoustics", "Fourier"]),
        room("SoundLevels", ["Acoustics", "Fourier"]),
        .target(name: "CSoundNetKernels", cSettings: [.treatAllWarnings(as: .error)]),
        .target(
            name: "CDefaultModel", exclude: ["default.soundnet", "default.background"],
            cSettings: [.treatAllWarnings(as: .error)]),
        room("SoundNet", ["Acoustics", "CSoundNetKernels", "CDefaultModel"]),
        room("Tracking", ["Acoustics"]),
        room("Explanation", ["Acoustics", "SoundNet", "Tracking"]),
        room("Pictures", ["Acoustics", "CPNG"]),
        room("Teaching", ["Acoustics", "Spectrogram", "CDefaultModel", "SoundNet", "Tracking"]),
        room("EventStore", ["Acoustics", grdb, sqlite]),
        room("Rules", ["Acoustics"]),
        room("Actions", ["Acoustics", "Rules", subprocess, system]),
        room(
            "Reports",
            [
                "Acoustics", "EventStore", "Explanation", "Pictures", "SoundLevels", "SoundNet",
                "Spectrogram", "Teaching",
            ]),
        room("MonitorConfig", ["Acoustics", "Capture", "Tracking", "Rules", yams]),
        room(
            "Pipeline",
            [
                "Acoustics", "SampleRing", "Capture", "Spectrogram", "SoundLevels", "SoundNet",
                "Tracking", "Teaching", "EventStore", "Rules", "Actions", "MonitorConfig",
                lifecycle, logging,
            ]),
        .executableTarget(
            name: "monitord",
            dependencies: [
                "Acoustics", "Capture", "MonitorConfig", "Pipeline", "Reports", "SoundLevels",
                "SoundNet", "Teaching", argumentParser, lifecycle, logging, unixSignals,
            ],
            swiftSettings: sourceSettings),
        .executableTarget(
            name: "monitorctl",
            dependencies: [
                "Acoustics", "Capture", "EventStore", "Explanation", "MonitorConfig", "Pictures",
                "Pipeline", "Reports", "SoundLevels", "SoundNet", "Spectrogram", "Teaching",
                "Tracking", argumentParser,
            ],
            swiftSettings: sourceSettings),
        .target(
            name: "TestSupport", dependencies: ["CSndfile"], path: "Tests/TestSupport",
            swiftSettings: house),
        .target(
            name: "CRealtimeGuard", path: "Tests/CRealtimeGuard",
            linkerSettings: [.linkedLibrary("dl")]),
        tests("Acoustics"),
        tests("SampleRing", ["Acoustics", "TestSupport"]),
        tests("Capture", ["Acoustics", "SampleRing", "TestSupport"]),
        tests("Fourier", ["TestSupport"]),
        tests(
            "Spectrogram", ["Acoustics", "TestSupport"], resources: [.process("Fixtures")]),
        tests("SoundLevels", ["Acoustics", "TestSupport"]),
        tests("SoundNet", ["Acoustics", "TestSupport"], resources: [.copy("Fixtures")]),
        tests("Tracking", ["Acoustics", "TestSupport"]),
        tests(
            "Teaching",
            ["Acoustics", "Pipeline", "SoundNet", "Spectrogram", "TestSupport", "Tracking"]),
        tests("Explanation", ["Acoustics", "SoundNet"]),
        tests("Pictures", ["CPNG"]),
        tests("EventStore", ["Acoustics", "TestSupport", grdb]),
        tests("Rules", ["Acoustics"]),
        tests("Actions", ["Acoustics", "Rules", "TestSupport"]),
        tests(
            "Reports",
            [
                "Acoustics", "EventStore", "Explanation", "Pictures", "SoundLevels", "SoundNet",
                "TestSupport",
            ]),
        tests("MonitorConfig", ["Acoustics", "Capture", "Rules", "TestSupport", "Tracking"]),
        tests(
            "Pipeline",
            [
                "Acoustics", "EventStore", "SampleRing", "SoundNet", "Spectrogram", "Teaching",
                "TestSupport", "Tracking", grdb, logging,
            ]),
        tests("monitord", ["Acoustics", "EventStore", "TestSupport", "monitorctl"]),
        tests(
            "monitorctl",
            [
                "Acoustics", "Capture", "EventStore", "MonitorConfig", "SoundNet", "Spectrogram",
                "TestSupport",
            ]),
        .testTarget(
            name: "RealtimeTests",
            dependencies: [
                "Acoustics", "Capture", "CRealtimeGuard", "Fourier", "Pipeline", "SampleRing",
                "SoundNet", "Teaching", "TestSupport", "Tracking",
            ],
            swiftSettings: house),
    ],
    cLanguageStandard: .gnu2x
)
