import Capture
import Database
import EventStore
import Foundation
import GRDB
import MonitorConfig
import SoundTypes
import SourceTypes
import Synchronization
import TestSupport
import Testing

@testable import Monitoring

/// The whole monitor in this process, with a network that hears nothing.
@Suite struct MonitorTests {
    private let directory: TemporaryDirectory
    private let log = TestLog()
    private var configuration = MonitorConfig.Configuration()

    init() throws {
        directory = try TemporaryDirectory()
        configuration.database = directory.path("events.db")
        configuration.taught = directory.path("taught")
        configuration.model = directory.path("light.soundnet")
        try Data(LightModel.bytes()).write(to: directory.url.appending(path: "light.soundnet"))
    }

    private func file(seconds: Int) throws -> SourceConfiguration {
        let path = directory.path("quiet.wav")
        try SoundFileWriter.write(
            [Int16](repeating: 7, count: seconds * 16_000), to: path, rate: 16_000)
        return SourceConfiguration(name: "file", input: .file(path))
    }

    private func sessions() throws -> [ListeningSession] {
        try EventReader(path: configuration.database).sessions()
    }

    /// Brings the database back to the schema before.
    private func makeSecondSchema() throws {
        let third = Schema(steps: Array(Schema.current.steps.prefix(3)))
        try EventStore(path: configuration.database, maximumBytes: nil, schema: third).close()
        let queue = try DatabaseQueue(path: configuration.database)
        try queue.write { db in
            try db.execute(
                sql: """
                    DROP TABLE mark;
                    DROP TABLE event_picture;
                    DELETE FROM grdb_migrations WHERE identifier = 'schema 3';
                    PRAGMA user_version = 2;
                    CREATE TABLE filler (content BLOB);
                    INSERT INTO filler
                      WITH RECURSIVE n (i) AS
                        (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 64)
                      SELECT randomblob(1000000) FROM n;
                    """)
        }
        try queue.close()
    }

    /// The store is used on its queue alone, from opening to closing: it would trap elsewhere.
    @Test func aRecordingIsHeardToItsEnd() async throws {
        var configuration = configuration
        configuration.sources = [try file(seconds: 30)]
        let monitor = Monitor(
            configuration: configuration, options: Monitor.Options(pace: .maximum),
            logger: log.logger)
        let view = monitor.subscribe(capacity: 1, whenFull: .dropOldest)
        try await monitor.run()
        #expect(try sessions().map(\.capturedSamples) == [480_000])
        #expect(try sessions().map(\.status) == [.complete])
        // A view that does not read has held nobody up.
        #expect(view.waitingCount == 1)
    }

    /// A monitor that is stopped while nothing was ever heard ends.
    @Test func aMonitorThatIsCancelledEndsInOrder() async throws {
        var configuration = configuration
        configuration.sources = [try file(seconds: 600)]
        let monitor = Monitor(configuration: configuration, logger: log.logger)
        let running = Task { try await monitor.run() }
        try await waitUntil("it listens") { log.text.contains("listening at 16000 Hz") }
        running.cancel()
        try await running.value
        #expect(try sessions().map(\.status) == [.complete])
    }

    /// What the store has to say of the sources is asked once, when it opens: a source that comes
    /// later, or fails to, needs nothing of it.
    @Test func aDeviceThatComesLateNeedsNothingOfTheStore() async throws {
        let microphone = try TestMicrophone(
            frames: [UInt8](repeating: 0, count: 32_000), formats: ["S16_LE"], rates: [16_000])
        try microphone.set(.disconnected)
        var configuration = configuration
        configuration.sources = [
            try file(seconds: 600),
            SourceConfiguration(name: "late", input: .alsa(microphone.deviceName)),
        ]
        let monitor = Monitor(configuration: configuration, logger: log.logger)
        let running = Task { try await monitor.run() }
        try await waitUntil("it listens") { log.text.contains("file: listening") }
        // The monitor writes every second.
        var patient = GRDB.Configuration()
        patient.busyMode = .timeout(30)
        let queue = try DatabaseQueue(path: configuration.database, configuration: patient)
        try await queue.write { db in try db.execute(sql: "DROP TABLE calibration") }
        try microphone.set(.ok)
        try await waitUntil("the device is heard", within: .seconds(30)) {
            log.text.contains("late: listening")
        }
        running.cancel()
        try await running.value
        #expect(Set(try sessions().map(\.source)) == ["file", "late"])
    }

    @Test func aMigrationIsTold() async throws {
        try makeSecondSchema()
        var configuration = configuration
        configuration.sources = [try file(seconds: 1)]
        let told = Mutex<[String?]>([])
        let options = Monitor.Options(
            pace: .maximum, onOpening: { progress in told.withLock { $0.append(progress) } },
            openingInterval: .milliseconds(5))
        try await Monitor(configuration: configuration, options: options, logger: log.logger).run()
        let progress = told.withLock { $0 }
        let steps = ["copying ", "checking ", "comparing ", "migrating "]
        #expect(progress.contains { text in steps.contains { text?.hasPrefix($0) == true } })
        #expect(progress.last == .some(nil))
        #expect(log.text.contains("from schema 2 to 6; \(configuration.database).backup-v2"))
        #expect(try sessions().map(\.capturedSamples) == [16_000])
    }

    /// The database is as it was, nothing is left beside it, and the end is in order.
    @Test func aMonitorIsStoppedInTheMiddleOfABackup() async throws {
        try makeSecondSchema()
        var configuration = configuration
        configuration.sources = [try file(seconds: 600)]
        let running = Mutex<Task<Void, any Error>?>(nil)
        let options = Monitor.Options(
            onOpening: { _ in running.withLock { $0 }?.cancel() },
            openingInterval: .milliseconds(2))
        let monitor = Monitor(configuration: configuration, options: options, logger: log.logger)
        let task = Task { try await monitor.run() }
        running.withLock { $0 = task }
        try await task.value
        #expect(log.text.contains("was not opened: the monitor is stopping"))
        #expect(try !directory.contents().contains { $0.contains("backup") })
        let queue = try DatabaseQueue(path: configuration.database)
        #expect(try await queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 2)
    }
}
