import Database
import EventStore
import Foundation
import GRDB
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// Per-second scores, written and read again.
@Suite struct ScoreSeriesTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let store: EventStore
    private static let labels = (0..<36).map { "label \($0)" }

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        store = try EventStore(path: path)
    }

    private func scores(
        _ second: Int, _ maxima: [UInt8], of source: String = "mic",
        labels: [String] = ["dog", "cat"]
    ) -> SecondScores {
        SecondScores(source: source, start: time(second), labels: labels, maxima: maxima)
    }

    private func stored(
        _ source: String = "mic", since: Int = -90_000, until: Int = 90_000, label: String? = nil
    ) throws -> [SecondScores] {
        var found: [SecondScores] = []
        try EventReader(path: path).forEachSecondScores(
            source: source, since: time(since), until: time(until), label: label
        ) { found.append($0) }
        return found
    }

    /// Seconds, labels and scores of any kind, with gaps, in any batches.
    @Test(arguments: 0..<6) func scoresComeBackAsTheyWere(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        print("scores: seed \(seed)")
        var expected: [SecondScores] = []
        for second in -30..<500 where Int.random(in: 0..<10, using: &random) > 0 {
            let share = [0, 1, 10, 100][(second + 30) / 150]
            expected.append(
                scores(
                    second,
                    Self.labels.map { _ in
                        let isHeard = Int.random(in: 1...100, using: &random) <= share
                        return isHeard ? UInt8.random(in: 0...255, using: &random) : 0
                    }, labels: Self.labels))
        }
        var rest = expected[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Int.random(in: 1...60, using: &random))
            try store.write([.scores(Array(batch))])
            // Writing again changes nothing.
            if Bool.random(using: &random) { try store.write([.scores(Array(batch))]) }
            rest.removeFirst(batch.count)
        }
        #expect(try stored() == expected)
        #expect(
            try stored(since: 17, until: 333) == expected.filter { (17..<333).contains(second($0)) }
        )
        let dogs = expected.map { scores(second($0), [$0.maxima[7]], labels: ["label 7"]) }
        #expect(try stored(label: "label 7") == dogs)
        #expect(try stored(label: "unheard of") == [])
        #expect(try stored("yard") == [])
    }

    private func second(_ scores: SecondScores) -> Int { Int(scores.start.seconds(since: evening)) }

    /// A second that occurs twice, or that two monitors heard a part of.
    @Test func theHigherScoreCounts() throws {
        try store.write([.scores([scores(3, [10, 200]), scores(3, [20, 100])])])
        try store.write([.scores([scores(3, [15, 150]), scores(4, [1, 1])])])
        #expect(try stored() == [scores(3, [20, 200]), scores(4, [1, 1])])
    }

    /// Models come and go: each list of labels is stored once, and what is read is in order.
    @Test func labelsMayChange() throws {
        let other = ["cat", "boiler"]
        var expected: [SecondScores] = []
        for second in 0..<9_000 {
            let isOther = (second / 2_000) % 2 == 1 || second == 100
            let value = UInt8(second % 250)
            expected.append(scores(second, [value, 0], labels: isOther ? other : ["dog", "cat"]))
        }
        try store.write([.scores(expected)])
        #expect(try stored() == expected)
        #expect(
            try stored(label: "boiler").map(second) == Array(2_000..<4_000).inserting(100)
                + Array(6_000..<8_000))
        let lists = try inside(path) {
            try String.fetchAll($0, sql: "SELECT labels FROM score_series ORDER BY id")
        }
        #expect(Set(lists) == [#"["dog","cat"]"#, #"["cat","boiler"]"#])
    }

    /// A time between two seconds: the next whole one counts.
    @Test func aSecondBelongsToThePeriodInWhichItBegins() throws {
        try store.write([.scores((0..<4).map { scores($0, [1, 2]) })])
        var found: [Int] = []
        try EventReader(path: path).forEachSecondScores(
            source: "mic", since: evening.adding(seconds: 0.5), until: evening.adding(seconds: 2.5)
        ) { found.append(second($0)) }
        #expect(found == [1, 2])
    }

    @Test func whatCannotBeStoredIsRefused() throws {
        var halved = scores(0, [1, 2])
        halved.start = evening.adding(seconds: 0.5)
        var early = scores(0, [1, 2])
        early.start = UTCTime(microseconds: -1_000_000)
        for senseless in [halved, early, scores(0, [1]), scores(0, [], labels: [])] {
            let error = #expect(throws: StoreError.self) {
                try store.write([.scores([senseless])])
            }
            #expect(error?.kind == .invalidValue, "\(senseless)")
        }
        #expect(try stored() == [])
    }

    /// Whatever bytes are stored, they give scores or an error.
    @Test func damageIsNoticed() throws {
        try store.write([.scores((0..<3).map { scores($0, [1, 0]) })])
        for damaged in [
            "", "00", "000700000102", "0107000000", "02070000", "00ffffff", "010700000109",
        ] {
            try inside(path) { try $0.execute(sql: "UPDATE score_block SET data = x'\(damaged)'") }
            let error = #expect(throws: StoreError.self) { try stored() }
            #expect(error?.kind == .damaged, "\(damaged)")
            #expect(error?.description.contains("table score_block") == true)
        }
    }

    // MARK: Size

    private func size() throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    /// A day of one source, in bytes.
    private func day(_ score: (_ second: Int, _ label: Int) -> UInt8) throws -> Int {
        for start in stride(from: 0, to: 86_400, by: 20) {
            try store.write([
                .scores(
                    (start..<start + 20).map { second in
                        scores(
                            second, (0..<36).map { score(second, $0) }, labels: Self.labels)
                    })
            ])
        }
        try store.close()
        try EventStore(path: path).close()
        return try size()
    }

    /// All labels busy all day, so that nothing can be made shorter.
    @Test func theWorstDayTakesAtMostFourMegabytes() throws {
        var random = SeededRandom(seed: 3)
        let empty = try size()
        let bytes = try day { _, _ in UInt8.random(in: 1...255, using: &random) } - empty
        print("a day of scores of 36 busy labels: \(bytes) bytes")
        #expect(bytes <= 4_000_000)
        var count = 0
        let all = try processorTime { count += try stored().count }
        let one = try processorTime { count += try stored(label: "label 7").count }
        print("a day of scores read in \(all), of one label \(one)")
        #expect(count == 172_800 && all < .seconds(20))
    }

    /// Now and then something is heard for some seconds, and a few labels are never quite silent.
    @Test func aUsualDayTakesLittle() throws {
        var random = SeededRandom(seed: 4)
        var until = [Int](repeating: 0, count: 36)
        let bytes = try day { second, label in
            if Int.random(in: 0..<2_000, using: &random) == 0 { until[label] = second + 10 }
            let isHeard = label < 4 || second < until[label]
            return isHeard ? UInt8.random(in: 1...255, using: &random) : 0
        }
        print("a usual day of scores: \(bytes) bytes")
        #expect(bytes <= 1_500_000)
    }
}

extension [Int] {
    fileprivate func inserting(_ number: Int) -> [Int] { (self + [number]).sorted() }
}
