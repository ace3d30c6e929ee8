import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// 2026-11-22T17:00:00Z
private let evening = UTCTime(microseconds: 1_795_366_800_000_000)
private let period = ["--since", "2026-11-22T00:00:00Z"]

private func event(
    _ id: Int64, _ label: String, at seconds: Double, confidence: Double = 0.9
) -> SoundEvent {
    SoundEvent(
        id: id, source: "mic", label: label, onset: evening.adding(seconds: seconds),
        heardUntil: evening.adding(seconds: seconds + 1), peakConfidence: confidence,
        meanConfidence: confidence, status: .complete)
}

@Suite struct EventsCommandTests {
    let directory: TemporaryDirectory
    let path: String
    let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        product = try BuiltProduct("monitorctl")
    }

    private func fill() throws -> EventStore {
        let store = try EventStore(path: path)
        try store.write([
            .event(event(1, "dog", at: 0)), .event(event(2, "cat", at: 10, confidence: 0.4)),
            .event(event(3, "siren", at: 20)),
        ])
        return store
    }

    private func events(_ arguments: [String]) throws -> RunningProcess.Output {
        try product.run(
            ["events", "--database", path] + arguments, environment: ["TZ": "Europe/Berlin"])
    }

    /// The ids in a CSV output.
    private func ids(_ arguments: [String]) throws -> [Int] {
        let output = try events(arguments + ["--format", "csv"])
        #expect(output.status == 0, "\(output.standardError)")
        return output.standardOutput.split(separator: "\r\n").dropFirst().compactMap {
            Int($0.prefix { $0 != "," })
        }
    }

    /// Time of which not all is stored is not passed over in silence.
    @Test func whatCouldNotBeStoredIsTold() throws {
        let store = try fill()
        let end = evening.adding(seconds: 7_200)
        let session = ListeningSession(
            id: 1, source: "mic", started: evening, ended: end, sampleRate: .hz48000,
            capturedSamples: 48_000 * 7_200, lostSamples: 0, model: "m", status: .complete)
        let start = evening.adding(seconds: 3_600)
        let gaps = [GapCause.unstored, .overrun].map {
            AudioGap(
                source: "mic", start: start, end: end, lostSamples: 48_000 * 3_000, cause: $0)
        }
        try store.write([.session(session), .gap(gaps[0]), .gap(gaps[1])])
        #expect(
            try events(period).standardError == "monitorctl: warning: not all that mic heard from "
                + "2026-11-22 19:00:00 to 2026-11-22 20:00:00 could be stored; levels are missing "
                + "for 50 m 00 s\n")
        #expect(try events(period + ["--until", "2026-11-22T17:30:00Z"]).standardError == "")
    }

    @Test func whatWasRetractedIsListedOnRequest() throws {
        let store = try fill()
        var retracted = event(4, "alarm", at: 30)
        retracted.status = .retracted
        try store.write([.event(retracted)])
        #expect(try ids(period) == [1, 2, 3])
        #expect(try ids(period + ["--all"]) == [1, 2, 3, 4])
        #expect(try events(period + ["--all"]).standardOutput.contains(" retracted "))
        try store.close()
    }

    @Test func theTableIsPrinted() throws {
        let store = try fill()
        let output = try events(period + ["--label", "dog"])
        #expect(
            output.standardOutput == """
                ONSET                DURATION  LABEL  CONFIDENCE  STATUS    SOURCE  ID
                2026-11-22 18:00:00     1.0 s  dog          0.90  complete  mic      1

                """)
        #expect(output.standardError == "")
        #expect(output.status == 0)
        try store.close()
    }

    @Test func eachOptionSelects() throws {
        try fill().close()
        #expect(try ids(period) == [1, 2, 3])
        #expect(try ids(period + ["--reverse"]) == [3, 2, 1])
        #expect(try ids(period + ["--limit", "2"]) == [2, 3])
        #expect(try ids(period + ["--label", "dog", "--label", "cat"]) == [1, 2])
        #expect(try ids(period + ["--min-confidence", "0.5"]) == [1, 3])
        #expect(try ids(period + ["--until", "2026-11-22 18:00:10"]) == [1])
        #expect(try ids(["--since", "2026-11-22 18:00:11.5"]) == [3])
        #expect(try ids(["--limit", "1"]) == [3])
        #expect(try ids(["--until", "2026-11-22 18:00:15"]) == [1, 2])
    }

    /// Whatever the date is: the events lie 2 days, 25 hours, 23 hours and an hour before now.
    @Test func withoutOptionsTheLastDayIsShown() throws {
        let now = UTCTime.now()
        let store = try EventStore(path: path)
        let hours: [Double] = [48, 25, 23, 1]
        try store.write(
            hours.enumerated().map { index, hour in
                let seconds = now.seconds(since: evening) - 3_600 * hour
                return .event(event(Int64(index + 1), "dog", at: seconds))
            })
        #expect(try ids([]) == [3, 4])
        #expect(try ids(["--since", "-1s"]) == [])
    }

    @Test func theDatabaseOfTheEnvironmentIsRead() throws {
        try fill().close()
        let output = try product.run(
            ["events", "--format", "jsonl"] + period, environment: ["EARWITNESS_DATABASE": path])
        #expect(output.standardOutput.split(separator: "\n").count == 3)
    }

    /// A damaged row can hold any time.
    @Test(arguments: ["table", "json", "jsonl", "csv"])
    func anEventOfAllTimesIsListed(_ format: String) throws {
        let store = try EventStore(path: path)
        var endless = event(1, "dog", at: 0)
        endless.onset = UTCTime(microseconds: .min)
        endless.heardUntil = UTCTime(microseconds: .max)
        try store.write([.event(endless)])
        try store.close()
        let output = try events(["--limit", "1", "--format", format])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput.contains("dog"))
    }

    @Test func anEmptyResultIsNoFault() throws {
        try fill().close()
        let table = try events(["--since", "2126-01-01"])
        #expect(table.status == 0)
        #expect(table.standardOutput.hasPrefix("ONSET"))
        #expect(
            table.standardError
                == "monitorctl: no such event since 2126-01-01 00:00:00 in \(path)\n")
        let json = try events(["--since", "2126-01-01", "--format", "json"])
        #expect(json.status == 0)
        #expect(json.standardOutput == "[]\n")
        #expect(json.standardError == "")
    }

    @Test func aNameThatWasNeverHeardIsPointedOut() throws {
        try fill().close()
        let output = try events(period + ["--label", "dgo", "--source", "mic"])
        #expect(output.status == 0)
        #expect(
            output.standardError.hasPrefix(
                "monitorctl: warning: no event with the label \"dgo\" was ever stored; "
                    + "known: cat, dog, siren\n"))
    }

    @Test(arguments: [
        (["--min-confidence", "1.5"], "--min-confidence 1.5 is not from 0 to 1"),
        (["--min-confidence", "nan"], "--min-confidence nan is not from 0 to 1"),
        (["--limit", "0"], "--limit 0 is not 1 or more"),
        (["--since", "soon"], "--since: \"soon\" is not a time"),
        (["--since", "1h", "--until", "2h"], "is later than --until"),
        (["--follow", "--reverse"], "--follow goes with neither"),
        (["--follow", "--format", "json"], "use --format jsonl"),
        (["--format", "xml"], "'xml' is invalid"),
        (["--nonsense"], "Unknown option '--nonsense'"),
    ])
    func aWrongCommandLineIsExplained(_ arguments: [String], _ message: String) throws {
        let output = try events(arguments)
        #expect(output.status == 64)
        #expect(output.standardError.contains(message), "\(output.standardError)")
        #expect(output.standardOutput == "")
    }

    @Test func eachFaultHasItsExitCode() throws {
        let missing = try events([])
        #expect(missing.status == 66)
        #expect(
            missing.standardError == "monitorctl: error: there is no event database \(path); "
                + "monitord creates it when it starts, and --database or EARWITNESS_DATABASE names "
                + "another\n")
        try Data("text".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try events([]).status == 65)
        let device = try product.run(["events", "--database", "/dev/null"])
        #expect(device.status == 65)
        #expect(device.standardError.contains("/dev/null is not a regular file"))
        let empty = try product.run(["events", "--database", ""])
        #expect(empty.status == 64)
        #expect(empty.standardError.contains("its path is empty"))
    }

    @Test func aReaderThatGoesAwayIsNoFault() throws {
        let store = try EventStore(path: path)
        try store.write((1...20_000).map { .event(event($0, "dog", at: Double($0))) })
        let command = "\"$0\" events --database \"$1\" --limit 20000 --format jsonl"
        let shell = try RunningProcess(
            ["/bin/sh", "-c", "{ \(command); echo $? >&2; } | head -n 1", product.path, path])
        let output = try shell.wait()
        #expect(output.standardOutput.hasPrefix("{\"id\":1,"))
        #expect(output.standardError == "0\n")
    }

    @Test func aFullDiskIsAFault() throws {
        try fill().close()
        let shell = try RunningProcess(
            [
                "/bin/sh", "-c", "exec \"$0\" events --database \"$1\" >/dev/full", product.path,
                path,
            ])
        let output = try shell.wait()
        #expect(output.status == 74)
        #expect(output.standardError.contains("No space left on device"))
    }

    /// Many sounds at once: `--limit` applies to those that have ended before.
    @Test(arguments: [[], ["--limit", "1"], ["--since", "2026-11-22T17:00:20Z", "--limit", "1"]])
    func followPrintsAllThatEndTogether(_ arguments: [String]) async throws {
        let store = try fill()
        let process = try product.start(
            ["events", "--database", path, "--follow", "--format", "csv"] + arguments)
        func ids() throws -> [Int64] {
            try process.standardOutput().split(separator: "\r\n").dropFirst().compactMap {
                Int64($0.prefix { $0 != "," })
            }
        }
        let shown: [Int64] = arguments.isEmpty ? [1, 2, 3] : [3]
        try await waitUntil("the last events are shown") { try ids().count >= shown.count }
        try store.write((4...39).map { .event(event($0, "dog", at: 30)) })
        try await waitUntil("the new ones are shown") { try ids().last == 39 }
        try store.write((40...75).map { .event(event($0, "dog", at: 40)) })
        try await waitUntil("the newest ones are shown") { try ids().last == 75 }
        #expect(try ids() == shown + Array(4...75))
    }

    @Test func followPrintsEachEventWhenItEnds() async throws {
        let store = try fill()
        let process = try product.start(
            ["events", "--database", path, "--follow", "--limit", "1", "--format", "csv"])
        func lines() throws -> [String] {
            try process.standardOutput().split(separator: "\r\n").map {
                String($0.prefix { $0 != "," })
            }
        }
        func wait(for count: Int) async throws {
            try await waitUntil("\(count) lines are there") { try lines().count >= count }
        }
        try await wait(for: 2)
        #expect(try lines() == ["id", "3"])
        var open = event(4, "dog", at: 30)
        open.status = .open
        try store.write([.event(open)])
        try store.write([.event(event(5, "cat", at: 31))])
        try await wait(for: 3)
        open.status = .complete
        try store.write([.event(open)])
        try await wait(for: 4)
        #expect(try lines() == ["id", "3", "5", "4"])
        process.send(SIGTERM)
        let output = try process.wait()
        #expect(output.signal == SIGTERM)
        #expect(output.standardError == "")
    }

    enum Replacement: CaseIterable { case renamed, removed, linkTurned, logRemoved }

    /// SQLite itself goes on reading the file that nobody can find any more.
    @Test(arguments: Replacement.allCases)
    func followGoesOnWithTheDatabaseThatReplacesIt(_ replacement: Replacement) async throws {
        try fill().close()
        let link = directory.path("link.db")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let process = try product.start(
            ["events", "--database", link, "--follow", "--limit", "1", "--format", "csv"])
        func ids() throws -> [String] {
            try process.standardOutput().split(separator: "\r\n").dropFirst().map {
                String($0.prefix { $0 != "," })
            }
        }
        try await waitUntil("the last event is shown") { try ids() == ["3"] }
        let last = try EventStore(path: path)
        try last.write([.event(event(4, "cat", at: 30))])
        try last.close()
        let new = try await replace(replacement, link, process)
        // What came last to the old one is shown, too. Of a database that lost no more than its log
        // all is shown once more.
        let old = replacement == .logRemoved ? ["1", "2", "3"] : []
        let expected = ["3", "4"] + old + ["11", "12"]
        try await waitUntil("the new ones are shown") { try ids().count >= expected.count }
        #expect(try ids() == expected)
        let store = try EventStore(path: new)
        try store.write([.event(event(13, "dog", at: 50))])
        try await waitUntil("the newest is shown") { try ids().last == "13" }
        try store.close()
        process.send(SIGTERM)
        let output = try process.wait()
        #expect(
            output.standardError == """
                monitorctl: \(path) was removed or replaced; waiting for the new one
                monitorctl: following the new \(new) from its beginning

                """)
    }

    /// Puts a database with the events 11 and 12 in the place of the one that is followed, and
    /// returns its path.
    private func replace(
        _ replacement: Replacement, _ link: String, _ process: RunningProcess
    ) async throws -> String {
        let files = FileManager.default
        let other = directory.path("other.db")
        func begin(_ path: String) throws {
            let store = try EventStore(path: path)
            try store.write([.event(event(11, "rain", at: 40)), .event(event(12, "dog", at: 41))])
            try store.close()
        }
        func remove(_ suffixes: [String]) throws {
            for suffix in suffixes { try files.removeItem(atPath: path + suffix) }
        }
        func waitForNotice() async throws {
            try await waitUntil("it is noticed") {
                try process.standardError().contains("was removed or replaced")
            }
        }
        switch replacement {
        case .renamed:
            try begin(other)
            // Nobody looks while the log is gone and the old database still there.
            process.send(SIGSTOP)
            try remove(["-wal", "-shm"])
            #expect(rename(other, path) == 0)
            process.send(SIGCONT)
        case .removed:
            try remove(["", "-wal", "-shm"])
            try await waitForNotice()
            // What is there first is not a database yet.
            try Data("half".utf8).write(to: URL(fileURLWithPath: path))
            try await Task.sleep(for: .milliseconds(600))
            try remove([""])
            try begin(path)
        case .logRemoved:
            process.send(SIGSTOP)
            try remove(["-wal", "-shm"])
            process.send(SIGCONT)
            try await waitForNotice()
            try begin(path)
        case .linkTurned:
            try begin(other)
            try files.removeItem(atPath: link)
            try files.createSymbolicLink(atPath: link, withDestinationPath: other)
            return other
        }
        return path
    }

    /// Runs monitorctl as somebody who may read the files but not write to the directory. Root
    /// may write everywhere, so root gives that capability up (setpriv of util-linux).
    private func eventsWithoutWritePermission(
        _ arguments: [String] = []
    ) throws -> RunningProcess.Output {
        let command =
            [product.path, "events", "--database", path, "--format", "csv"] + period + arguments
        let prefix = geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set=-all"] : []
        // The control: nothing can be created there.
        let control = try RunningProcess(prefix + ["/usr/bin/touch", directory.path("new")])
        #expect(try control.wait().status != 0)
        return try RunningProcess(prefix + command).wait()
    }

    @Test func aReaderNeedsNoWritePermission() throws {
        func lock(_ isLocked: Bool) throws {
            for name in try directory.contents() {
                try FileManager.default.setAttributes(
                    [.posixPermissions: isLocked ? 0o444 : 0o644],
                    ofItemAtPath: directory.path(name))
            }
            try directory.setPermissions(isLocked ? 0o555 : 0o755)
        }
        func expectThreeEvents(_ state: String) throws {
            try lock(true)
            let output = try eventsWithoutWritePermission()
            #expect(output.status == 0, "\(state): \(output.standardError)")
            #expect(output.standardOutput.split(separator: "\r\n").count == 4, "\(state)")
            try lock(false)
        }
        let store = try fill()
        try expectThreeEvents("the monitor runs")
        try store.close()
        try expectThreeEvents("the monitor has stopped")
        for suffix in ["-wal", "-shm"] {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
        try expectThreeEvents("somebody removed the files of the log")
        // A file that SQLite treats as immutable never shows anything new.
        try lock(true)
        let follow = try eventsWithoutWritePermission(["--follow"])
        try lock(false)
        #expect(follow.status == 66)
        #expect(follow.standardError.contains("cannot follow the events"))
    }

    @Test func helpShowsExamples() throws {
        let help = try product.run(["events", "--help"])
        #expect(help.status == 0)
        #expect(help.standardOutput.contains("monitorctl events --since 1h\n"))
        #expect(help.standardOutput.split(separator: "\n").allSatisfy { $0.count <= 300 })
        #expect(try product.run(["--version"]).standardOutput == "0.1.0\n")
    }
}
