import AlertTypes
import EventStore
import Foundation
import TestSupport
import Testing
import Timekeeping

/// `monitorctl silence` and `monitorctl ack`: what the owner says about alerts, while a monitor
/// writes to the database.
@Suite struct SilenceCommandTests {
    private let database: AlertDatabase
    private let store: EventStore

    init() throws {
        database = try AlertDatabase()
        store = try database.fill()
    }

    private func silence(_ arguments: [String]) throws -> RunningProcess.Output {
        try database.run(["silence"] + arguments)
    }

    private func silences() throws -> [Silence] {
        try store.controls(at: UTCTime(microseconds: 0)).silences
    }

    @Test func oneIsAdded() throws {
        let before = UTCTime.now()
        let output = try silence(
            ["add", "--rule", "bark", "--source", "yard", "--for", "1h30m", "--comment", "drill"])
        #expect(output.status == 0 && output.standardError == "", "\(output.standardError)")
        #expect(output.standardOutput.hasPrefix("silence 1, from "))
        #expect(output.standardOutput.hasSuffix(", of rule bark, source yard\n"))
        let added = try #require(try silences().first)
        #expect(added.rule == "bark" && added.label == nil && added.source == "yard")
        #expect(added.comment == "drill")
        #expect(added.startsAt >= before && added.startsAt <= .now())
        #expect(added.endsAt == added.startsAt.adding(seconds: 5_400))
    }

    @Test func aSilenceOfEverythingSaysSo() throws {
        let output = try silence(
            ["add", "--from", "2126-01-01 22:00", "--until", "2126-01-02 06:00"])
        #expect(
            output.standardOutput == "silence 1, from 2126-01-01 22:00:00 until "
                + "2126-01-02 06:00:00, of everything that rules tell\n")
        #expect(try silences().map(\.rule) == [nil])
    }

    @Test func misspeltNamesAreSaidAndTaken() throws {
        let output = try silence(
            ["add", "--rule", "brak", "--label", "sirne", "--source", "yrad", "--for", "1h"])
        #expect(output.status == 0)
        let lines = output.standardError.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("monitorctl: warning: no rule \"brak\" is known; known: bark"))
        #expect(lines[1].contains("no label \"sirne\" is known") && lines[1].contains("dog_bark"))
        #expect(lines[2].contains("no source \"yrad\" is known"))
        #expect(try silences().count == 1)
        let known = try silence(["add", "--label", "dog_bark", "--for", "1h"])
        #expect(known.standardError == "")
    }

    @Test func theyAreListedAndEnded() throws {
        _ = try silence(["add", "--for", "1h"])
        _ = try silence(["add", "--label", "loud", "--from", "2126-01-01", "--for", "1d"])
        let table = try silence([]).standardOutput.split(separator: "\n")
        #expect(table.count == 3)
        #expect(table[1].hasPrefix(" 1  active   "))
        #expect(table[2].hasPrefix(" 2  pending  2126-01-01 00:00:00  2126-01-02 00:00:00  any"))
        let ended = try silence(["expire", "1"])
        #expect(ended.status == 0 && ended.standardOutput.hasPrefix("silence 1, from "))
        #expect(try silence(["list", "--format", "jsonl"]).standardOutput.hasPrefix(#"{"id":2,"#))
        struct Fields: Decodable { let id: Int, state: String }
        let json = try silence(["list", "--all", "--format", "json"]).standardOutput
        let fields = try JSONDecoder().decode([Fields].self, from: Data(json.utf8))
        #expect(fields.map(\.state) == ["over", "pending"])
        let again = try silence(["expire", "1"])
        #expect(again.status == 0)
        #expect(again.standardError.hasPrefix("monitorctl: silence 1 was over already, at "))
        #expect(try silence(["expire", "2"]).status == 0)
        let empty = try silence(["list"])
        #expect(empty.standardError == "monitorctl: there is no silence in \(database.path)\n")
        let unknown = try silence(["expire", "9"])
        #expect(unknown.status == 66)
        #expect(
            unknown.standardError
                == "monitorctl: error: there is no silence 9 in \(database.path)\n")
    }

    @Test(arguments: [
        ([], "say how long with either --for or --until"),
        (["--for", "1h", "--until", "23:59"], "either --for or --until"),
        (["--for", "soon"], "--for soon is not a length of time up to 367d"),
        (["--for", "0s"], "--for 0s is not"), (["--for", "368d"], "--for 368d is not"),
        (["--until", "later"], "--until: \"later\" is not a time"),
        (["--until", "2h"], "the silence would be over at "),
        (["--from", "2126-02-01", "--until", "2126-01-01"], "is not later than the beginning"),
        (["--for", "1h", "--rule", ""], "--rule has 0 bytes; accepted: 1 to 1000"),
    ])
    func aWrongCommandLineIsExplained(_ arguments: [String], _ message: String) throws {
        let output = try silence(["add"] + arguments)
        #expect(output.status == 64)
        #expect(output.standardError.contains(message), "\(output.standardError)")
        #expect(try silences().isEmpty)
    }

    @Test func anAlertIsAcknowledged() throws {
        let output = try database.run(["ack", "1", "--comment", "mine"])
        #expect(output.status == 0 && output.standardOutput == "" && output.standardError == "")
        let known = try store.controls(at: .now()).acknowledgements
        #expect(known.map(\.alert) == [1] && known.map(\.comment) == ["mine"])
        let list = try database.run(["alerts", "--firing"]).standardOutput.split(separator: "\n")
        #expect(list[1].contains("  acknowledged  ") && list[2].contains("  firing  "))
        #expect(try database.run(["ack", "1"]).status == 0)
        #expect(try store.controls(at: .now()).acknowledgements.map(\.comment) == [""])
        let unknown = try database.run(["ack", "99"])
        #expect(unknown.status == 66)
        #expect(
            unknown.standardError
                == "monitorctl: error: there is no alert 99 in \(database.path)\n")
        #expect(try database.run(["ack", "x"]).status == 64)
        #expect(try database.run(["ack", "1", "--comment", ""]).status == 64)
    }
}
