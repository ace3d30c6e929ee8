import Actions
import AlertTypes
import EventStore
import Foundation
import Rules
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import Monitoring

/// Rules with a real store and real commands.
@Suite(.timeLimit(.minutes(20))) struct RuleRunnerTests {
    private let directory: TemporaryDirectory
    private let store: EventStore
    private let writer: StoreWriter
    private let log = TestLog()

    init() throws {
        directory = try TemporaryDirectory()
        store = try EventStore(path: directory.path("events.db"))
        writer = StoreWriter(store: store, logger: log.logger)
    }

    private var reader: EventReader { get throws { try EventReader(path: store.path) } }

    private func rule(
        _ name: String, _ line: String, cooldown: Double = 0, action: String = "run"
    ) -> Rule {
        Rule(
            name: name, cooldownSeconds: cooldown,
            actions: [
                Action(name: action, kind: .run(HookCommand(.shell(line))), timeoutSeconds: 60)
            ])
    }

    private func runner(
        _ rules: [Rule], limit: FiringLimit? = nil, _ remembered: RememberedRules = .init()
    ) -> RuleRunner {
        RuleRunner(
            rules: RuleSet(rules: rules, limit: limit), sources: ["hall"], remembered: remembered,
            store: store, writer: writer, logger: log.logger)
    }

    private func actions(_ limits: HookLimits = HookLimits()) -> ActionRunner {
        ActionRunner(
            limits: limits,
            ledger: StoredHookLedger(store: store, writer: writer, logger: log.logger),
            log: RuleLog(logger: log.logger))
    }

    private let start = UTCTime.now()

    private func event(
        _ id: Int64, at seconds: Double, status: SoundEvent.Status = .complete
    ) -> Observation {
        .event(
            SoundEvent(
                id: id, source: "hall", label: "siren", onset: start.adding(seconds: seconds),
                heardUntil: start.adding(seconds: seconds + 0.04), peakConfidence: 0.9,
                meanConfidence: 0.8, status: status))
    }

    /// A thousand events in a minute, and a command that hangs.
    @Test func aFloodBesideACommandThatHangs() async throws {
        let rules = runner([
            rule("hangs", "sleep 600"), rule("calm", "true", cooldown: 3_600, action: "calm"),
        ])
        let actions = actions(HookLimits(concurrency: 4, queue: 256))
        let acting = Task { await rules.carryOut(with: actions) }
        let memory = try residentBytes()
        for id in 1...1_000 { rules.take(event(Int64(id), at: Double(id) * 0.06)) }
        rules.take(.heard(source: "hall", until: start.adding(seconds: 61)))
        rules.finish()
        await acting.value
        #expect(actions.load.running == 4)
        #expect(actions.load.waiting == 256)
        #expect(try residentBytes() - memory < 80_000_000)
        await writer.settle(within: .hang)
        let alerts = try reader.alerts()
        #expect(alerts.count { $0.rule == "hangs" } == 1_000)
        #expect(alerts.count { $0.rule == "calm" } == 1)
        // What was held back is counted, by the hour of the audio.
        let counts = try reader.suppressions(rule: "calm")
        #expect(counts.reduce(0) { $0 + $1.count } == 999)
        #expect(counts.allSatisfy { $0.reason == .cooldown })
        let runs = try reader.hookRuns(rule: "hangs")
        #expect(runs.count == 1_000)
        #expect(runs.count { $0.outcome == .dropped } >= 1_000 - 261)
        await actions.drain(grace: .zero)
        #expect(await writer.close().isEmpty)
    }

    /// What a rule has decided is there after a restart, with the next attempt of what was not done
    /// to its end, and only if the rule still has it.
    @Test func whatWasNotDoneIsDoneAfterARestart() async throws {
        let note = directory.path("note")
        let line = "echo \"$EARWITNESS_ALERT_ID $EARWITNESS_ATTEMPT\" >> '\(note)'"
        let first = runner([
            rule("kept", line), rule("gone", line), rule("changed", line, action: "old"),
        ])
        // Nobody carries anything out: as if the monitor had been killed.
        first.take(event(1, at: 0))
        await writer.settle(within: .hang)
        var remembered = RememberedRules()
        remembered.records = try store.ruleRecords()
        remembered.unfinished = try store.unfinishedRuns()
        #expect(remembered.unfinished.count == 3)
        let second = runner(
            [rule("kept", line, cooldown: 600), rule("changed", line, action: "new")],
            remembered)
        let actions = actions()
        second.finish()
        await second.carryOut(with: actions)
        await actions.drain(grace: .seconds(60))
        await writer.settle(within: .hang)
        let kept = try #require(try reader.alerts(rule: "kept").first)
        #expect(try String(contentsOfFile: note, encoding: .utf8) == "\(kept.id) 2\n")
        #expect(try reader.hookRuns(alerts: kept.id...kept.id).map(\.attempt) == [1, 2])
        for name in ["gone", "changed"] {
            let run = try #require(try reader.hookRuns(rule: name).last)
            #expect(run.outcome == .dropped)
            #expect(run.outputTail.hasPrefix("not attempted again: "))
        }
        #expect(try reader.alerts(rule: "gone").first?.resolution == .removed)
        // What it remembers holds: the cooldown.
        second.take(event(2, at: 5))
        await writer.settle(within: .hang)
        #expect(try reader.alerts(rule: "kept").count == 1)
        #expect(await writer.close().isEmpty)
    }

    /// An alert whose rule has forgotten it, because its row was lost, is over.
    @Test func anAlertThatNoRuleRemembersIsOver() async throws {
        runner([rule("alert", "true")]).take(event(1, at: 0, status: .open))
        await writer.settle(within: .hang)
        var remembered = RememberedRules()
        remembered.unresolved = try store.unresolvedAlerts()
        #expect(remembered.unresolved.count == 1)
        _ = runner([rule("alert", "true")], remembered)
        await writer.settle(within: .hang)
        #expect(try reader.alerts().map(\.resolution) == [.removed])
        #expect(await writer.close().isEmpty)
    }

    /// Numbers of alerts go on where the database ends.
    @Test func numbersOfAlertsAreNeverUsedTwice() async throws {
        for id in 1...3 {
            runner([rule("alert", "true")]).take(event(Int64(id), at: Double(id)))
            await writer.settle(within: .hang)
        }
        let ids = try reader.alerts().map(\.id)
        #expect(ids.count == 3 && Set(ids).count == 3)
        #expect(await writer.close().isEmpty)
    }
}
