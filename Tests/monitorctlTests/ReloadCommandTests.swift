import EventStore
import Foundation
import Glibc
import TestSupport
import Testing

/// `monitorctl reload`, with a monitor that hears silence.
@Suite struct ReloadCommandTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    private func reload(_ file: String) throws -> RunningProcess.Output {
        try BuiltProduct("monitorctl").run(
            ["reload", "--config", directory.path(file), "--database", path])
    }

    private func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(filePath: directory.path(file)))
    }

    private func configuration(rules: String) -> String {
        """
        database: events.db
        sources: [{name: yard, input: "file:\(directory.path("silence.wav"))"}]
        rules:
        \(rules)
        """
    }

    private static func rule(_ name: String) -> String {
        "  - {name: \(name), labels: [siren], then: [{log: info}]}\n"
    }

    /// A monitor that has started with the rules of `monitord.yaml`.
    private func monitor(standardInput: String = "/dev/null") async throws -> RunningProcess {
        try SoundFileWriter.write(
            [Int16](repeating: 0, count: 16_000 * 600), to: directory.path("silence.wav"),
            rate: 16_000)
        try write(configuration(rules: Self.rule("first")), to: "monitord.yaml")
        let process = try RunningProcess(
            [try BuiltProduct("monitord").path, "--config", directory.path("monitord.yaml")],
            standardInput: standardInput)
        try await waitUntil("it listens") {
            try FileManager.default.fileExists(atPath: path)
                && !EventReader(path: path).sessions().isEmpty
        }
        return process
    }

    @Test func theMonitorAnswers() async throws {
        let process = try await monitor()
        try write(
            configuration(rules: Self.rule("first") + Self.rule("second")), to: "monitord.yaml")
        let accepted = try reload("monitord.yaml")
        #expect(accepted.status == 0, "\(accepted.standardError)")
        #expect(accepted.standardOutput == "2 rules are in force\n")
        // A fault is found before the monitor is asked.
        try write(configuration(rules: "  - {name: first}\n"), to: "monitord.yaml")
        let faulty = try reload("monitord.yaml")
        #expect(faulty.status == 78)
        #expect(faulty.standardError.contains("monitord.yaml:4:"), "\(faulty.standardError)")
        let last = try EventReader(path: path).lastReload()
        #expect(last?.isAccepted == true && last?.message == "2 rules are in force")
        // The monitor reads its own file, not the one that was checked.
        try write(configuration(rules: Self.rule("first")), to: "other.yaml")
        let refused = try reload("other.yaml")
        #expect(refused.status == 78)
        #expect(refused.standardError.contains("the rules stay as they are: "))
        #expect(refused.standardError.contains("monitord.yaml:4:"), "\(refused.standardError)")
        process.send(SIGTERM)
        #expect(try await process.wait(within: .hang).status == 0)
        let gone = try reload("other.yaml")
        #expect(gone.status == 69)
        #expect(gone.standardError.contains("no monitor writes to \(path)"))
    }

    /// To a monitor in a terminal the signal would say that the terminal is gone.
    @Test func aMonitorInATerminalIsLeftAlone() async throws {
        let terminal = try PseudoTerminal()
        let process = try await monitor(standardInput: terminal.path)
        let output = try reload("monitord.yaml")
        #expect(output.status == 69)
        #expect(
            output.standardError.contains(
                "process \(process.processIdentifier), reads from a terminal"),
            "\(output.standardError)")
        process.send(SIGTERM)
        #expect(try await process.wait(within: .hang).status == 0)
    }

    /// The number of a process that a killed monitor left behind is another's by now.
    @Test func aNumberThatWasLeftBehindIsNotSignalled() async throws {
        try EventStore(path: path).close()
        try write(configuration(rules: Self.rule("first")), to: "monitord.yaml")
        let victim = try RunningProcess(["/bin/sleep", "600"])
        try write("\(victim.processIdentifier)\n", to: "events.db.lock")
        let output = try reload("monitord.yaml")
        #expect(output.status == 69)
        #expect(kill(victim.processIdentifier, 0) == 0)
        let locker = try RunningProcess(
            [
                "/usr/bin/flock", "--no-fork", path + ".lock", "sh", "-c",
                "echo locked; exec sleep 600",
            ])
        try await waitUntil("it is locked") { try locker.standardOutput() == "locked\n" }
        #expect(try reload("monitord.yaml").status == 69)
        victim.send(SIGTERM)
        #expect(try victim.wait().signal == SIGTERM)
    }

    @Test func aConfigurationThatIsNotThere() throws {
        #expect(try reload("missing.yaml").status == 78)
    }
}
