import Actions
import AlertTypes
import Foundation
import Rules
import TestSupport
import Testing
import Timekeeping

@Suite struct ActionRunnerTests {
    @Test func atMostTheAllowedNumberRunsAtOnceAndAllRun() async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger, limits: HookLimits(concurrency: 3))
        let barrier = try Barrier()
        for id in 1...60 as ClosedRange<Int64> {
            await submit(command(barrier.line), id: id, to: runner, ledger)
            #expect(runner.load.running <= 3)
        }
        try await waitUntil("three run") { await ledger.open.count == 3 }
        try barrier.open()
        await runner.drain(grace: .hang)
        let runs = await ledger.runs
        #expect(Set(runs.map(\.eventID)) == Set(1...60))
        #expect(runs.allSatisfy { $0.outcome == .exited && $0.exitStatus == 0 })
        #expect(await ledger.mostAtOnce == 3)
    }

    @Test func fullQueueRefusesAndSaysSo() async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger, limits: HookLimits(concurrency: 1, queue: 2))
        let barrier = try Barrier()
        for id in 1...5 as ClosedRange<Int64> {
            await submit(command(barrier.line), id: id, to: runner, ledger)
        }
        #expect(runner.load.waiting == 2)
        // Those that wait are in the ledger.
        #expect(await Set(ledger.waiting.values.map(\.eventID)).isSuperset(of: [2, 3]))
        let refused = await ledger.runs
        #expect(refused.map(\.eventID) == [4, 5])
        #expect(refused.allSatisfy { $0.outcome == .dropped && $0.input.isEmpty })
        #expect(refused.first?.outputTail == "not started: 2 runs are waiting")
        try barrier.open()
        await runner.drain(grace: .hang)
        #expect(await ledger.runs.map(\.eventID) == [4, 5, 1, 2, 3])
    }

    /// A thousand alerts while a command hangs: bounded, and each is accounted for.
    @Test func aThousandAlertsBesideACommandThatHangs() async {
        // In its own process: the other tests use memory at the same time.
        await #expect(processExitsWith: .success) {
            let ledger = MemoryLedger()
            let runner = runner(ledger, limits: HookLimits(termination: .milliseconds(200)))
            await submit(command(.arguments(["true"])), to: runner, ledger)
            let before = try residentBytes()
            for id in 1...1_000 as ClosedRange<Int64> {
                await submit(
                    command(.shell("trap '' TERM; while :; do sleep 1; done")), id: id, to: runner,
                    ledger)
            }
            #expect(runner.load.waiting == 256)
            #expect(runner.load.running == 4)
            #expect(try residentBytes() - before < 50_000_000)
            await runner.drain(grace: .zero)
            let runs = await ledger.runs
            let dropped = runs.count { $0.outcome == .dropped }
            let interrupted = runs.count { $0.outcome == .interrupted }
            let waiting = await ledger.waiting.count
            #expect(dropped + interrupted + waiting == 1_000)
            #expect(dropped >= 739)
        }
    }

    @Test func singleDropsWhatComesMeanwhile() async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger)
        let barrier = try Barrier()
        let single = command(barrier.line, mode: .single)
        let first = await submit(single, id: 1, to: runner, ledger)
        await submit(single, id: 2, to: runner, ledger)
        // Another action of the same rule is not held up.
        var other = single
        other.name = "other"
        await submit(other, id: 3, to: runner, ledger)
        #expect(await ledger.runs.map(\.eventID) == [2])
        #expect(await ledger.runs.map(\.outcome) == [.dropped])
        #expect(
            await ledger.runs.first?.outputTail
                == "not started: run \(first.id) of the action is still running")
        try barrier.open()
        try await waitUntil("nothing runs") { runner.load.running == 0 }
        await submit(single, id: 4, to: runner, ledger)
        await runner.drain(grace: .hang)
        #expect(await Set(ledger.runs.filter { $0.exitStatus == 0 }.map(\.eventID)) == [1, 3, 4])
    }

    @Test(arguments: [Action.RunMode.queued, .parallel(limit: 2)])
    func furtherOnesWaitInOrder(mode: Action.RunMode) async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger)
        let barrier = try Barrier()
        for id in 1...6 as ClosedRange<Int64> {
            await submit(command(barrier.line, mode: mode), id: id, to: runner, ledger)
        }
        let limit = mode == .queued ? 1 : 2
        #expect(runner.load.running == limit)
        try barrier.open()
        await runner.drain(grace: .hang)
        #expect(await ledger.mostAtOnce == limit)
        let runs = await ledger.runs
        #expect(runs.count == 6)
        let started = runs.sorted { $0.startedAt < $1.startedAt }.map(\.eventID)
        #expect(mode == .queued ? started == Array(1...6) : Set(started) == Set(1...6))
    }

    @Test func restartStopsTheOneThatRuns() async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger)
        func action(_ line: String) -> Action {
            command(.shell(line), mode: .restart, retries: Retries(count: 3, firstSeconds: 0.01))
        }
        // It takes two seconds to stop the first.
        let scratch = try TemporaryDirectory()
        let stubborn = "trap '' TERM; : > '\(scratch.path("begun"))'; while :; do sleep 0.05; done"
        await submit(action(stubborn), id: 1, to: runner, ledger)
        try await waitUntil("it runs") { try scratch.contents() == ["begun"] }
        await submit(action("sleep 3000"), id: 2, to: runner, ledger)
        await submit(action("true"), id: 3, to: runner, ledger)
        await runner.drain(grace: .hang)
        let runs = await ledger.runs.sorted { $0.eventID < $1.eventID }
        #expect(runs.map(\.outcome) == [.interrupted, .dropped, .exited])
        #expect(runs[0].outputTail.hasSuffix("\n[stopped: a newer one has come]"))
        #expect(runs[1].outputTail == "not started: run 3 has come")
        // Nothing of them is left to do, at the next start neither.
        #expect(runs.allSatisfy { $0.input.isEmpty })
        #expect(await ledger.waiting.isEmpty)
    }

    @Test func aFailureIsAttemptedAgain() async throws {
        let scratch = try TemporaryDirectory()
        let line = """
            cd '\(scratch.url.path)'; echo "$EARWITNESS_ALERT_ID $EARWITNESS_ATTEMPT" >> told
            cat >> json; [ -e "$EARWITNESS_ATTEMPT" ] && exit 0; touch $((EARWITNESS_ATTEMPT + 2))
            [ $EARWITNESS_ATTEMPT = 1 ] && exit 75; kill -KILL $$
            """
        let clock = ContinuousClock()
        let start = clock.now
        let runs = await attempts(
            command(
                .shell(line), retries: Retries(count: 5, firstSeconds: 0.2, longestSeconds: 0.3)))
        #expect(runs.map(\.attempt) == [1, 2, 3])
        #expect(runs.map(\.exitStatus) == [75, nil, 0])
        #expect(runs.map(\.outcome) == [.exited, .signalled, .exited])
        #expect(Set(runs.map(\.id)).count == 3 && Set(runs.map(\.alertID)) == [107])
        #expect(try scratch.text("told") == "107 1\n107 2\n107 3\n")
        #expect(clock.now - start > .seconds(0.5))
        // Each is told the same, but for the number.
        let told = try scratch.text("json").split(separator: "\n")
        #expect(told.count == 3)
        #expect(Set(told.map { $0.drop { $0 != "v" } }).count == 1)
    }

    @Test func anAttemptThatWaitsIsInTheLedger() async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger)
        let action = command(
            .shell("exit 1"), mode: .single,
            retries: Retries(count: 1, firstSeconds: 1_000, longestSeconds: 1_000))
        let first = await submit(action, to: runner, ledger)
        try await waitUntil("it has failed") { await ledger.runs.count == 1 }
        let next = try #require(await ledger.waiting.values.first)
        #expect(next.attempt == 2 && next.alertID == first.alertID && next.input == first.input)
        #expect(next.startedAt > .now().adding(seconds: 900))
        // Until then the action is at work.
        await submit(action, id: 8, to: runner, ledger)
        #expect(
            await ledger.runs.last?.outputTail
                == "not started: run \(next.id) of the action is still waiting")
        // The end does not wait for it, and leaves it to the next start.
        await runner.drain(grace: .hang)
        #expect(await ledger.waiting.values.map(\.id) == [next.id])
    }

    @Test func onlySomeStatusesAreWorthAnotherAttempt() async throws {
        let retries = Retries(count: 2, firstSeconds: 0.01, exitStatuses: [75])
        for (line, count) in [("exit 75", 3), ("exit 1", 1), ("exit 0", 1), ("kill $$", 3)] {
            #expect(await attempts(command(.shell(line), retries: retries)).count == count)
        }
        let absent = HookCommand.Line.arguments(["/nonexistent/program"])
        #expect(await attempts(command(absent, retries: retries)).count == 1)
        let any = Retries(count: 2, firstSeconds: 0.01)
        #expect(await attempts(command(absent, retries: any)).count == 3)
        let slow = command(.arguments(["sleep", "3000"]), timeout: 0.1, retries: any)
        #expect(await attempts(slow).map(\.outcome) == [.timedOut, .timedOut, .timedOut])
    }

    @Test func whatWaitsTooLongIsDropped() async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger, limits: HookLimits(concurrency: 1))
        let barrier = try Barrier()
        await submit(command(barrier.line), id: 1, to: runner, ledger)
        await submit(command(.arguments(["true"]), expiry: 0.2), id: 2, to: runner, ledger)
        // While the first still runs.
        try await waitUntil("it is too late") { await ledger.runs.count == 1 }
        #expect(await ledger.runs.map(\.outcome) == [.dropped])
        #expect(
            await ledger.runs.first?.outputTail
                == "not started: it would be more than 0.2 s late")
        #expect(runner.load.waiting == 0)
        try barrier.open()
        await runner.drain(grace: .hang)
    }

    /// One of before a restart has the time at which the first attempt was due.
    @Test func whatIsTooOldIsDropped() async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger)
        let action = command(.arguments(["true"]), expiry: 7_200)
        for age in [60.0, 7_300] {
            var run = await ledger.entered(firing(), action)
            run.dueAt = .now().adding(seconds: -age)
            await runner.submit(run, action)
        }
        await runner.drain(grace: .hang)
        #expect(await Set(ledger.runs.map(\.outcome)) == [.exited, .dropped])
    }

    /// Rules that are loaded again reach what waits: it is what they say by then, or is dropped.
    @Test func whatWaitsIsCarriedOutAsTheRulesSay() async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger, limits: HookLimits(concurrency: 1))
        let barrier = try Barrier()
        func named(_ name: String, _ line: HookCommand.Line) -> Action {
            var action = command(line)
            action.name = name
            return action
        }
        let first = named("first", barrier.line)
        await submit(first, id: 1, to: runner, ledger)
        await submit(named("changed", .shell("echo old")), id: 2, to: runner, ledger)
        await submit(named("gone", .shell("echo old")), id: 3, to: runner, ledger)
        let changed = named("changed", .shell("echo new"))
        await runner.use(
            RuleSet(rules: [Rule(name: firing().alert.rule, actions: [first, changed])]))
        try barrier.open()
        await runner.drain(grace: .hang)
        let runs = await ledger.runs.sorted { $0.id < $1.id }
        #expect(runs.map(\.outcome) == [.exited, .exited, .dropped])
        #expect(runs[1].outputTail == "new\n")
        #expect(runs[2].outputTail == "not started: the rules have no such action any more")
    }

    @Test func anAttemptThatWouldBeTooLateIsNotMade() async throws {
        let runs = await attempts(
            command(
                .shell("exit 1"),
                retries: Retries(count: 3, firstSeconds: 1_000, longestSeconds: 1_000), expiry: 900)
        )
        #expect(runs.map(\.outcome) == [.dropped, .exited])
        #expect(runs.map(\.attempt) == [2, 1])
        #expect(runs.first?.outputTail == "not started: it would be more than 15 m 00 s late")
    }
}
