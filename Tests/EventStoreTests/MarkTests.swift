import Database
import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing

@Suite struct MarkTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    private func marks() throws -> [EventMark?] {
        try EventReader(path: path).events(EventQuery()).map(\.mark)
    }

    /// The monitor keeps the database open and carries on writing.
    @Test func anEventIsMarkedWhileTheMonitorWrites() throws {
        let store = try EventStore(path: path)
        try store.write([
            .event(event(1)), .event(event(2, part: 1, at: 5)), .event(event(2, part: 2, at: 6)),
        ])
        let marker = try EventMarker(path: path)
        let wrong = EventMark(verdict: .wrong, label: "doorbell")
        #expect(try marker.mark(event: 2, wrong, at: evening))
        try store.write([.event(event(3, at: 10))])
        #expect(try marks() == [nil, wrong, wrong, nil])
        // What the monitor writes about the event later leaves the mark alone.
        try store.write([.event(event(2, part: 2, at: 6, for: 9))])
        #expect(try marks() == [nil, wrong, wrong, nil])
        try store.close()
    }

    @Test func aMarkIsReplacedAndRemoved() throws {
        let store = try EventStore(path: path)
        try store.write([.event(event(1))])
        try store.close()
        let marker = try EventMarker(path: path)
        #expect(try marker.mark(event: 1, EventMark(verdict: .wrong, label: "x"), at: evening))
        #expect(try marker.mark(event: 1, EventMark(verdict: .right), at: evening))
        #expect(try marks() == [EventMark(verdict: .right)])
        #expect(try marker.mark(event: 1, nil, at: evening))
        #expect(try marks() == [nil])
    }

    /// What was labelled dog and was or was not one, and what was labelled otherwise and was a dog.
    @Test func theMarkedEventsOfASoundAreFound() throws {
        let store = try EventStore(path: path)
        try store.write(
            (1...6).map { .event(event($0, label: $0 < 4 ? "dog" : "cat", at: Double($0))) }
                + [.event(event(1, part: 2, at: 9))])
        let marker = try EventMarker(path: path)
        let marks: [Int64: EventMark] = [
            1: EventMark(verdict: .right), 2: EventMark(verdict: .wrong, label: "doorbell"),
            4: EventMark(verdict: .right), 5: EventMark(verdict: .wrong, label: "dog"),
            6: EventMark(verdict: .wrong),
        ]
        for (id, mark) in marks { #expect(try marker.mark(event: id, mark, at: evening)) }
        try store.close()
        let reader = try EventReader(path: path)
        #expect(try reader.marked("dog").map(\.id) == [5, 2, 1])
        #expect(try reader.marked("doorbell").map(\.mark) == [marks[2]])
        #expect(try reader.marked("horse") == [])
    }

    @Test func anEventThatIsNotThereIsNotMarked() throws {
        try EventStore(path: path).close()
        #expect(
            try !EventMarker(path: path).mark(event: 9, EventMark(verdict: .right), at: evening))
    }

    @Test func aMissingDatabaseIsNotCreated() throws {
        let error = #expect(throws: StoreError.self) { try EventMarker(path: path) }
        #expect(error?.kind == .missing)
        #expect(try directory.contents() == [])
    }
}
