import AlertTypes
import EventStore
import TestSupport
import Timekeeping

/// A database with alerts, from 2026-11-22T17:00:00Z on.
struct AlertDatabase {
    static let evening = UTCTime(microseconds: 1_795_366_800_000_000)
    static let period = ["--since", "2026-11-22T00:00:00Z"]

    let directory: TemporaryDirectory
    let path: String
    private let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        product = try BuiltProduct("monitorctl")
    }

    /// An alert that began `number` seconds after the evening, and lasts.
    static func alert(_ number: Int64, rule: String = "siren-alert") -> Alert {
        let sound = evening.adding(seconds: Double(number))
        return Alert(
            id: number, rule: rule, group: "event \(number)", source: "yard", soundAt: sound,
            detectedAt: sound.adding(seconds: 0.25), firedAt: sound.adding(seconds: 0.25),
            decidedAt: sound.adding(seconds: 0.3),
            readings: [ConditionReading(condition: "confidence at least 0.6", value: "0.82")],
            events: [
                AlertEvent(
                    id: number, source: "yard", label: "siren", onset: sound,
                    heardUntil: sound.adding(seconds: 1), confidence: 0.82)
            ], eventCount: 1)
    }

    /// Two alerts that last, one that is over and a test; a run; what was held back. The store
    /// stays open, as that of a monitor does.
    func fill() throws -> EventStore {
        let store = try EventStore(path: path)
        var over = Self.alert(3, rule: "bark")
        (over.resolvedAt, over.resolution) = (over.firedAt.adding(seconds: 60), .cleared)
        var test = Self.alert(4)
        (test.isTest, test.resolvedAt, test.resolution) = (true, test.firedAt, .test)
        let run = HookRun(
            id: store.nextHookRunID(), rule: "siren-alert", alertID: 1, action: "run notify",
            eventID: 1, firedAt: Self.evening.adding(seconds: 1.25),
            startedAt: Self.evening.adding(seconds: 1.5), outcome: .exited, exitStatus: 3,
            durationSeconds: 0.5, outputTail: "no network\n")
        let held = Suppression(
            rule: "bark", reason: .cooldown, by: "", hour: Self.evening, first: Self.evening,
            last: Self.evening.adding(seconds: 5), count: 9)
        try store.write([
            .alerts(
                AlertChanges(
                    alerts: [Self.alert(1), Self.alert(2), over, test], runs: [run],
                    suppressions: [held]))
        ])
        return store
    }

    func run(_ arguments: [String]) throws -> RunningProcess.Output {
        try start(arguments).wait()
    }

    func start(_ arguments: [String]) throws -> RunningProcess {
        try product.start(
            arguments + ["--database", path], environment: ["TZ": "Europe/Berlin"])
    }
}
