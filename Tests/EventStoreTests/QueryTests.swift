import EventStore
import Foundation
import GRDB
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct QueryTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    /// The same question answered without SQL.
    private func answer(_ query: EventQuery, from all: [SoundEvent]) -> [SoundEvent] {
        let matching = all.filter { event in
            (query.since.map { event.heardUntil >= $0 } ?? true)
                && (query.until.map { event.onset < $0 } ?? true)
                && (query.labels.isEmpty || query.labels.contains(event.label))
                && event.peakConfidence >= query.minimumConfidence
                && (query.includesRetracted || event.status != .retracted)
                && (query.source.map { event.source == $0 } ?? true)
        }
        let sorted = matching.sorted {
            ($0.onset, $0.id, $0.part) < ($1.onset, $1.id, $1.part)
        }
        let newest = sorted.suffix(query.limit ?? sorted.count)
        return query.newestFirst ? newest.reversed() : Array(newest)
    }

    private func randomEvent(_ id: Int64, _ random: inout SeededRandom) -> SoundEvent {
        // Whole seconds, so that bounds are often hit exactly; now and then a very long event.
        let duration = Int.random(in: 0..<20, using: &random) == 0 ? 900 : 6
        return event(
            id, part: Int.random(in: 1...2, using: &random),
            source: ["mic", "garden"].randomElement(using: &random) ?? "mic",
            label: ["dog", "cat", "siren"].randomElement(using: &random) ?? "dog",
            at: Double(Int.random(in: 0..<1_000, using: &random)),
            for: Double(Int.random(in: 0...duration, using: &random)),
            confidence: Double(Int.random(in: 0...10, using: &random)) / 10,
            SoundEvent.Status.allCases.randomElement(using: &random) ?? .complete)
    }

    private func randomQuery(_ random: inout SeededRandom) -> EventQuery {
        func time() -> UTCTime? {
            Bool.random(using: &random)
                ? evening.adding(seconds: Double(Int.random(in: -50..<1_050, using: &random))) : nil
        }
        var query = EventQuery(since: time(), until: time())
        query.labels = Set(
            ["dog", "cat", "wolf"].filter { _ in Int.random(in: 0..<4, using: &random) == 0 })
        query.includesRetracted = Bool.random(using: &random)
        query.minimumConfidence = [0, 0, 0.5, 1].randomElement(using: &random) ?? 0
        query.source = [nil, nil, "mic", "attic"].randomElement(using: &random) ?? nil
        query.limit = [nil, nil, 0, 1, 7].randomElement(using: &random) ?? nil
        query.newestFirst = Bool.random(using: &random)
        return query
    }

    @Test func everyQueryGivesWhatAFilterOverAllEventsGives() throws {
        let seed: UInt64 = 20_261_122
        print("queries: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let all = (1...400).map { randomEvent($0, &random) }
        try EventStore(path: path).write(all.map { .event($0) })
        let reader = try EventReader(path: path)
        var found = 0
        for _ in 0..<1_000 {
            let query = randomQuery(&random)
            let events = try reader.events(query)
            if events != answer(query, from: all) { Issue.record("wrong answer to \(query)") }
            found += events.count
        }
        #expect(found > 10_000)
    }

    @Test func theEndsOfTimeAreAccepted() throws {
        try EventStore(path: path).write([.event(event(1))])
        let reader = try EventReader(path: path)
        let first = UTCTime(microseconds: .min)
        let last = UTCTime(microseconds: .max)
        #expect(try reader.events(EventQuery(since: first, until: last)) == [event(1)])
        #expect(try reader.events(EventQuery(since: last, until: first)) == [])
        #expect(try reader.events(EventQuery(limit: -1)) == [])
    }

    @Test func namesAreDataNotSQL() throws {
        let name = "o'brien\" -- %; DROP TABLE event"
        let odd = event(1, source: name, label: name)
        try EventStore(path: path).write([.event(odd), .event(event(2))])
        let reader = try EventReader(path: path)
        #expect(try reader.events(EventQuery(labels: [name], source: name)) == [odd])
        #expect(try reader.knownLabels() == ["dog", name])
        #expect(try reader.knownSources() == ["mic", name])
    }

    /// The budget of `monitorctl events --since 1h` is 20 ms on a year of history.
    @Test func aShortPeriodOfALongHistoryIsFoundByItsIndex() throws {
        try EventStore(path: path).write([.event(event(1))])
        // 200 000 events, 150 s apart: a year.
        try inside(path) { db in
            try db.execute(
                sql: """
                    WITH RECURSIVE n(value) AS
                      (SELECT 2 UNION ALL SELECT value + 1 FROM n WHERE value < 200000)
                    INSERT INTO event SELECT value, 1, 1, 1, ?1 + value * 150000000,
                      ?1 + value * 150000000 + value % 30000000, 0.5, 0.5, 'complete', value,
                      NULL, NULL, NULL, NULL, NULL FROM n
                    """, arguments: [evening.microseconds])
        }
        let reader = try EventReader(path: path)
        let end = evening.adding(seconds: 200_000 * 150)
        let hour = EventQuery(since: end.adding(seconds: -3_600))
        let plan = try reader.plan(hour)
        #expect(plan == ["SEARCH event USING INDEX event_onset (onset_us>?)"])
        var best = Duration.seconds(60)
        for _ in 0..<5 {
            var count = 0
            best = min(best, try processorTime { count = try reader.events(hour).count })
            #expect(count == 25)
        }
        // SQLite works on the thread that asks, or nothing would be measured.
        print("an hour of a year: \(best)")
        #expect(best > .microseconds(50) && best <= .milliseconds(20))

        let day = EventQuery(since: evening, until: evening.adding(seconds: 86_400))
        #expect(
            try reader.plan(day)
                == ["SEARCH event USING INDEX event_onset (onset_us>? AND onset_us<?)"])
        #expect(
            try reader.plan(EventQuery(since: evening, labels: ["dog"]))
                == ["SEARCH event USING INDEX event_label_onset (label=? AND onset_us>?)"])
        #expect(
            try reader.plan(EventQuery(limit: 10))
                == ["SCAN event USING INDEX event_onset"])
        let cursor = try reader.endedEvents(EventQuery(limit: 1)).cursor
        #expect(
            try reader.plan(EventQuery(labels: ["dog"]), endedAfter: cursor)
                == ["SEARCH event USING INDEX event_ended (ended_order>?)"])
    }

    @Test func eachEndIsFollowedOnce() throws {
        let store = try EventStore(path: path)
        let reader = try EventReader(path: path)
        try store.write([.event(event(1)), .event(event(2, at: 1, .open))])
        var page = try reader.endedEvents(EventQuery())
        #expect(page.events == [event(1)])

        try store.write([.event(event(2, at: 1, for: 2, .open)), .event(event(3, at: 2, .open))])
        page = try reader.endedEvents(after: page.cursor, EventQuery())
        #expect(page.events == [])

        // The later one ends first; the first part of the other is written twice.
        try store.write([.event(event(3, at: 2))])
        try store.write([
            .event(event(2, at: 1, for: 9)), .event(event(2, part: 2, at: 10, .open)),
        ])
        try store.write([.event(event(2, at: 1, for: 9))])
        page = try reader.endedEvents(after: page.cursor, EventQuery())
        #expect(page.events == [event(3, at: 2), event(2, at: 1, for: 9)])
        try store.write([.event(event(3, at: 2))])
        #expect(try reader.endedEvents(after: page.cursor, EventQuery()).events == [])

        // What was open when the monitor stopped ends when the next one starts.
        try store.close()
        let next = try EventStore(path: path)
        try next.write([.event(event(4, label: "cat"))])
        let query = EventQuery(since: evening.adding(seconds: 1_000))
        page = try reader.endedEvents(after: page.cursor, query)
        #expect(page.events.map(\.status) == [.interrupted, .complete])
        try next.write([.event(event(5, label: "cat")), .event(event(6, confidence: 0.2))])
        #expect(
            try reader.endedEvents(
                after: page.cursor, EventQuery(labels: ["cat"], minimumConfidence: 0.5)
            ).events == [event(5, label: "cat")])
    }

    /// A limit chooses what is shown at first. The cursor goes to the end, so anything a limit held
    /// back after that would be lost.
    @Test func aLimitKeepsBackNoEnd() throws {
        let store = try EventStore(path: path)
        let reader = try EventReader(path: path)
        try store.write((1...3).map { .event(event($0, at: Double($0))) })
        let queries = [EventQuery(limit: 1), EventQuery(limit: 0, newestFirst: true)]
        for (query, first) in zip(queries, [Int64(100), 200]) {
            let page = try reader.endedEvents(query)
            #expect(page.events.count == query.limit)
            let ids = Array(first..<(first + 36))
            try store.write(ids.map { .event(event($0, at: -Double($0))) })
            #expect(try reader.endedEvents(after: page.cursor, query).events.map(\.id) == ids)
        }
    }
}
