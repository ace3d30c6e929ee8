import Actions
import AlertTypes
import Foundation
import Rules
import TestSupport
import Testing
import Timekeeping

@Suite struct HookEndingTests {
    /// The shell ends with 126 for what it may not run, and with 127 for what it does not find.
    @Test(arguments: [0, 3, 126, 127, 255])
    func exitStatus(code: Int) async throws {
        let run = try await run(command(.shell("exit \(code)")))
        #expect(run.outcome == .exited)
        #expect(run.exitStatus == code)
        #expect(run.signal == nil)
        #expect(run.rule == "alert" && run.eventID == 7 && run.alertID == 107)
        #expect(run.action == "run" && run.attempt == 1 && run.input.isEmpty)
        #expect(run.firedAt == onset.adding(seconds: 1.25))
        let seconds = try #require(run.durationSeconds)
        #expect(seconds > 0 && .seconds(seconds) < .hang)
    }

    @Test func signal() async throws {
        let run = try await run(command(.shell("kill -USR1 $$")))
        #expect(run.outcome == .signalled)
        #expect(run.signal == Int(SIGUSR1))
        #expect(run.exitStatus == nil)
    }

    @Test(arguments: [
        ["/nonexistent/program"], ["no-such-program-anywhere"], ["/"], ["/etc/passwd"], [], [""],
        ["printf", "a\0b"],
    ])
    func commandThatCannotStart(words: [String]) async throws {
        let run = try await run(command(.arguments(words)))
        #expect(run.outcome == .failedToStart)
        #expect(run.exitStatus == nil)
        #expect(!run.outputTail.isEmpty)
    }

    @Test func outputIsInterleaved() async throws {
        let run = try await run(command(.shell("echo 1; echo 2 >&2; echo 3; echo 4 >&2")))
        #expect(run.outputTail == "1\n2\n3\n4\n")
    }

    @Test func onlyTheEndOfAHugeOutputIsKept() async {
        // In its own process: the other tests use memory at the same time.
        await #expect(processExitsWith: .success) {
            let before = try residentBytes()
            let run = try await run(
                command(.shell("yes 0123456789abcde | head -c 1000000000; printf end")))
            #expect(run.outcome == .exited && run.exitStatus == 0)
            #expect(run.outputTail.utf8.count == 4_096)
            #expect(run.outputTail.hasSuffix("0123456789abcde\nend"))
            #expect(try residentBytes() - before < 30_000_000)
        }
    }

    @Test func invalidTextIsRepaired() async throws {
        let run = try await run(command(.shell(#"printf 'a\377b\000c\303\251'"#)))
        #expect(run.outputTail == "a\u{FFFD}b\u{FFFD}cé")
    }

    @Test func cutThroughACharacterLeavesNoFragment() async throws {
        let run = try await run(
            command(.shell("printf 'aaééé'")),
            limits: HookLimits(outputBytes: 5))
        #expect(run.outputTail == "éé")
    }

    @Test func commandThatClosesItsOutputIsWaitedFor() async throws {
        let run = try await run(command(.shell("exec >&- 2>&-; sleep 0.3; exit 5")))
        #expect(run.exitStatus == 5)
    }

    @Test func backgroundProcessThatKeepsTheOutputOpenIsNotWaitedFor() async throws {
        let run = try await run(command(.shell("sleep 3000 & echo $!; exit 4")))
        #expect(run.outcome == .exited && run.exitStatus == 4)
        let process = try #require(pid_t(run.outputTail.dropLast()))
        #expect(kill(process, SIGKILL) == 0, "it is still there")
    }

    @Test func backgroundProcessThatNeverStopsWritingIsLeft() async throws {
        let run = try await run(command(.shell("yes & sleep 0.1; exit 4")))
        #expect(run.outcome == .exited && run.exitStatus == 4)
    }

    @Test func noDescriptorIsLeftOpen() async {
        // In a process of its own: the other tests open files at the same time.
        await #expect(processExitsWith: .success) {
            func open() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            }
            // The first run opens what the library keeps.
            _ = try await run(command(.arguments(["true"])))
            let before = try open()
            let ledger = MemoryLedger()
            let runner = runner(ledger)
            for index in 0..<200 {
                let words = [index % 2 == 0 ? "true" : "/nonexistent/program"]
                await submit(command(.arguments(words)), to: runner, ledger)
            }
            await runner.drain(grace: .hang)
            #expect(await ledger.runs.count == 200)
            // One descriptor lost a run would be 200.
            #expect(try open() < before + 20)
        }
    }
}
