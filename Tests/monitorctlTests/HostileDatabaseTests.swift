import EventStore
import GRDB
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// Numbers that nobody can have stored, in a database from outside: the programs refuse them and
/// name the table and the row.
@Suite struct HostileDatabaseTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        product = try BuiltProduct("monitorctl")
        path = directory.path("events.db")
        let store = try EventStore(path: path)
        let start = springMidnight
        try store.write(
            (0..<120).map {
                .level(source: "mic", second(start.adding(seconds: Double($0)), 60))
            })
        let heard = SoundEvent(
            id: 1, source: "mic", label: "dog", onset: start.adding(seconds: 5),
            heardUntil: start.adding(seconds: 6), peakConfidence: 0.9, meanConfidence: 0.5,
            status: .complete,
            levels: EventLevels(
                seconds: 1, exposureA: 1e-6, fastMaximum: 1e-6, background: 1e-8,
                scale: LevelScale(fullScaleDecibels: 120, state: .calibrated)))
        try store.write([.event(heard)])
        try store.add(
            Calibration(
                source: "mic", input: "x", time: start, note: "", calibratorLevel: 94,
                calibratorFrequency: 1_000, measuredFrequency: 1_000, spread: 0.1, before: 119,
                after: 120))
        try store.close()
    }

    private static let levels =
        ["levels", "--since", "2026-03-28T23:00:00Z", "--until"]
        + ["2026-03-29T00:00:00Z", "--every", "1m", "--bands"]
    private static let events = ["events", "--limit", "9", "--format", "json"]
    private static let history = ["calibrate", "--history"]
    private static func report(_ format: String) -> [String] {
        ["report", "--since", "2026-03-28T23:00:00Z", "--until", "2026-03-29T00:00:00Z"]
            + ["--format", format]
    }

    /// The name of a file, an option and a label are repeated, not obeyed.
    @Test func whatIsSaidDoesNotMoveTheCursor() throws {
        let odd = "a\u{1B}[2J\u{9B}b"
        for arguments in [
            ["events", "--label", odd, "--database", path],
            ["events", "--\(odd)"], ["events", "--database", odd], [odd],
            ["explain", "1", "--database", path, "--model", odd],
            ["levels", "--source", odd, "--database", path],
        ] {
            let output = try product.run(arguments)
            #expect(!output.standardError.isEmpty)
            #expect(!output.standardError.contains("\u{1B}"), "\(arguments)")
            #expect(!output.standardError.contains("\u{9B}"), "\(arguments)")
        }
    }

    @Test(arguments: [
        ("scale", "full_scale_db", [levels, events, report("html")]),
        ("event", "level_seconds", [events, report("json")]),
        ("event", "laeq_dbfs", [events, report("text")]),
        ("event", "lafmax_dbfs", [events, report("html")]),
        ("event", "background_dbfs", [events]),
        ("event", "peak_confidence", [events, report("text")]),
        ("calibration", "after_db", [history, report("text")]),
        ("calibration", "before_db", [history, report("html")]),
        ("calibration", "calibrator_hz", [history, report("text")]),
        ("level_second", "missing_samples", [levels]),
        ("level_rollup", "samples", [levels, report("csv")]),
        ("measurement", "sample_rate", [levels, report("text")]),
    ])
    func aNumberIsRefused(_ table: String, _ column: String, _ commands: [[String]]) throws {
        for value in ["9e999", "-1e308"] {
            let queue = try DatabaseQueue(path: path)
            let isReal = try queue.writeWithoutTransaction { db in
                let type = try String.fetchOne(
                    db, sql: "SELECT type FROM pragma_table_info(?) WHERE name = ?",
                    arguments: [table, column])
                let number = type == "REAL" ? value : "CAST(\(value) AS INTEGER)"
                try db.execute(
                    sql: """
                        PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
                        UPDATE \(table) SET \(column) = \(number);
                        """)
                return type == "REAL"
            }
            try queue.close()
            for command in commands {
                let output = try product.run(command + ["--database", path])
                let what = "\(table).\(column) = \(value), \(command[0]): \(output.standardError)"
                #expect(output.status == 65, "\(what)")
                #expect(output.standardError.contains("is damaged: table \(table), "), "\(what)")
                if isReal {
                    let shown = value == "9e999" ? "inf" : "-1e+308"
                    #expect(output.standardError.contains("\(column) is \(shown)"), "\(what)")
                }
            }
        }
    }
}
