import AlertTypes
import Foundation
import Listings
import TestSupport
import Testing
import Timekeeping

/// Silences, and what was held back.
@Suite struct SilenceListingTests {
    private func silence(_ id: Int64, from start: Double, to end: Double) -> Silence {
        Silence(
            id: id, createdAt: evening, startsAt: evening.adding(seconds: start),
            endsAt: evening.adding(seconds: end))
    }

    private var silences: [Silence] {
        var named = silence(1, from: 0, to: 3_600)
        (named.rule, named.label, named.source) = ("siren\u{1B}", "siren", "yard")
        named.comment = "fire drill"
        return [named, silence(2, from: 60, to: 120), silence(3, from: -60, to: 30)]
    }

    private func berlin(_ format: EventFormat, room: Int? = nil) -> String {
        withTimeZone("Europe/Berlin") {
            format.document(silences, now: evening.adding(seconds: 30), within: room)
        }
    }

    @Test func theTable() {
        #expect(
            berlin(.table) == """
                ID  STATE    FROM                 UNTIL                RULE    LABEL  SOURCE  COMMENT
                 1  active   2026-11-22 18:00:00  2026-11-22 19:00:00  siren?  siren  yard    fire drill
                 2  pending  2026-11-22 18:01:00  2026-11-22 18:02:00  any     any    any
                 3  over     2026-11-22 17:59:00  2026-11-22 18:00:30  any     any    any

                """)
        #expect(berlin(.table, room: 80).split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func programsReadIt() throws {
        struct Fields: Decodable { let id: Int, state: String, rule: String?, endsAt: String }
        let fields = try snakeCaseDecoder.decode([Fields].self, from: Data(berlin(.json).utf8))
        #expect(fields.map(\.state) == ["active", "pending", "over"])
        #expect(fields.map(\.rule) == ["siren\u{1B}", nil, nil])
        #expect(fields[0].endsAt == "2026-11-22T19:00:00.000+01:00")
        #expect(
            berlin(.csv).hasPrefix(
                "id,state,created_at,starts_at,ends_at,rule,label,source,comment\r\n1,active,"))
        #expect(berlin(.jsonl).split(separator: "\n").count == 3)
    }

    /// That nothing will be told is said plainly.
    @Test func aSilenceOnOneLine() {
        withTimeZone("Europe/Berlin") {
            #expect(
                silences[0].summary == "silence 1, from 2026-11-22 18:00:00 until "
                    + "2026-11-22 19:00:00, of rule siren?, label siren, source yard")
            #expect(silences[1].summary.hasSuffix(", of everything that rules tell"))
        }
    }

    @Test func whatWasHeldBack() {
        let reasons: [(Suppression.Reason, String)] = [
            (.silenced, "3"), (.ruleLimit, ""), (.inhibited, "fire"),
        ]
        let held = reasons.map {
            Suppression(
                rule: "bark", reason: $0, by: $1, hour: evening,
                first: evening.adding(seconds: 60), last: evening.adding(seconds: 90), count: 12)
        }
        withTimeZone("Europe/Berlin") {
            #expect(
                EventFormat.table.document(held) == """
                    FIRST                LAST                 COUNT  RULE  REASON             BY
                    2026-11-22 18:01:00  2026-11-22 18:01:30     12  bark  silenced           silence 3
                    2026-11-22 18:01:00  2026-11-22 18:01:30     12  bark  limit of the rule  -
                    2026-11-22 18:01:00  2026-11-22 18:01:30     12  bark  inhibited          fire

                    """)
            #expect(
                EventFormat.csv.document([held[1]]) == "rule,reason,by,hour,first,last,count\r\n"
                    + "bark,rule_limit,,2026-11-22T18:00:00.000+01:00,"
                    + "2026-11-22T18:01:00.000+01:00,2026-11-22T18:01:30.000+01:00,12\r\n")
        }
    }
}
