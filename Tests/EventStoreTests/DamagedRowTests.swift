import AlertTypes
import Database
import Foundation
import GRDB
import HostSystem
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import EventStore

/// Whatever number stands in a row: reading and writing give an answer or an error, never a trap.
@Suite struct DamagedRowTests {
    private let directory: TemporaryDirectory
    /// A database with a row in every table.
    private let whole: String

    init() throws {
        directory = try TemporaryDirectory()
        whole = directory.path("whole.db")
        let store = try EventStore(path: whole)
        var heard = event(1)
        heard.levels = EventLevels(
            seconds: 1, exposureA: 1e-6, fastMaximum: 1e-6, background: 1e-8, scale: calibrated)
        try store.write(
            [
                .event(heard), .event(event(2, .open)), .picture(picture),
                .session(
                    ListeningSession(
                        id: 1, source: "mic", started: time(0), ended: time(130),
                        sampleRate: .hz48000, capturedSamples: 1, lostSamples: 1, model: "m",
                        status: .running)),
                .gap(
                    AudioGap(
                        source: "mic", start: time(1), end: time(2), lostSamples: 48_000,
                        cause: .overflow)),
                .hookRun(
                    HookRun(
                        id: store.nextHookRunID(), rule: "r", eventID: 1, firedAt: time(1),
                        startedAt: time(1), durationSeconds: 1)),
                .alerts(decided), .scores([scores]),
                .reload(ConfigurationReload(time: time(1), isAccepted: true, message: "m")),
            ] + (0..<130).map { .level(source: "mic", record($0)) })
        try store.add(
            Calibration(
                source: "mic", input: "x", time: time(0), note: "", calibratorLevel: 94,
                calibratorFrequency: 1_000, measuredFrequency: 1_000, spread: 0.1, before: 119,
                after: 120))
        _ = try EventMarker(path: whole).mark(event: 1, EventMark(verdict: .right), at: time(3))
        _ = try AlertMarker(path: whole).acknowledge(alert: 1, at: time(5), comment: "heard")
        _ = try SilenceWriter(path: whole).add(
            Silence(id: 0, createdAt: time(0), startsAt: time(0), endsAt: time(9), rule: "r"))
        // Not `close`, which a killed monitor never calls: the minute stays open.
        try inside(whole) { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    }

    private var picture: EventPicture {
        EventPicture(
            eventID: 1, start: time(0), features: FeatureParameters(bands: 2), frames: [1, 2],
            labels: ["dog"], scores: [1], framesPerStep: 1, model: "m",
            parameters: LabelParameters())
    }

    private var decided: AlertChanges {
        let heard = AlertEvent(
            id: 1, source: "mic", label: "dog", onset: time(1), heardUntil: time(2),
            confidence: 0.5, lafMaximum: 60)
        let alert = Alert(
            id: 1, rule: "r", source: "mic", soundAt: time(1), detectedAt: time(1),
            firedAt: time(1), decidedAt: time(1),
            readings: [ConditionReading(condition: "c", value: "v")], events: [heard],
            eventCount: 1)
        let held = Suppression(
            rule: "r", reason: .cooldown, by: "", hour: time(0), first: time(1), last: time(2),
            count: 1)
        return AlertChanges(
            alerts: [alert], rules: [RuleRecord(rule: "r", json: "{}")], suppressions: [held])
    }

    private var scores: SecondScores {
        SecondScores(source: "mic", start: time(1), labels: ["dog", "cat"], maxima: [9, 0])
    }

    private static let integers: [DatabaseValue] = [
        Int64.min, -1 << 62, -1, 0, 1 << 34, 1 << 62, .max,
    ].map(\.databaseValue)
    private static let reals: [DatabaseValue] = [
        -Double.infinity, -1e308, -1, 0, 1e-308, 1e308, .infinity,
    ].map(\.databaseValue)

    private static let tables = [
        "event", "event_picture", "recording", "gap", "hook_run", "scale", "measurement",
        "level_second", "level_histogram", "level_rollup", "level_open", "calibration", "mark",
        "alert", "alert_event", "acknowledgement", "silence", "suppression", "reload",
        "score_series", "score_block",
    ]

    /// Tables of which any number makes sense.
    private static let harmless = ["mark", "level_histogram", "acknowledgement", "score_block"]

    @Test(arguments: tables) func noNumberTraps(_ table: String) throws {
        let columns = try inside(whole) { db in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") != 0)
            return try Row.fetchAll(db, sql: "PRAGMA table_info(\(table))").map {
                (name: $0["name"] as String, type: $0["type"] as String)
            }
        }
        var damaged = 0
        for column in columns where column.type == "INTEGER" || column.type == "REAL" {
            for value in column.type == "REAL" ? Self.reals : Self.integers {
                let path = try copy()
                try inside(path) { db in
                    try db.execute(
                        sql: "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
                    try db.execute(
                        sql: "UPDATE OR IGNORE \(table) SET \(column.name) = ?",
                        arguments: [value])
                }
                if try read(path) { damaged += 1 }
                write(path)
            }
        }
        // The control: some of these numbers are refused.
        if !Self.harmless.contains(table) { #expect(damaged > 0) }
    }

    /// The schema of a file from outside need not be ours, whatever its version says.
    @Test(arguments: tables + ["source", "label", "rule_state"])
    func noTypeTraps(_ table: String) throws {
        let path = try copy()
        let columns = try inside(path) { db in
            // A table without types and rules.
            try db.execute(
                sql: """
                    PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;
                    CREATE TABLE untyped AS SELECT * FROM \(table);
                    DROP TABLE \(table); ALTER TABLE untyped RENAME TO \(table);
                    INSERT INTO \(table) SELECT * FROM \(table);
                    """)
            return try Row.fetchAll(db, sql: "PRAGMA table_info(\(table))").map {
                $0["name"] as String
            }
        }
        var damaged = 0
        for column in columns {
            for value in Self.values {
                try inside(path) { db in
                    try db.execute(
                        sql: "PRAGMA foreign_keys = OFF; UPDATE \(table) SET \(column) = ?",
                        arguments: [value])
                }
                let isDamaged = table == "rule_state" ? readRules(path) : try read(path)
                if isDamaged { damaged += 1 }
                try inside(path) { db in
                    try db.execute(
                        sql: """
                            PRAGMA foreign_keys = OFF;
                            ATTACH ? AS whole;
                            DELETE FROM \(table);
                            INSERT INTO \(table) SELECT \(columns.joined(separator: ", "))
                              FROM whole.\(table);
                            DETACH whole;
                            """, arguments: [whole])
                }
            }
        }
        #expect(damaged > 0)
    }

    /// A page of a tree may hold any keys, whatever their order should be. The first second, or
    /// the first hour, gets a key behind all others.
    @Test(arguments: ["level_second", "level_rollup"])
    func keysOutOfOrderAreDamage(_ table: String) throws {
        let path = directory.path("order.db")
        let store = try EventStore(path: path)
        try store.write(
            [0, 1, 7_200, 14_400].map { .level(source: "mic", record($0)) })
        try store.close()
        let keys = [time(0), time(86_400)].map { hour -> [UInt8] in
            let second = hour.microseconds / 1_000_000
            // The key of a row, a varint, or the columns `length` and `start`
            // (sqlite.org/fileformat.html).
            return table == "level_second"
                ? varint(1 << 34 | second)
                : [0x0E, 0x10] + (0..<4).map { UInt8(truncatingIfNeeded: second >> (24 - 8 * $0)) }
        }
        var file = try Data(contentsOf: URL(fileURLWithPath: path))
        // Room that an earlier version of the row had may still hold its bytes.
        while let place = file.firstRange(of: keys[0]) {
            file.replaceSubrange(place, with: keys[1])
        }
        try file.write(to: URL(fileURLWithPath: path))
        #expect(try read(path))
        #expect(throws: StoreError.self) { try EventReader(path: path).levelSources() }
    }

    /// The bytes of a positive number: seven bits each, the highest first.
    private func varint(_ number: Int64) -> [UInt8] {
        var bytes = [UInt8(number & 0x7F)]
        var rest = number >> 7
        while rest > 0 {
            bytes.insert(UInt8(rest & 0x7F | 0x80), at: 0)
            rest >>= 7
        }
        return bytes
    }

    private static let values: [DatabaseValue] = [
        .null, "x\u{1B}".databaseValue, Double.infinity.databaseValue,
    ]

    /// A copy of the whole database in place of the one before.
    private func copy() throws -> String {
        let path = directory.path("damaged.db")
        for suffix in ["", "-wal", "-shm"] where try exists(path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
        try FileManager.default.copyItem(atPath: whole, toPath: path)
        return path
    }

    private func exists(_ path: String) throws -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    /// Whether something is damaged.
    private func read(_ path: String) throws -> Bool {
        let reader = try EventReader(path: path)
        let reads: [() throws -> Void] = [
            {
                for event in try reader.events(EventQuery(since: time(-5), until: time(9))) {
                    _ = (event.durationSeconds, event.onset.rfc3339)
                }
            },
            { _ = try reader.endedEvents(after: .beginning, EventQuery(limit: 3)) },
            { _ = try reader.picture(ofEvent: 1)?.logMel }, { _ = try reader.marked("dog") },
            { _ = try reader.sessions() }, { _ = try reader.gaps() },
            { _ = try reader.hookRuns() },
            { _ = try reader.calibrations() }, { _ = try reader.levelSources() },
            { _ = try reader.levelRange(source: "mic") },
            { _ = try reader.secondsRemovedUntil(source: "mic") }, { _ = try reader.sizes() },
            {
                _ = try reader.levels(
                    source: "mic", boundaries: [-60, 0, 7, 60, 140, 3_600].map { time($0) })
            },
            {
                _ = try reader.loudestSecond(source: "mic", since: time(0), until: time(3_600))
            },
            { _ = try reader.scales(source: "mic", since: time(0), until: time(3_600)) },
            { _ = try reader.alerts(since: time(-9), source: "mic", limit: 3) },
            { _ = try reader.alertLatencies() }, { _ = try reader.suppressions() },
            { _ = try reader.silences(all: true) }, { _ = try reader.lastReload() },
            { _ = try reader.hookRuns(alerts: 1...1) },
            {
                try reader.forEachSecondScores(source: "mic", since: .first, until: .last) {
                    _ = $0.start.rfc3339
                }
            },
            {
                try reader.forEachLevelSecond(
                    source: "mic", since: .first, until: .last, withBands: true
                ) { _ = $0.start.rfc3339 }
            },
            {
                try reader.forEachMinuteHistogram(source: "mic", since: .first, until: .last) {
                    _ = $0.start.rfc3339
                }
            },
        ]
        var isDamaged = false
        for read in reads {
            do {
                try read()
            } catch let error as StoreError {
                #expect(error.kind == .damaged, "\(error)")
                #expect(error.exitStatus == .badData)
                // The row that is damaged, or one that refers to it.
                #expect(error.description.contains("table "), "\(error)")
                isDamaged = true
            }
        }
        return isDamaged
    }

    /// Whether what the rules remember, which only a monitor reads, is damaged.
    private func readRules(_ path: String) -> Bool {
        do throws(StoreError) {
            let store = try EventStore(path: path, pictureBytes: 1)
            _ = try store.ruleRecords()
            try store.close()
            return false
        } catch {
            return error.kind == .damaged
        }
    }

    /// A monitor starts on it, if it can, and writes.
    private func write(_ path: String) {
        do throws(StoreError) {
            let store = try EventStore(path: path, pictureBytes: 1)
            _ = try store.lastFirings()
            for change in [
                .event(event(3)), .picture(picture), .level(source: "mic", record(131)),
                .alerts(decided), .scores([scores]),
                .reload(ConfigurationReload(time: time(1), isAccepted: true, message: "m")),
                .level(source: "mic", record(200)),
            ] as [StoreChange] {
                do throws(StoreError) {
                    try store.write([change])
                } catch {
                    #expect(error.kind != .busy)
                }
            }
            _ = try store.unresolvedAlerts()
            _ = try store.unfinishedRuns()
            _ = try store.ruleRecords()
            _ = try store.controls(at: time(1))
            try removeAll(from: store)
            try store.close()
        } catch {
            #expect(error.kind != .inUse(pid: getpid()))
        }
    }
}

extension DamagedRowTests {
    private func removeAll(from store: EventStore) throws(StoreError) {
        for kind in Retention.Kind.allCases {
            do throws(StoreError) {
                _ = try store.remove(kind, before: .last, limit: 10)
            } catch {
                #expect(error.kind != .busy)
            }
        }
        _ = try store.oldestSecond()
        _ = try store.size()
    }
}

extension UTCTime {
    fileprivate static let first = UTCTime(microseconds: .min)
    fileprivate static let last = UTCTime(microseconds: .max)
}
