import AlertTypes
import Foundation
import Listings
import TestSupport
import Testing
import Timekeeping

private func berlin(_ body: () -> String) -> String { withTimeZone("Europe/Berlin", body) }

@Suite struct AlertListingTests {
    /// Each state that an alert can be in.
    private var alerts: [Alert] {
        var repeated = eventAlert(2, at: 60)
        repeated.repeats = 2
        var known = eventAlert(3, at: 120)
        known.repeats = 1
        known.acknowledgedAt = evening.adding(seconds: 130)
        var test = eventAlert(5, at: 1_500)
        (test.isTest, test.resolvedAt, test.resolution) = (true, test.firedAt, .test)
        (test.events, test.eventCount, test.source, test.readings) = ([], 0, nil, [])
        return [eventAlert(1), repeated, known, levelAlert(4, at: 180), test]
    }

    @Test func theTable() {
        #expect(
            berlin { EventFormat.table.document(alerts) } == """
                FIRED                ID  RULE         STATE         DURATION  SOURCE  EVENTS  WHAT
                2026-11-22 18:00:00   1  siren-alert  firing               -  yard         1  siren
                2026-11-22 18:01:00   2  siren-alert  repeated 2           -  yard         1  siren
                2026-11-22 18:02:00   3  siren-alert  acknowledged         -  yard         1  siren
                2026-11-22 18:19:40   4  noise        cleared       5 m 00 s  hall         0  LAeq over 15m above 65 dB: 67.3 dB
                2026-11-22 18:25:00   5  siren-alert  test             0.0 s  -            0  -

                """)
    }

    /// The least important columns go first, and what was found is cut off last.
    @Test func aNarrowTerminal() {
        let text = berlin { EventFormat.table.document(alerts, within: 80) }
        #expect(
            text.hasPrefix(
                "FIRED                ID  RULE         STATE         WHAT\n"), "\(text)")
        #expect(text.contains("cleared       LAeq over 15m above 65 dB:"))
        for room in 1...120 {
            let lines = EventFormat.table.document(alerts, within: room).split(separator: "\n")
            #expect(lines.count == 6 && lines.allSatisfy { $0.count <= room })
        }
    }

    private struct Fields: Decodable {
        struct Condition: Decodable { let condition: String, value: String }
        let id: Int
        let rule: String
        let status: String
        let test: Bool
        let resolution: String?
        let conditions: [Condition]
    }

    /// In one time zone: other tests set that of the process.
    @Test func programsReadIt() throws {
        try withTimeZone("Europe/Berlin") { try checkWhatProgramsRead() }
    }

    private func checkWhatProgramsRead() throws {
        let json = EventFormat.json.document(alerts)
        let fields = try JSONDecoder().decode([Fields].self, from: Data(json.utf8))
        #expect(fields.map(\.id) == [1, 2, 3, 4, 5])
        #expect(fields.map(\.status) == ["firing", "firing", "firing", "resolved", "resolved"])
        #expect(fields.map(\.test) == [false, false, false, false, true])
        #expect(fields[3].conditions[0].value == "67.3 dB")
        let lines = EventFormat.jsonl.document(alerts).split(separator: "\n")
        #expect(lines.count == 5)
        #expect(EventFormat.jsonl.stream(alerts).split(separator: "\n") == lines)
        let csv = EventFormat.csv.document(alerts).split(separator: "\r\n")
        #expect(csv.count == 6)
        #expect(csv[0].hasPrefix("version,id,rule,group,source,status,test,sound_at,"))
        #expect(csv[1].hasPrefix("2,1,siren-alert,event 101,yard,firing,false,"))
        #expect(
            EventFormat.csv.alertHeader() + EventFormat.csv.stream(alerts)
                == EventFormat.csv.document(alerts))
    }

    @Test func aStreamHasItsHeader() {
        let text = berlin {
            EventFormat.table.alertHeader() + EventFormat.table.stream([eventAlert(1)])
        }
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("FIRED ") && lines[1].contains("firing"))
        #expect(EventFormat.jsonl.alertHeader() == "")
    }

    @Test func oddNamesAreTextAndNothingElse() throws {
        var odd = eventAlert(1, rule: "a\u{1B}[2J\nb", label: "=x\u{202E},\"")
        odd.source = "\u{7}"
        let table = EventFormat.table.document([odd])
        #expect(table.split(separator: "\n").count == 2)
        #expect(!table.contains("\u{1B}") && !table.contains("\u{202E}"))
        let json = EventFormat.json.document([odd])
        #expect(!json.contains("\u{1B}"))
        let fields = try JSONDecoder().decode([Fields].self, from: Data(json.utf8))
        #expect(fields[0].rule == "a\u{1B}[2J\nb")
        #expect(!EventFormat.csv.document([odd]).contains("\u{1B}"))
    }
}
