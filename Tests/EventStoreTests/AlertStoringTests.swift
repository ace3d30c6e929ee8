import AlertTypes
import Database
import EventStore
import GRDB
import TestSupport
import Testing
import Timekeeping

/// What the rules decided comes back as it was, whole or not at all.
@Suite struct AlertStoringTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let store: EventStore

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        store = try EventStore(path: path)
    }

    private var reader: EventReader { get throws { try EventReader(path: path) } }

    private func write(_ changes: AlertChanges) throws { try store.write([.alerts(changes)]) }

    @Test func alertsComeBackAsTheyWere() throws {
        let alerts = [
            alert(1), alert(2, source: nil, at: 5, events: 0), alert(3, at: 9, until: 12),
            alert(4, at: 20, until: 20, isTest: true),
        ]
        try write(AlertChanges(alerts: alerts))
        #expect(try reader.alerts() == alerts)
        #expect(try reader.alert(3) == alerts[2])
        #expect(try reader.alert(9) == nil)
        #expect(store.lastAlertID == 4)
        #expect(try store.unresolvedAlerts() == [alerts[0], alerts[1]])
    }

    @Test func everyResolutionAndOccasionIsStored() throws {
        let resolutions = Alert.Resolution.allCases
        let alerts = resolutions.enumerated().map { index, resolution in
            var alert = alert(Int64(index + 1), at: index, until: index + 1)
            alert.resolution = resolution
            return alert
        }
        let runs = Occasion.allCases.enumerated().map { run(Int64($0 + 1), alert: 1, occasion: $1) }
        let held = Suppression.Reason.allCases.map { reason in
            Suppression(
                rule: "bark", reason: reason, by: "4", hour: time(0), first: time(1),
                last: time(2), count: 3)
        }
        try write(AlertChanges(alerts: alerts, runs: runs, suppressions: held))
        #expect(try reader.alerts().map(\.resolution) == resolutions)
        #expect(try reader.hookRuns(alerts: 1...1) == runs)
        #expect(Set(try reader.suppressions()) == Set(held))
    }

    /// The last state counts, however often it is written; events that an alert no longer lists are
    /// gone.
    @Test func writingAgainChangesNothing() throws {
        let first = AlertChanges(
            alerts: [alert(1, events: 3)], runs: [run(1, alert: 1)],
            rules: [RuleRecord(rule: "bark", json: "{\"a\":1}")],
            suppressions: [
                Suppression(
                    rule: "bark", reason: .silenced, by: "1", hour: time(0), first: time(1),
                    last: time(1), count: 1)
            ])
        var second = first
        second.alerts = [alert(1, events: 1, until: 7)]
        second.rules = [RuleRecord(rule: "bark", json: "{}")]
        second.suppressions[0].count = 2
        for _ in 0..<2 { try write(first) }
        for _ in 0..<2 { try write(second) }
        #expect(try reader.alerts() == second.alerts)
        #expect(try reader.hookRuns() == second.runs)
        #expect(try store.ruleRecords() == second.rules)
        #expect(try reader.suppressions() == second.suppressions)
        try write(AlertChanges(rules: [RuleRecord(rule: "bark", json: "")]))
        #expect(try store.ruleRecords() == [])
    }

    /// A value that the database refuses in the last part takes the first one with it.
    @Test func nothingOfWhatIsRefusedIsStored() throws {
        let senseless = Suppression(
            rule: "bark", reason: .cooldown, by: "", hour: time(0), first: time(0), last: time(0),
            count: 0)
        let error = #expect(throws: StoreError.self) {
            try write(
                AlertChanges(
                    alerts: [alert(1)], runs: [run(1, alert: 1)],
                    rules: [RuleRecord(rule: "bark", json: "{}")], suppressions: [senseless]))
        }
        #expect(error?.kind == .invalidValue)
        #expect(try reader.alerts() == [])
        #expect(try reader.hookRuns() == [])
        #expect(try store.ruleRecords() == [])
        let rest = try inside(path) {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM alert_event")
        }
        #expect(rest == 0)
    }

    @Test func alertsAreFound() throws {
        try write(
            AlertChanges(alerts: [
                alert(1), alert(2, rule: "loud", source: "yard", at: 5, until: 6),
                alert(3, at: 10, until: 10, isTest: true), alert(4, at: 15, until: 18),
            ]))
        let reader = try reader
        func ids(_ alerts: [Alert]) -> [Int64] { alerts.map(\.id) }
        #expect(ids(try reader.alerts(since: time(5))) == [2, 3, 4])
        #expect(ids(try reader.alerts(until: time(15))) == [1, 2, 3])
        #expect(ids(try reader.alerts(rule: "loud")) == [2])
        #expect(ids(try reader.alerts(source: "yard")) == [2])
        #expect(ids(try reader.alerts(source: "nowhere")) == [])
        #expect(ids(try reader.alerts(isUnresolvedOnly: true)) == [1])
        #expect(ids(try reader.alerts(includesTests: false)) == [1, 2, 4])
        #expect(ids(try reader.alerts(limit: 2)) == [3, 4])
        #expect(ids(try reader.alerts(limit: 0)) == [])
        #expect(try reader.knownRules() == ["bark", "loud"])
    }

    /// An index leads to the alerts of a period, of a rule, and to those that last.
    @Test func noAlertIsReadThatIsNotAskedFor() throws {
        let queries = [
            "fired_us >= 1": "alert_fired", "rule = 'x' AND fired_us >= 1": "alert_rule_fired",
            "resolved_us IS NULL": "alert_unresolved",
        ]
        for (condition, index) in queries {
            let plan = try inside(path) { db in
                try Row.fetchAll(
                    db, sql: "EXPLAIN QUERY PLAN SELECT * FROM alert WHERE \(condition)"
                ).map { $0["detail"] as String }
            }
            #expect(plan.contains { $0.contains("USING INDEX \(index)") }, "\(plan)")
        }
    }

    @Test func heldBackFiringsAreFound() throws {
        let held = (0..<3).map { hour in
            Suppression(
                rule: hour == 1 ? "loud" : "bark", reason: .cooldown, by: "",
                hour: time(hour * 3_600), first: time(hour * 3_600 + 5),
                last: time(hour * 3_600 + 50), count: hour + 1)
        }
        try write(AlertChanges(suppressions: held))
        #expect(try reader.suppressions() == held)
        #expect(try reader.suppressions(since: time(3_650)) == Array(held[1...]))
        #expect(try reader.suppressions(until: time(7_205)) == Array(held[..<2]))
        #expect(try reader.suppressions(rule: "loud") == [held[1]])
    }

    /// Numbers of alerts are never given twice, whatever is left of them.
    @Test func numbersAreHigherThanAllBefore() throws {
        #expect(store.lastAlertID == 0)
        try write(AlertChanges(alerts: [alert(7)], runs: [run(1, alert: 12)]))
        try store.close()
        let next = try EventStore(path: path)
        #expect(next.lastAlertID == 12)
        // Those of its events, too, which may not have been stored.
        #expect(next.nextEventID() == 1_201)
        try next.close()
        try inside(path) { try $0.execute(sql: "DELETE FROM alert; DELETE FROM hook_run") }
        #expect(try EventStore(path: path).lastAlertID == 7)
    }

    // MARK: Runs

    /// What an action is told is kept until it has ended.
    @Test(arguments: HookRun.Outcome.allCases)
    func theInputIsKeptWhileItIsNeeded(_ outcome: HookRun.Outcome) throws {
        try write(AlertChanges(runs: [run(1, alert: 1)]))
        #expect(try reader.hookRuns().map(\.input) == [#"{"id":1}"#])
        try store.write([.hookRun(run(1, alert: 1, outcome))])
        let isOpen = [.waiting, .running, .interrupted].contains(outcome)
        #expect(try reader.hookRuns().map(\.input) == [isOpen ? #"{"id":1}"# : ""])
    }

    /// The newest run of each action and occasion is what is still to be done, if it has not ended.
    @Test func unfinishedRunsAreFoundAfterAStart() throws {
        try store.write(
            [
                run(1, alert: 1, .exited), run(2, alert: 1, .running, action: "mail"),
                run(3, alert: 2, .interrupted), run(4, alert: 2, .exited, attempt: 2),
                run(5, alert: 3, .exited), run(6, alert: 3, attempt: 2),
                run(7, alert: 3, occasion: .resolved, at: 9), run(8, alert: 4, .interrupted),
                run(9, alert: 4, .interrupted, attempt: 2), run(10, alert: 0, .running),
                run(11, alert: 5, .dropped),
            ].map { .hookRun($0) })
        try store.close()
        let next = try EventStore(path: path)
        let runs = try next.unfinishedRuns()
        #expect(runs.map(\.id) == [2, 6, 7, 9])
        #expect(runs.allSatisfy { $0.outcome == .interrupted && !$0.input.isEmpty })
        let started = runs.map { !$0.outputTail.hasPrefix("not started: the monitor ended before") }
        #expect(started == [true, false, false, true])
        try next.write([.hookRun(run(12, alert: 1, .exited, action: "mail", attempt: 2))])
        #expect(try next.unfinishedRuns().map(\.id) == [6, 7, 9])
        try next.close()
    }

    @Test func theFirstStartOfAnActionCounts() throws {
        try write(
            AlertChanges(
                alerts: [
                    alert(1), alert(2, at: 5), alert(3, at: 9), alert(4, at: 12, isTest: true),
                    alert(5, rule: "loud", at: 15),
                ],
                runs: [
                    run(1, alert: 1, .failedToStart, at: 3), run(2, alert: 1, .exited, at: 5),
                    run(3, alert: 1, .timedOut, action: "mail", at: 4),
                    run(4, alert: 1, .exited, occasion: .resolved, at: 2),
                    run(5, alert: 2, .interrupted, at: 6, output: "not started: it was stopped"),
                    run(6, alert: 2, .interrupted, attempt: 2, at: 8, output: "half"),
                    run(7, alert: 3, at: 10), run(8, alert: 5, .dropped, at: 16),
                ]))
        let latencies = try reader.alertLatencies()
        #expect(latencies.map(\.alert.id) == [1, 2, 3, 5])
        #expect(latencies.map(\.hookStartedAt) == [time(4), time(8), nil, nil])
        #expect(try reader.alertLatencies(since: time(5), rule: "bark").map(\.alert.id) == [2, 3])
    }

    // MARK: Reloads

    @Test func theLastReloadsAreKept() throws {
        #expect(try reader.lastReload() == nil)
        for number in 1...130 {
            let reload = ConfigurationReload(
                time: time(number), isAccepted: number % 2 == 0, message: "no. \(number)")
            try store.write([.reload(reload)])
        }
        let last = ConfigurationReload(
            id: 130, time: time(130), isAccepted: true, message: "no. 130")
        #expect(try reader.lastReload() == last)
        let ids = try inside(path) { try Int64.fetchAll($0, sql: "SELECT id FROM reload") }
        #expect(ids == Array(31...130))
    }
}
