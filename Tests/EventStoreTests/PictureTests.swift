import Database
import EventStore
import GRDB
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct PictureTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    /// `frames` frames of two bands, and one step of two labels per frame.
    private func picture(_ id: Int64, frames: Int = 10) -> EventPicture {
        EventPicture(
            eventID: id, start: evening.adding(seconds: Double(id)),
            features: FeatureParameters(bands: 2, floor: 1e-14),
            frames: (0..<(2 * frames)).map { UInt8(truncatingIfNeeded: $0) },
            labels: ["dog", "a \"b\" ü"], scores: [UInt8](repeating: 128, count: 2 * frames),
            framesPerStep: 1, model: "m 1a",
            parameters: LabelParameters(onThreshold: 0.65, smoothingSeconds: 0.12))
    }

    private func stored() throws -> [Int64] {
        try inside(path) { try Int64.fetchAll($0, sql: "SELECT event_id FROM event_picture") }
    }

    @Test func aPictureIsReadAsItWasWritten() throws {
        let store = try EventStore(path: path)
        try store.write([.picture(picture(3)), .picture(picture(4, frames: 1))])
        let reader = try EventReader(path: path)
        #expect(try reader.picture(ofEvent: 3) == picture(3))
        #expect(try reader.picture(ofEvent: 4) == picture(4, frames: 1))
        #expect(try reader.picture(ofEvent: 5) == nil)
        try store.close()
    }

    /// Ten frames make 40 bytes; three such pictures fit into 130.
    @Test func theOldestAreRemoved() throws {
        let store = try EventStore(path: path, pictureBytes: 130)
        for id in 1...5 as ClosedRange<Int64> { try store.write([.picture(picture(id))]) }
        #expect(try stored() == [3, 4, 5])
        try store.write([.picture(picture(6, frames: 30)), .event(event(7))])
        #expect(try stored() == [6])
        try store.close()
    }

    @Test func aSmallerBoundHoldsFromTheStart() throws {
        let store = try EventStore(path: path)
        try store.write((1...5).map { .picture(picture($0)) })
        try store.close()
        try EventStore(path: path).close()
        #expect(try stored() == [1, 2, 3, 4, 5])
        try EventStore(path: path, pictureBytes: 80).close()
        #expect(try stored() == [4, 5])
        try EventStore(path: path, pictureBytes: 0).close()
        #expect(try stored() == [])
    }

    /// The sizes are added up in the index: the pictures themselves are not read.
    @Test func theBoundIsKeptWithoutReadingPictures() throws {
        try EventStore(path: path).close()
        let plan = try inside(path) { (db) throws in
            try Row.fetchAll(
                db,
                sql: """
                    EXPLAIN QUERY PLAN
                    SELECT event_id, sum(bytes) OVER (ORDER BY event_id DESC) FROM event_picture
                    """
            ).map { $0["detail"] as String }
        }
        #expect(plan.contains { $0.contains("COVERING INDEX event_picture_size") }, "\(plan)")
    }

    @Test(arguments: [
        "features = '{}'", "labels = 'dog'", "labels = '[]'", "frames = x'00'", "scores = x'00'",
        "frames_per_step = 9", "parameters = '[]'", "scores = x''",
    ])
    func aRowThatMakesNoSenseIsDamage(_ assignment: String) throws {
        let store = try EventStore(path: path)
        try store.write([.picture(picture(1))])
        try store.close()
        try inside(path) { try $0.execute(sql: "UPDATE event_picture SET \(assignment)") }
        let reader = try EventReader(path: path)
        let error = #expect(throws: EventStoreError.self) { try reader.picture(ofEvent: 1) }
        #expect(error?.kind == .damaged)
    }

    @Test func thePartsOfAnEventComeInOrder() throws {
        let store = try EventStore(path: path)
        try store.write([
            .event(event(1, part: 2, at: 5)), .event(event(1, part: 1)), .event(event(2)),
        ])
        let reader = try EventReader(path: path)
        #expect(try reader.parts(ofEvent: 1).map(\.part) == [1, 2])
        #expect(try reader.parts(ofEvent: 3) == [])
        try store.close()
    }
}
