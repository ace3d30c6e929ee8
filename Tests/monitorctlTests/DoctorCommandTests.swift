import EventStore
import Foundation
import TestSupport
import Testing

/// `monitorctl doctor`, run on what is wrong and on what is not.
@Suite struct DoctorCommandTests {
    private struct Finding: Decodable {
        let check: String
        let state: String
        let text: String
        let remedy: String?
    }

    private let directory: TemporaryDirectory
    private let cards: TestSoundCards

    init() throws {
        directory = try TemporaryDirectory()
        cards = try TestSoundCards()
    }

    private func write(_ text: String, to name: String = "monitord.yaml") throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory.path(name)))
    }

    /// What is found, by what was looked at, and the exit code.
    private func doctor(
        _ arguments: [String] = []
    ) async throws -> (findings: [String: Finding], status: Int32?) {
        let process = try BuiltProduct("monitorctl").start(
            ["doctor", "--config", directory.path("monitord.yaml"), "--format", "json"]
                + arguments, environment: cards.environment)
        let output = try await process.wait(within: .hang)
        let findings = try JSONDecoder().decode(
            [Finding].self, from: Data(output.standardOutput.utf8))
        // A fault comes before the good news of the same thing.
        let byCheck = Dictionary(findings.map { ($0.check, $0) }) { first, _ in first }
        return (byCheck, output.status)
    }

    private static func configuration(
        _ directory: TemporaryDirectory, input: String, channel: Int = 2, rest: String = ""
    ) -> String {
        """
        database: \(directory.path("events.db"))
        taught: \(directory.path("taught"))
        sources:
          - {name: yard, input: "\(input)", channel: \(channel)}
        \(rest)
        """
    }

    @Test func whatIsMissingIsSaidWithWhatToDo() async throws {
        try write(Self.configuration(directory, input: "alsa:by-id/usb-Blue-00"))
        let (findings, status) = try await doctor()
        #expect(status == 1)
        #expect(findings["configuration"]?.state == "ok")
        #expect(findings["model"]?.text == "built in: 36 labels")
        #expect(findings["database"]?.state == "warning")
        #expect(findings["database"]?.text.contains("the monitor makes it") == true)
        #expect(findings["monitor"]?.state == "fault")
        #expect(findings["monitor"]?.text.contains("no monitor is running") == true)
        #expect(findings["disk"]?.text.contains(" GB free at ") == true)
        let device = findings["input of yard"]
        #expect(device?.state == "fault")
        #expect(device?.text.contains("no sound card of this name is plugged in") == true)
        #expect(device?.remedy == "monitorctl devices")
        #expect(findings.values.allSatisfy { $0.state == "ok" || $0.remedy != nil })
    }

    @Test func devicesAreListenedTo() async throws {
        let name = "by-id/usb-Blue-00"
        let card = try cards.plugIn(DevicesCommandTests.frames(), names: [name])
        func device(_ input: String, channel: Int = 2) async throws -> Finding? {
            try write(Self.configuration(directory, input: input, channel: channel))
            return try await doctor().findings["input of yard"]
        }
        let good = try await device("alsa:" + name)
        #expect(good?.state == "ok" && good?.text.contains("-20.0") == true)
        let silent = try await device("alsa:" + name, channel: 1)
        #expect(silent?.state == "fault")
        #expect(silent?.text.contains("digital silence; channel 2 has a signal") == true)
        #expect(silent?.remedy == "`channel: 2` of the source")
        let none = try await device("alsa:" + name, channel: 3)
        #expect(none?.text.contains("has no channel 3; accepted: 1 to 2") == true)
        try cards.set(.busy, card: card)
        #expect(try await device("alsa:" + name)?.remedy?.contains("fuser") == true)
        try cards.set(.denied, card: card)
        #expect(try await device("alsa:" + name)?.remedy?.contains("adduser $USER audio") == true)
    }

    @Test func aNumberThatMayChangeIsWarnedOf() async throws {
        let card = try cards.plugIn(DevicesCommandTests.frames(), names: ["by-id/usb-Blue-00"])
        try write(Self.configuration(directory, input: "alsa:hw:\(card),0"))
        let process = try BuiltProduct("monitorctl").start(
            ["doctor", "--config", directory.path("monitord.yaml")],
            environment: cards.environment)
        let text = try await process.wait(within: .hang).standardOutput
        #expect(text.contains("may be another card's after the next boot"))
        #expect(text.contains("-> `input: alsa:by-id/usb-Blue-00` of the source"))
    }

    @Test func faultsOfTheConfigurationAreListed() async throws {
        try write("nonsense: 1\nmore: 2\n")
        let findings = try await doctor(["--quick"]).findings
        #expect(findings["configuration"]?.state == "fault")
        #expect(findings["configuration"]?.text.contains("monitord.yaml:2:1:") == true)
        try write(
            Self.configuration(
                directory, input: "stdin", channel: 1,
                rest: """
                    rules:
                      - {name: a, labels: [sirn], command: [/usr/bin/no-such-program]}
                    """))
        let others = try await doctor(["--quick"]).findings
        #expect(others["labels"]?.text.contains("unknown label 'sirn'") == true)
        #expect(others["commands of rules"]?.text.contains("/usr/bin/no-such-program") == true)
    }

    @Test func aDatabaseIsLookedAt() async throws {
        try write(Self.configuration(directory, input: "stdin", channel: 1))
        try EventStore(path: directory.path("events.db")).close()
        let whole = try await doctor().findings
        #expect(whole["database"]?.state == "ok")
        #expect(whole["database"]?.text.hasSuffix(", which nobody writes to") == true)
        #expect(whole["database file"]?.state == "ok")
        #expect(try await doctor(["--quick"]).findings["database file"] == nil)
        // Beside the lock of a monitor it would be a damaged database.
        try FileManager.default.removeItem(atPath: directory.path("events.db.lock"))
        try write("this is no database, and long enough to be one", to: "events.db")
        let other = try await doctor().findings["database"]
        #expect(other?.state == "fault" && other?.remedy?.contains("--database") == true)
    }
}
