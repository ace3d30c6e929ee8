import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// A directory with a database, and the programs as they were built.
struct Workplace: Sendable {
    let directory: TemporaryDirectory
    let monitord: BuiltProduct
    let monitorctl: BuiltProduct
    /// Holds the configuration for tests that bring none.
    private let settings: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        settings = try TemporaryDirectory()
        let usual = URL(fileURLWithPath: settings.path("monitord.yaml"))
        try Data(Scene.tracking.utf8).write(to: usual)
        monitord = try BuiltProduct("monitord")
        monitorctl = try BuiltProduct("monitorctl")
    }

    var database: String { directory.path("events.db") }

    /// Writes a file and returns its path.
    func file(_ name: String, _ content: String) throws -> String {
        try Data(content.utf8).write(to: URL(fileURLWithPath: directory.path(name)))
        return directory.path(name)
    }

    /// Writes a recording and returns its path.
    func recording(
        _ name: String, _ samples: [Int16], rate: Int = Scene.rate
    ) throws -> String {
        try SoundFileWriter.write(samples, to: directory.path(name), rate: rate)
        return directory.path(name)
    }

    /// Starts the monitor on the database of this place.
    func start(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> RunningProcess {
        try monitord.start(["--database", database] + arguments, environment: environment)
    }

    /// Runs the monitor to its end.
    func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> RunningProcess.Output {
        try await start(arguments, environment: environment).wait(within: .hang)
    }

    /// The arguments, with `Scene.tracking` as the configuration if they name none.
    func configured(_ arguments: [String]) -> [String] {
        arguments.contains("--config")
            ? arguments : ["--config", settings.path("monitord.yaml")] + arguments
    }

    /// Hears a whole recording as fast as possible.
    func hear(_ path: String, _ arguments: [String] = []) async throws -> RunningProcess.Output {
        try await run(configured(["--source", "file:" + path, "--speed", "max"] + arguments))
    }

    /// Starts listening to a microphone that plays the samples over and over, so that a test may be
    /// as slow as it likes.
    func listen(
        to samples: [Int16], _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> RunningProcess {
        let device = try Self.microphone(samples).deviceName
        return try start(
            configured(["--source", "alsa:" + device] + arguments), environment: environment)
    }

    static func microphone(_ samples: [Int16]) throws -> TestMicrophone {
        try TestMicrophone(
            frames: bytes(of: samples), formats: ["S16_LE"], rates: [Scene.rate])
    }

    // MARK: What the database holds

    /// The events in the order of their onsets; none before there is a database.
    func events(includesRetracted: Bool = false) throws -> [SoundEvent] {
        guard FileManager.default.fileExists(atPath: database) else { return [] }
        return try EventReader(path: database).events(
            EventQuery(includesRetracted: includesRetracted))
    }

    /// The one session of a database.
    func onlySession() throws -> ListeningSession {
        let sessions = try EventReader(path: database).sessions()
        #expect(sessions.count == 1)
        return try #require(sessions.first)
    }

    /// What `monitorctl events --format json` lists for the last day.
    func listed(_ arguments: [String] = []) async throws -> [ListedEvent] {
        let process = try monitorctl.start(
            ["events", "--database", database, "--format", "json"] + arguments,
            environment: ["TZ": "Europe/Berlin"])
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([ListedEvent].self, from: Data(output.standardOutput.utf8))
    }
}

/// An event as `monitorctl` writes it.
struct ListedEvent: Decodable {
    let id: Int64
    let label: String
    let onset: String
    let offset: String?
    let durationS: Double
    let status: String
}

/// An event on the timeline of its recording.
struct HeardSound: Equatable, CustomStringConvertible {
    let label: String
    let onset: Double
    let offset: Double
    let confidence: Double

    init(_ event: SoundEvent, since start: UTCTime) {
        label = event.label
        onset = event.onset.seconds(since: start)
        offset = event.heardUntil.seconds(since: start)
        confidence = event.peakConfidence
    }

    var description: String { "\(label) \(onset) to \(offset)" }
}

/// Checks that what the scene is made for was heard while it could be heard.
func expectTruth(_ sounds: [HeardSound], _ truth: [Scene.Sound]) {
    for label in ["bird", "siren", "car_horn"] {
        let truth = truth.filter { $0.label == label }
        let heard = sounds.filter { $0.label == label }
        let isHeard = heard.contains { sound in
            truth.contains { $0.overlaps(sound.onset, sound.offset) }
        }
        #expect(isHeard, "\(label): \(heard)")
    }
}

/// The lines of a log that contain a text.
func lines(_ log: String, with text: String) -> [Substring] {
    log.split(separator: "\n").filter { $0.contains(text) }
}
