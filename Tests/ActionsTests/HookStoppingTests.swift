import Actions
import AlertTypes
import Foundation
import Rules
import TestSupport
import Testing

@Suite struct HookStoppingTests {
    private let quick = HookLimits(termination: .milliseconds(400))
    /// What has to be cleaned up is, however busy the machine.
    private let patient = HookLimits(termination: .hang)
    /// Time enough for a shell to begin, however busy the machine: it is stopped when it is over.
    private let timeout = 10.0

    @Test func timeoutEndsTheCommandAndItsChildren() async throws {
        let scratch = try TemporaryDirectory()
        let line = "cd '\(scratch.url.path)'; sleep 3000 & echo $! > child; echo begun; wait"
        let run = try await run(command(.shell(line), timeout: timeout), limits: patient)
        #expect(run.outcome == .timedOut)
        #expect(run.signal == Int(SIGTERM))
        #expect(run.outputTail == "begun\n")
        let child = try #require(pid_t(scratch.text("child").dropLast()))
        try await waitUntil("the child is gone") { isGone(child) }
    }

    @Test func commandMayCleanUpAfterSIGTERM() async throws {
        let run = try await run(
            command(
                .shell("trap 'echo bye; exit 9' TERM; echo begun; while :; do sleep 0.02; done"),
                timeout: timeout), limits: patient)
        #expect(run.outcome == .timedOut)
        #expect(run.exitStatus == 9)
        // Between the two, the shell may say that its own child was terminated.
        #expect(run.outputTail.hasPrefix("begun\n") && run.outputTail.hasSuffix("bye\n"))
    }

    @Test func childMayCleanUpAfterItsShellIsGone() async throws {
        let scratch = try TemporaryDirectory()
        let child = "trap 'sleep 0.2; echo > cleaned; exit' TERM; while :; do sleep 0.02; done"
        let line = "cd '\(scratch.url.path)'; sh -c \"\(child)\" & wait"
        let run = try await run(command(.shell(line), timeout: timeout), limits: patient)
        #expect(run.outcome == .timedOut)
        #expect(try scratch.contents().contains("cleaned"))
    }

    /// Children that have left the session of their command, one with its parent and one without.
    @Test(arguments: [
        "setsid sleep 3000 & echo $! > child; wait",
        "(setsid sh -c 'echo $$ > child; exec sleep 3000' &); sleep 3000",
    ])
    func aTimeoutReachesOtherSessions(line: String) async throws {
        let scratch = try TemporaryDirectory()
        let run = try await run(
            command(.shell("cd '\(scratch.url.path)'; \(line)"), timeout: timeout),
            limits: patient)
        #expect(run.outcome == .timedOut)
        let child = try #require(pid_t(scratch.text("child").dropLast()))
        #expect(isGone(child))
    }

    /// What one command has left behind is none of another's business.
    @Test func otherCommandsAreLeftAlone() async throws {
        let scratch = try TemporaryDirectory()
        let other = try await run(
            command(.shell("cd '\(scratch.url.path)'; setsid sleep 3000 & echo $! > other")))
        #expect(other.outcome == .exited)
        let stopped = try await run(
            command(.arguments(["sleep", "3000"]), timeout: 0.2), limits: patient)
        #expect(stopped.outcome == .timedOut)
        // setsid has written nothing, so the file is that of the shell.
        let left = try #require(pid_t(scratch.text("other").dropLast()))
        #expect(!isGone(left))
        kill(left, SIGKILL)
    }

    @Test func whatIgnoresSIGTERMIsKilled() async throws {
        let scratch = try TemporaryDirectory()
        let line = """
            cd '\(scratch.url.path)'; trap '' TERM; (while :; do sleep 0.05; done) & echo $! > child
            while :; do sleep 0.05; done
            """
        let run = try await run(command(.shell(line), timeout: timeout), limits: quick)
        #expect(run.outcome == .timedOut)
        #expect(run.signal == Int(SIGKILL))
        let child = try #require(pid_t(scratch.text("child").dropLast()))
        try await waitUntil("the child is gone") { isGone(child) }
    }

    @Test func drainStopsWhatOutlivesTheGrace() async throws {
        let ledger = MemoryLedger()
        let runner = runner(ledger, limits: HookLimits(concurrency: 2))
        for (id, seconds) in [(1, "0.2"), (2, "3000"), (3, "3000"), (4, "3000")] {
            await submit(
                command(.arguments(["sleep", seconds])), id: Int64(id), to: runner, ledger)
        }
        try await waitUntil("the first has ended") {
            await Set(ledger.open.values.map(\.eventID)) == [2, 3]
        }
        await runner.drain(grace: .seconds(1))
        await submit(command(.arguments(["true"])), id: 5, to: runner, ledger)
        let runs = await ledger.runs.sorted { $0.eventID < $1.eventID }
        #expect(runs.map(\.outcome) == [.exited, .interrupted, .interrupted])
        #expect(runs.map(\.signal) == [nil, 15, 15])
        // What it takes to attempt it again is still there.
        #expect(runs.map(\.input.isEmpty) == [true, false, false])
        #expect(await ledger.open.isEmpty)
        // These wait for the next start.
        #expect(await Set(ledger.waiting.values.map(\.eventID)) == [4, 5])
        #expect(await ledger.waiting.values.allSatisfy { !$0.input.isEmpty })
    }

    @Test func drainOfAnIdleRunnerReturnsAtOnce() async {
        let start = ContinuousClock.now
        await runner(MemoryLedger()).drain(grace: .hang)
        #expect(ContinuousClock.now - start < .hang)
    }
}

/// Whether a process has ended. One that has not been reaped yet counts as ended.
private func isGone(_ process: pid_t) -> Bool {
    guard let stat = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
        return true
    }
    return String(decoding: stat, as: UTF8.self).contains(") Z ")
}
