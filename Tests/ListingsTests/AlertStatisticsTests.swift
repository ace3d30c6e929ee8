import AlertTypes
import Foundation
import Listings
import TestSupport
import Testing
import Timekeeping

@Suite struct AlertStatisticsTests {
    /// `count` alerts whose hooks started 0.51, 0.52, 0.53 … s after the sound, in no order.
    private func alerts(_ count: Int) -> [(alert: Alert, hookStartedAt: UTCTime?)] {
        (1...count).map { number in
            let alert = eventAlert(Int64(number), at: Double(number))
            let place = number * 7 % count + 1
            return (alert, alert.soundAt.adding(seconds: 0.5 + Double(place) / 100))
        }
    }

    private func milliseconds(_ seconds: Double?) -> Int? {
        seconds.map { Int(($0 * 1_000).rounded()) }
    }

    /// Of a hundred values in order, the 99th percentile is the 99th.
    @Test func percentilesAreThoseOfNearestRank() throws {
        let statistics = AlertStatistics(alerts(100), suppressions: [])
        let latency = try #require(statistics.soundToHook)
        #expect(latency.count == 100)
        #expect(
            [latency.p50, latency.p95, latency.p99, latency.maximum].map(milliseconds)
                == [1_000, 1_450, 1_490, 1_500])
        let one = try #require(AlertStatistics(alerts(1), suppressions: []).soundToHook)
        #expect(one.p50 == one.maximum && one.p99 == one.maximum)
        let five = try #require(AlertStatistics(alerts(5), suppressions: []).soundToHook)
        #expect([five.p50, five.p95].map(milliseconds) == [530, 550])
        #expect(milliseconds(statistics.soundToDetected?.p50) == 400)
        #expect(milliseconds(statistics.detectedToFired?.maximum) == 0)
        #expect(milliseconds(statistics.firedToDecided?.p95) == 50)
        #expect(milliseconds(statistics.decidedToHook?.p50) == 550)
    }

    /// Neither a level, nor a rule that waited, nor a firing without a command, nor a test says how
    /// fast a sound is told of.
    @Test func onlyPromptAlertsAboutSoundsCount() {
        var late = eventAlert(3)
        late.firedAt = late.detectedAt.adding(seconds: 1.25)
        var test = eventAlert(4)
        test.isTest = true
        let start = evening.adding(seconds: 5_000)
        let statistics = AlertStatistics(
            alerts(2) + [
                (levelAlert(9, at: 0), start), (late, start), (test, start), (eventAlert(5), nil),
            ], suppressions: [])
        #expect(statistics.alertCount == 5)
        #expect(statistics.soundToHook?.count == 2)
        #expect(statistics.soundToDetected?.count == 4)
        #expect(statistics.detectedToFired?.count == 5)
        #expect(milliseconds(statistics.detectedToFired?.maximum) == 100_000)
        #expect(statistics.decidedToHook?.count == 4)
    }

    private var suppressions: [Suppression] {
        let reasons: [(Suppression.Reason, Int)] = [
            (.silenced, 5), (.cooldown, 4), (.cooldown, 5), (.globalLimit, 1),
        ]
        return reasons.map { reason, count in
            Suppression(
                rule: "bark", reason: reason, by: "", hour: evening, first: evening, last: evening,
                count: count)
        }
    }

    @Test func forPeople() {
        #expect(
            AlertStatistics(alerts(2), suppressions: suppressions).text == """
                alerts       2, tests left out
                held back    15 (9 cooldown, 5 silenced, 1 limit of all rules)

                SECONDS FROM         ALERTS     p50     p95     p99     MAX
                sound to hook             2   0.510   0.520   0.520   0.520
                  sound to detected       2   0.400   0.400   0.400   0.400
                  detected to fired       2   0.000   0.000   0.000   0.000
                  fired to decided        2   0.050   0.050   0.050   0.050
                  decided to hook         2   0.060   0.070   0.070   0.070

                Sound to hook is of alerts about events whose rule did not wait: it fired within
                1 s of the detection, and a command was started. Percentiles: nearest rank.

                """)
        let none = AlertStatistics([], suppressions: []).text
        #expect(none.contains("held back    0\n"))
        #expect(none.contains("sound to hook             0       -       -       -       -\n"))
    }

    @Test func forPrograms() throws {
        struct Fields: Decodable {
            struct Latency: Decodable { let count: Int, p50: Double, p95: Double, p99: Double }
            let alerts: Int
            let suppressed: Int
            let suppressedByReason: [String: Int]
            let soundToHookS: Latency?
        }
        let json = AlertStatistics(alerts(2), suppressions: suppressions).json
        let fields = try snakeCaseDecoder.decode(Fields.self, from: Data(json.utf8))
        #expect(fields.alerts == 2 && fields.suppressed == 15)
        #expect(fields.suppressedByReason["cooldown"] == 9)
        #expect(fields.suppressedByReason["schedule"] == 0)
        #expect(fields.soundToHookS?.p95 == 0.52)
        #expect(AlertStatistics([], suppressions: []).json.contains("\"sound_to_hook_s\":null"))
    }

    /// A damaged database holds any count.
    @Test func aSumThatIsTooLarge() {
        var held = Array(suppressions.prefix(1))
        held[0].count = .max
        #expect(SuppressionCount(held + held).text == "\(Int.max) (\(Int.max) silenced)")
    }
}
