internal import Foundation
internal import Synchronization

/// A microphone without hardware, reached through the real libasound: the plugin in
/// `Tests/TestMicrophone`, which plays raw frames at real-time pace and has faults on demand. It
/// waits for a reader that is late, so that a busy machine hears what an idle one hears.
///
/// The first one compiles the plugin and points ALSA_CONFIG_PATH to its configuration, so it must
/// come before the process's first call to libasound.
public final class TestMicrophone: Sendable {
    public enum Condition: Sendable {
        case ok, suspended, disconnected, stalled
        /// Working, and as hurried as a real one: a late reader loses sound, which is an overrun.
        case hurried
        /// Stalled, and afterwards working as if nothing had been: the sound meanwhile is lost.
        case dropping
        /// Working, but offering only this rate when opened.
        case rate(Int)
        /// Another program has it, or it may not be opened.
        case busy, denied

        var word: String {
            switch self {
            case .ok: "ok"
            case .hurried: "hurry"
            case .suspended: "suspend"
            case .disconnected: "disconnect"
            case .stalled: "stall"
            case .dropping: "drop"
            case .rate(let hertz): "rate \(hertz)"
            case .busy: "busy"
            case .denied: "denied"
            }
        }
    }

    /// Its name for libasound.
    public let deviceName: String
    /// The name of the same device through libasound's `plug`, which can convert.
    public let plugDeviceName: String
    private let directory: TemporaryDirectory

    /// - Parameters:
    ///   - frames: raw interleaved frames, played in a circle.
    ///   - formats: the formats that the device offers, in ALSA's names. The frames are played as
    ///     they are, whichever of them is agreed on.
    ///   - epochNanoseconds: when the first frame was played, on CLOCK_MONOTONIC; with 0 it is the
    ///     first that is read.
    public init(
        frames: [UInt8], formats: [String], rates: [Int] = [48_000], channels: [Int] = [1],
        epochNanoseconds: Int64 = 0
    ) throws {
        _ = try Self.environment
        directory = try Self.makeDirectory()
        try Data(frames).write(to: directory.url.appending(path: "frames"))
        let arguments = [
            "FILE=" + directory.path("frames"), "CONTROL=" + directory.path("control"),
            "FORMATS=" + formats.joined(separator: "+"),
            "RATES=" + rates.map(String.init).joined(separator: "+"),
            "CHANNELS=" + channels.map(String.init).joined(separator: "+"),
            "EPOCH=\(epochNanoseconds)",
        ].joined(separator: ",")
        deviceName = "testmic:" + arguments
        plugDeviceName = "plugmic:" + arguments
        try set(.ok)
    }

    /// Replaces frames, even while they are being played; `offset` counts bytes from the epoch.
    public func overwrite(_ frames: [UInt8], from offset: Int) throws {
        // The plugin maps the file, so it must be changed in place.
        let file = try FileHandle(forUpdating: directory.url.appending(path: "frames"))
        let length = Int(try file.seekToEnd())
        let start = offset % length
        try file.seek(toOffset: UInt64(start))
        try file.write(contentsOf: frames.prefix(length - start))
        try file.seek(toOffset: 0)
        try file.write(contentsOf: frames.dropFirst(length - start))
        try file.close()
    }

    /// Gives the device, and those opened later under its name, a fault, or clears it.
    public func set(_ condition: Condition) throws {
        let file = directory.url.appending(path: "control")
        try Data(condition.word.utf8).write(to: file, options: .atomic)
    }

    /// When the first frame was played, on CLOCK_MONOTONIC; `nil` before somebody has read from the
    /// device. Those who open it again begin anew when `epochNanoseconds` is 0.
    public func epochNanoseconds() throws -> Int64? {
        let path = directory.path("control.epoch")
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        // A text without its end is being written.
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.hasSuffix("\n") ? Int64(text.dropLast()) : nil
    }

    /// How often this process has the device open: the plugin maps the frames of each handle.
    public func openHandles() throws -> Int {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        return maps.split(separator: "\n").count { $0.hasSuffix(directory.path("frames")) }
    }

    /// What a process needs in its environment to find test microphones; this process has it.
    public static var environment: [String: String] {
        get throws { ["ALSA_CONFIG_PATH": try configurationPath.get()] }
    }

    /// The folder with what the devices `hw:<card>,<device>` are: `<card>-<device>` with `frames`
    /// and `control`, and for `hw:<card>` a folder `<card>`.
    static var hardware: URL {
        get throws {
            URL(fileURLWithPath: try configurationPath.get()).deletingLastPathComponent()
        }
    }

    private static let configurationPath = Result { try install() }

    /// Compiles the plugin and returns the path of its configuration.
    private static func install() throws -> String {
        let directory = try makeDirectory()
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "TestMicrophone/testmic.c")
        let library = directory.path("libtestmic.so")
        try run(
            "clang", "-O2", "-shared", "-fPIC", "-DPIC", "-o", library, source.path, "-lasound")
        let file = directory.url.appending(path: "asound.conf")
        let text = configuration(library: library) + cards(library: library, directory)
        try Data(text.utf8).write(to: file)
        setenv("ALSA_CONFIG_PATH", file.path, 1)
        return file.path
    }

    /// A directory that stays until the process ends: a device may be opened again after the last
    /// use of its `TestMicrophone`.
    private static func makeDirectory() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let isFirst = directories.withLock {
            $0.append(directory)
            return $0.count == 1
        }
        if isFirst { atexit { TestMicrophone.directories.withLock { $0.removeAll() } } }
        return directory
    }

    private static let directories = Mutex<[TemporaryDirectory]>([])

    private static func configuration(library: String) -> String {
        let names = ["FILE", "CONTROL", "FORMATS", "RATES", "CHANNELS", "EPOCH"]
        let arguments =
            "@args [ \(names.joined(separator: " ")) ]\n"
            + names.map { "@args.\($0) { type string }\n" }.joined()
        let fields = names.map { "\($0.lowercased()) $\($0)\n" }.joined()
        return """
            pcm_type.testmic { lib "\(library)" }
            pcm.testmic {
            \(arguments)type testmic
            \(fields)}
            pcm.plugmic {
            \(arguments)type plug
            slave.pcm {
            type testmic
            \(fields)}
            }

            """
    }

    /// What libasound knows cards by, instead of the kernel's: 16 bits, two channels, 48 kHz.
    private static func cards(library: String, _ directory: TemporaryDirectory) -> String {
        func file(_ name: String) -> String {
            "{ @func concat strings [ \"\(directory.url.path)/\" $CARD \"-\" $DEV \"/\(name)\" ] }"
        }
        return """
            pcm.hw {
            @args [ CARD DEV SUBDEV ]
            @args.CARD { type string default "0" }
            @args.DEV { type string default "0" }
            @args.SUBDEV { type string default "-1" }
            type testmic
            file \(file("frames"))
            control \(file("control"))
            formats "S16_LE"
            rates "48000"
            channels "2"
            }
            ctl_type.testcard { lib "\(library)" }
            ctl.hw {
            @args [ CARD ]
            @args.CARD { type string default "0" }
            type testcard
            id { @func concat strings [ "Card" $CARD ] }
            name { @func concat strings [ "Test microphone " $CARD ] }
            }

            """
    }

    private static func run(_ command: String...) throws {
        // Not Foundation's Process: it waits until every process that was started in the meantime,
        // and so inherited its sockets, has ended.
        let output = try RunningProcess(["/usr/bin/env"] + command).wait()
        guard output.status == 0 else {
            throw TestSupportError("\(command) failed: \(output.standardError)")
        }
    }
}

public struct TestSupportError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
