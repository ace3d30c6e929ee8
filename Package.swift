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

/// For what computes on every sample, frame or step, in debug builds too: the tests analyse many
/// minutes of sound, which takes a hundred times as long without.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

func hotRoom(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: sourceSettings + optimised)
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

/// LLVM's linker, which the toolchain brings along, and no table of names for libraries that the
/// program might load: docs/performance.md, "Weight". Relative relocations take glibc 2.36.
let lightRelease = LinkerSetting.unsafeFlags(
    [
        "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker",
        "pack-relative-relocs",
    ], .when(configuration: .release))

let package = Package(
    name: "earwitness",
    products: [
        .executable(name: "earwitness", targets: ["earwitness"]),
        .library(
            name: "HearingRooms",
            targets: [
                "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "SourceTypes",
                "SampleRing",
                "Capture", "Fourier", "Spectrogram", "SoundLevels", "Tracking", "ModelFormat",
                "SoundNet",
            ]),
        .library(
            name: "ReadingRooms",
            targets: [
                "Timekeeping", "LevelTypes", "SoundTypes", "Capture", "SoundLevels", "ModelFormat",
                "Teaching", "EventStore", "MonitorConfig", "Control",
            ]),
        .library(
            name: "RuleRooms",
            targets: [
                "Timekeeping", "LevelTypes", "SoundTypes", "EventStore", "Rules", "RuleTrials",
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
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CFFTW", pkgConfig: "fftw3f", providers: [.apt(["libfftw3-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CMemoryFile"),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CTimex"),
        .target(
            name: "CSoundNetKernels",
            cSettings: [
                .treatAllWarnings(as: .error),
                .unsafeFlags(["-O2"], .when(configuration: .debug)),
            ]),
        .target(
            name: "CDefaultModel", exclude: ["default.soundnet", "default.background"],
            cSettings: [.treatAllWarnings(as: .error)]),
        room("HostSystem"),
        room("Timekeeping", ["HostSystem"]),
        hotRoom("LevelTypes", ["Timekeeping"]),
        room("SoundTypes", ["Timekeeping", "LevelTypes"]),
        room("AlertTypes", ["Timekeeping"]),
        room("SourceTypes", ["HostSystem", "Timekeeping"]),
        room("Formats", ["HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes"]),
        room("Control", ["HostSystem", "Timekeeping", "AlertTypes"]),
        hotRoom("SampleRing", ["SoundTypes"]),
        hotRoom(
            "Capture",
            [
                "CALSA", "CSndfile", "HostSystem", "Timekeeping", "SoundTypes", "SourceTypes",
                "SampleRing",
            ]),
        hotRoom("Fourier", ["CFFTW"]),
        hotRoom("Spectrogram", ["HostSystem", "Timekeeping", "SoundTypes", "Fourier"]),
        hotRoom("SoundLevels", ["HostSystem", "Timekeeping", "LevelTypes", "Fourier"]),
        hotRoom("Tracking", ["HostSystem", "Timekeeping", "SoundTypes"]),
        hotRoom("ModelFormat", ["CDefaultModel", "HostSystem", "SoundTypes"]),
        hotRoom("SoundNet", ["CSoundNetKernels", "SoundTypes", "ModelFormat"]),
        hotRoom(
            "Teaching",
            [
                "CDefaultModel", "HostSystem", "Timekeeping", "SoundTypes", "Capture",
                "Spectrogram", "Tracking", "ModelFormat", "SoundNet",
            ]),
        hotRoom(
            "Listening",
            [
                "Timekeeping", "LevelTypes", "SoundTypes", "SampleRing", "Capture", "Spectrogram",
                "SoundLevels", "Tracking", "ModelFormat", "SoundNet", "Teaching",
            ]),
        room("Images", ["CPNG", "HostSystem"]),
        room(
            "Explanation",
            [
                "HostSystem", "Timekeeping", "SoundTypes", "Formats", "Spectrogram", "Tracking",
                "ModelFormat", "SoundNet", "Teaching", "Listening", "Images",
            ]),
        room("Database", ["HostSystem", grdb, sqlite]),
        hotRoom("LevelStore", ["Timekeeping", "LevelTypes", "Database", grdb]),
        room(
            "EventStore",
            [
                "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes", "Database",
                "LevelStore", grdb,
            ]),
        hotRoom(
            "Rules", ["HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes"]),
        room(
            "Actions",
            [
                "CCurl", "CMemoryFile", "HostSystem", "Timekeeping", "SoundTypes", "AlertTypes",
                "Formats", "Rules", subprocess, system,
            ]),
        room(
            "Listings",
            [
                "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes",
                "SourceTypes", "Formats", "Capture", "SoundLevels", "Tracking", "ModelFormat",
                "Teaching", "Listening",
            ]),
        room(
            "NoiseReports",
            [
                "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "Formats", "Database",
                "EventStore",
            ]),
        room(
            "MonitorConfig",
            [
                "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes",
                "SourceTypes", "Tracking", "Rules", yams,
            ]),
        hotRoom(
            "RuleTrials",
            [
                "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes", "Formats",
                "Tracking", "Database", "EventStore", "Rules", "MonitorConfig",
            ]),
        room(
            "Monitoring",
            [
                "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes",
                "SourceTypes", "Formats", "Control", "Capture", "SoundLevels", "ModelFormat",
                "Teaching",
                "Listening", "Database", "EventStore", "Rules", "Actions", "MonitorConfig",
                "RuleTrials", lifecycle, logging,
            ]),
        room(
            "monitord",
            [
                "CMalloc", "HostSystem", "Timekeeping", "SourceTypes", "Capture", "SoundLevels",
                "ModelFormat", "Teaching", "Listening", "Listings", "MonitorConfig", "Monitoring",
                argumentParser, lifecycle, unixSignals, logging,
            ]),
        room(
            "monitorctl",
            [
                "CTimex", "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes",
                "SourceTypes", "Control", "Capture", "Spectrogram", "SoundLevels", "Tracking",
                "ModelFormat", "Teaching", "Listening", "Images", "Explanation", "Database",
                "EventStore", "Rules", "Actions",
                "Listings", "NoiseReports", "MonitorConfig", "RuleTrials", argumentParser,
            ]),
        .executableTarget(
            name: "earwitness", dependencies: ["HostSystem", "monitord", "monitorctl"],
            swiftSettings: sourceSettings, linkerSettings: [lightRelease]),
        .target(
            name: "TestSupport", dependencies: ["CSndfile", "Timekeeping", "LevelTypes"],
            path: "Tests/TestSupport",
            swiftSettings: house + optimised),
        .target(
            name: "CRealtimeGuard", path: "Tests/CRealtimeGuard",
            linkerSettings: [.linkedLibrary("dl")]),
        tests("HostSystem", ["TestSupport"]),
        tests("Timekeeping", ["HostSystem", "TestSupport"]),
        tests("Control", ["HostSystem", "Timekeeping", "AlertTypes", "TestSupport"]),
        tests("LevelTypes"),
        tests("SoundTypes"),
        tests("SourceTypes", ["HostSystem"]),
        tests("SampleRing", ["SoundTypes", "TestSupport"]),
        tests(
            "Capture",
            [
                "HostSystem", "Timekeeping", "SoundTypes", "SourceTypes", "SampleRing",
                "TestSupport",
            ]),
        tests("Fourier", ["TestSupport"]),
        tests(
            "Spectrogram",
            ["Timekeeping", "SoundTypes", "TestSupport"],
            resources: [.process("Fixtures")]),
        tests("SoundLevels", ["Timekeeping", "LevelTypes", "TestSupport"]),
        tests(
            "Tracking",
            ["Timekeeping", "SoundTypes", "TestSupport"],
            resources: [.copy("Fixtures")]),
        tests("ModelFormat", ["HostSystem", "SoundTypes", "SoundNet", "TestSupport"]),
        tests(
            "SoundNet",
            ["SoundTypes", "ModelFormat", "TestSupport"],
            resources: [.copy("Fixtures")]),
        tests(
            "Teaching",
            [
                "HostSystem", "Timekeeping", "SoundTypes", "ModelFormat", "Listening",
                "TestSupport",
            ]),
        tests(
            "Listening",
            [
                "Timekeeping", "LevelTypes", "SoundTypes", "SampleRing", "Spectrogram",
                "SoundLevels", "Tracking", "ModelFormat", "Teaching", "TestSupport",
            ]),
        tests("Images", ["CPNG"]),
        tests(
            "Explanation",
            [
                "Timekeeping", "SoundTypes", "Tracking", "ModelFormat", "Images", "Listings",
                "TestSupport",
            ]),
        tests(
            "EventStore",
            [
                "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes", "Database",
                "TestSupport", grdb, sqlite,
            ]),
        tests(
            "Rules", ["Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes", "TestSupport"]),
        tests(
            "Actions",
            [
                "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes", "Formats", "Rules",
                "TestSupport",
            ]),
        tests(
            "Listings",
            [
                "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes", "SourceTypes", "Formats",
                "Capture", "SoundLevels", "Tracking", "ModelFormat", "Listening", "TestSupport",
            ]),
        tests(
            "NoiseReports",
            ["HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "Formats", "TestSupport"]),
        tests(
            "MonitorConfig",
            [
                "Timekeeping", "SoundTypes", "AlertTypes", "SourceTypes", "Tracking", "Rules",
                "TestSupport",
            ]),
        tests(
            "RuleTrials",
            [
                "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes", "EventStore", "Rules",
                "MonitorConfig", "TestSupport",
            ]),
        tests(
            "Monitoring",
            [
                "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes", "SourceTypes",
                "SampleRing", "Control", "Capture", "Tracking", "ModelFormat", "SoundNet",
                "Listening",
                "Database", "EventStore", "Rules", "Actions", "MonitorConfig", "TestSupport", grdb,
                logging,
            ]),
        tests(
            "monitord",
            [
                "earwitness", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes", "SoundNet",
                "EventStore",
                "TestSupport",
            ]),
        tests(
            "monitorctl",
            [
                "earwitness", "HostSystem", "Timekeeping", "LevelTypes", "SoundTypes", "AlertTypes",
                "SourceTypes", "Control", "Capture", "Spectrogram", "ModelFormat", "Explanation",
                "EventStore", "Listings", "MonitorConfig", "TestSupport", grdb,
            ]),
        tests("earwitness", ["TestSupport"]),
        .testTarget(
            name: "HouseTests", exclude: ["phrases.txt", "untested-files.txt"],
            swiftSettings: house),
        .testTarget(
            name: "RealtimeTests",
            dependencies: [
                "CRealtimeGuard", "Timekeeping", "SoundTypes", "SampleRing", "Capture", "Fourier",
                "Tracking", "ModelFormat", "Teaching", "Listening", "TestSupport",
            ],
            swiftSettings: house),
    ],
    cLanguageStandard: .gnu2x
)
