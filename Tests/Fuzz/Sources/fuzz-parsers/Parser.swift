import Capture
import Control
import EventStore
import Foundation
import LevelTypes
import ModelFormat
import MonitorConfig
import SoundLevels
import SoundTypes
import Synchronization
import Teaching
import Timekeeping

/// What reads bytes from outside. Whatever they are, there is a value or an error: no trap, no
/// access outside of them, no endless loop.
enum Parser: String, CaseIterable {
    case background, configuration, control, correction, database, model, recording, taught, time

    /// The one that FUZZ_PARSER names.
    static let chosen: Parser = {
        let name = ProcessInfo.processInfo.environment["FUZZ_PARSER"] ?? ""
        guard let parser = Parser(rawValue: name) else {
            let names = allCases.map(\.rawValue).joined(separator: ", ")
            fatalError("FUZZ_PARSER is \"\(name)\", not one of \(names)")
        }
        return parser
    }()

    func take(_ bytes: [UInt8]) {
        do {
            switch self {
            case .background: try readBackground(bytes)
            case .configuration:
                _ = try Configuration.parse(
                    text: String(decoding: bytes, as: UTF8.self), file: "fuzz.yaml")
            case .control: try talk(bytes)
            case .correction:
                _ = try MicrophoneResponse(bytes: bytes, path: "fuzz.txt")
            case .database: try readDatabase(bytes)
            case .model: _ = try Model(bytes: framed(bytes), name: "fuzz")
            case .recording: try readRecording(bytes)
            case .taught: try readTaught(bytes)
            case .time:
                _ = try TimeExpression.parse(
                    String(decoding: bytes, as: UTF8.self), now: Self.now)
            }
        } catch {
            _ = "\(error)"  // The message is made of the bytes, too.
        }
    }

    private static let now = UTCTime(microseconds: 1_795_366_800_000_000)
    /// In memory, and this process's own.
    private static let folder = {
        let path = "/dev/shm/fuzz-parsers-\(getpid())"
        try! FileManager.default.createDirectory(
            atPath: path + "/taught", withIntermediateDirectories: true)
        return path
    }()

    private func file(_ bytes: [UInt8], _ name: String) throws -> String {
        let path = Self.folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }
}

// MARK: The parsers that read files

extension Parser {
    private static let builtIn = Result { try Model.builtIn() }

    private func readBackground(_ bytes: [UInt8]) throws {
        let path = try file(framed(bytes), "fuzz.background")
        _ = try BackgroundSet(
            of: Self.builtIn.get(),
            at: path.replacingOccurrences(of: ".background", with: ".soundnet"))
    }

    private func readTaught(_ bytes: [UInt8]) throws {
        _ = try file(framed(bytes), "taught/fuzz.taught")
        let content = try TaughtFolder(path: Self.folder + "/taught").content()
        for fault in content.faults { throw fault }
    }

    private func readRecording(_ bytes: [UInt8]) throws {
        let source = try FileSource(path: file(bytes, "fuzz.audio"), pace: .maximum)
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4_096)
        defer { buffer.deallocate() }
        // Longer than any input, unless it is read again and again.
        for _ in 0..<1_000 {
            switch source.read(into: buffer) {
            case .samples, .gap, .idle: continue
            case .endOfStream, .failed: return
            }
        }
    }

    /// Everything that `monitorctl` reads.
    private func readDatabase(_ bytes: [UInt8]) throws {
        let path = try file(bytes, "fuzz.db")
        for log in [path + "-wal", path + "-shm"] where FileManager.default.fileExists(atPath: log)
        {
            try FileManager.default.removeItem(atPath: log)
        }
        let reader = try EventReader(path: path)
        let (since, until) = (Self.now.adding(seconds: -86_400), Self.now.adding(seconds: 86_400))
        let questions: [() throws -> Void] = [
            {
                for event in try reader.events(EventQuery(includesRetracted: true)) {
                    _ = try reader.picture(ofEvent: event.id)
                }
            },
            {
                for source in try reader.levelSources() {
                    _ = try reader.levels(source: source, boundaries: [since, Self.now, until])
                    _ = try reader.loudestSecond(source: source, since: since, until: until)
                }
            },
            { _ = try reader.sessions() }, { _ = try reader.gaps() },
            { _ = try reader.hookRuns() }, { _ = try reader.calibrations() },
        ]
        for question in questions {
            do { try question() } catch { _ = "\(error)" }
        }
    }
}

// MARK: The socket of the monitor

extension Parser {
    /// A server whose answer is what it is told to be, and `nil` what it was asked.
    private final class Echo: Sendable {
        let answer = Mutex<String?>(nil)
    }

    private static let echo = Echo()
    private static let socket = folder + "/control.sock"
    private static let server = Result {
        try ControlServer(path: socket) { request in
            echo.answer.withLock { $0 } ?? request
        }
    }

    /// The bytes are what a client asks, and then what a monitor answers.
    private func talk(_ bytes: [UInt8]) throws {
        _ = try Self.server.get()
        let text = String(decoding: bytes, as: UTF8.self)
        Self.echo.answer.withLock { $0 = nil }
        do { _ = try ControlClient.ask(text, at: Self.socket) } catch { _ = "\(error)" }
        Self.echo.answer.withLock { $0 = text }
        _ = try MonitorStatus.ask(at: Self.socket).json
    }
}

// MARK: Framed files

extension Parser {
    /// The bytes with a frame that fits: length and checksum would stop nearly all of them.
    private func framed(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 20 else { return bytes }
        var bytes = bytes
        let length = bytes[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
        put(UInt32(min(length, bytes.count - 20)), in: &bytes, at: 12)
        put(checksum(bytes[20...]), in: &bytes, at: 16)
        return bytes
    }

    private func put(_ number: UInt32, in bytes: inout [UInt8], at offset: Int) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * index))
        }
    }

    /// CRC-32 (IEEE 802.3).
    private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in
                rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1
            }
        }
    }
}

// MARK: Seeds

extension Parser {
    /// The built-in files are too large to be changed a thousand times a second.
    func writeSeed(to path: String) throws {
        guard self == .database else {
            fatalError("the seeds of \(rawValue) are files of the repository")
        }
        let store = try EventStore(path: path)
        let event = SoundEvent(
            id: store.nextEventID(), source: "mic", label: "siren", onset: Self.now,
            heardUntil: Self.now.adding(seconds: 3), peakConfidence: 0.9, meanConfidence: 0.7,
            status: .complete)
        var summary = LevelSummary()
        (summary.seconds, summary.exposureA, summary.fastMaximum) = (1, 1e-6, 1e-5)
        summary.bandExposures = ThirdOctave.bands.map { _ in 1e-8 }
        let levels = (0..<90).map { second in
            StoreChange.level(
                source: "mic",
                LevelRecord(
                    start: Self.now.adding(seconds: Double(second)), samples: 48_000,
                    sampleRate: .hz48000, summary: summary,
                    histogram: LevelHistogram(entries: [.init(level: -600, count: 100)]),
                    scale: .relative))
        }
        try store.write([.event(event)] + levels)
        try store.close()
    }
}
