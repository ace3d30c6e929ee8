import Actions
import Foundation
import Rules
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct HookEndingTests {
    @Test(arguments: [0, 3, 255])
    func exitStatus(code: Int) async throws {
        let run = try await run(firing(.shell("exit \(code)")))
        #expect(run.outcome == .exited)
        #expect(run.exitStatus == code)
        #expect(run.signal == nil)
        #expect(run.rule == "alert" && run.eventID == 7)
        #expect(run.firedAt == onset.adding(seconds: 1.25))
        let seconds = try #require(run.durationSeconds)
        #expect(seconds > 0 && .seconds(seconds) < .hang)
    }

    @Test func signal() async throws {
        let run = try await run(firing(.shell("kill -USR1 $$")))
        #expect(run.outcome == .signalled)
        #expect(run.signal == Int(SIGUSR1))
        #expect(run.exitStatus == nil)
    }

    @Test(arguments: [
        ["/nonexistent/program"], ["no-such-program-anywhere"], ["/"], ["/etc/passwd"], [], [""],
        ["printf", "a\0b"],
    ])
    func commandThatCannotStart(command: [String]) async throws {
        let run = try await run(firing(.arguments(command)))
        #expect(run.outcome == .failedToStart)
        #expect(run.exitStatus == nil)
        #expect(!run.outputTail.isEmpty)
    }

    @Test func outputIsInterleaved() async throws {
        let run = try await run(firing(.shell("echo 1; echo 2 >&2; echo 3; echo 4 >&2")))
        #expect(run.outputTail == "1\n2\n3\n4\n")
    }

    @Test func onlyTheEndOfAHugeOutputIsKept() async {
        // In its own process: the other tests use memory at the same time.
        await #expect(processExitsWith: .success) {
            let before = residentBytes()
            let run = try await run(
                firing(.shell("yes 0123456789abcde | head -c 100000000; printf end")))
            #expect(run.outcome == .exited && run.exitStatus == 0)
            #expect(run.outputTail.utf8.count == 4_096)
            #expect(run.outputTail.hasSuffix("0123456789abcde\nend"))
            #expect(residentBytes() - before < 30_000_000)
        }
    }

    @Test func invalidTextIsRepaired() async throws {
        let run = try await run(firing(.shell(#"printf 'a\377b\000c\303\251'"#)))
        #expect(run.outputTail == "a\u{FFFD}b\u{FFFD}cé")
    }

    @Test func cutThroughACharacterLeavesNoFragment() async throws {
        let run = try await run(
            firing(.shell("printf 'aaééé'")),
            limits: HookLimits(outputBytes: 5))
        #expect(run.outputTail == "éé")
    }

    @Test func commandThatClosesItsOutputIsWaitedFor() async throws {
        let run = try await run(firing(.shell("exec >&- 2>&-; sleep 0.3; exit 5")))
        #expect(run.exitStatus == 5)
    }

    @Test func backgroundProcessThatKeepsTheOutputOpenIsNotWaitedFor() async throws {
        let run = try await run(firing(.shell("sleep 3000 & echo $!; exit 4")))
        #expect(run.outcome == .exited && run.exitStatus == 4)
        let process = try #require(pid_t(run.outputTail.dropLast()))
        #expect(kill(process, SIGKILL) == 0, "it is still there")
    }

    @Test func backgroundProcessThatNeverStopsWritingIsLeft() async throws {
        let run = try await run(firing(.shell("yes & sleep 0.1; exit 4")))
        #expect(run.outcome == .exited && run.exitStatus == 4)
    }

    @Test func noDescriptorIsLeftOpen() async {
        // In a process of its own: the other tests open files at the same time.
        await #expect(processExitsWith: .success) {
            func open() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            }
            // The first run opens what the library keeps.
            _ = try await run(firing(.arguments(["true"])))
            let before = try open()
            let ledger = MemoryLedger()
            let runner = HookRunner(ledger: ledger)
            for index in 0..<200 {
                await runner.submit(
                    firing(.arguments([index % 2 == 0 ? "true" : "/nonexistent/program"])))
            }
            await runner.drain(grace: .hang)
            #expect(await ledger.runs.count == 200)
            // One descriptor lost a run would be 200.
            #expect(try open() < before + 20)
        }
    }
}

private func residentBytes() -> Int {
    // proc(5): statm counts pages; the second number is the resident set.
    let pages = FileManager.default.contents(atPath: "/proc/self/statm")
        .map { String(decoding: $0, as: UTF8.self).split(separator: " ") }
    guard let count = pages.flatMap({ $0.count > 1 ? Int($0[1]) : nil }) else {
        Issue.record("cannot read the memory in use")
        return 0
    }
    return count * Int(sysconf(Int32(_SC_PAGESIZE)))
}
