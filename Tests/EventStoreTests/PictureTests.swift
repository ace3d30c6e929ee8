import Database
import EventStore
import GRDB
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import EventStore

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

    private func stored(_ other: String? = nil) throws -> [Int64] {
        try inside(other ?? path) {
            try Int64.fetchAll($0, sql: "SELECT event_id FROM event_picture")
        }
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

    /// The sizes are found in the index: the pictures themselves are not read.
    @Test(arguments: [
        "SELECT coalesce(sum(bytes), 0) FROM event_picture",
        "SELECT event_id, bytes FROM event_picture ORDER BY event_id",
    ])
    func theBoundIsKeptWithoutReadingPictures(_ sql: String) throws {
        try EventStore(path: path).close()
        let plan = try inside(path) { (db) throws in
            try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql).map { $0["detail"] as String }
        }
        #expect(plan.contains { $0.contains("COVERING INDEX event_picture_size") }, "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }

    /// A batch costs what it adds and removes, however many pictures there are.
    @Test func theBoundCostsWhatItRemoves() throws {
        /// Pictures of 40 bytes, as many as fit.
        func cost(of count: Int64) throws -> Int {
            let path = directory.path("\(count).db")
            let store = try EventStore(path: path, pictureBytes: 40 * count)
            try store.write((1...count).map { .picture(picture($0)) })
            // The first batches compile the statements.
            for id in 1...3 { try store.write([.picture(picture(count + Int64(id)))]) }
            let cost = try instructions(of: store) {
                try store.write([.picture(picture(count + 4))])
            }
            try store.close()
            #expect(try stored(path) == Array(5...count + 4))
            return cost
        }
        let (few, many) = (try cost(of: 10), try cost(of: 2_000))
        #expect(few > 0 && many < few + few / 2, "\(few) instructions for 10, \(many) for 2000")
    }

    /// Random batches, of which some are rolled back and some are not by this connection, against
    /// the rule itself.
    @Test func theBoundHoldsWhateverHappens() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let bound = 1_000
        var store = try EventStore(path: path, pictureBytes: Int64(bound))
        var kept: [Int64: Int] = [:]
        for step in 0..<300 {
            var next = kept
            let batch = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                // Old ids and new ones, also older ones than those that are there.
                let id = Int64.random(in: Int64(step)...Int64(step) + 40, using: &random)
                let frames = Int.random(in: 1...60, using: &random)
                next[id] = 4 * frames
                return StoreChange.picture(picture(id, frames: frames))
            }
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                #expect(throws: StoreError.self) {
                    try store.write(batch + [.event(event(1, confidence: 2))])
                }
                next = kept
            case 1:
                // Somebody else removes one.
                let victim = kept.keys.sorted().randomElement(using: &random) ?? 0
                try inside(path) {
                    try $0.execute(
                        sql: "DELETE FROM event_picture WHERE event_id = ?", arguments: [victim])
                }
                next = kept
                next[victim] = nil
            case 2:
                try store.close()
                store = try EventStore(path: path, pictureBytes: Int64(bound))
                next = kept
            default:
                try store.write(batch)
            }
            kept = next
            while kept.values.reduce(0, +) > bound { kept[kept.keys.min() ?? 0] = nil }
            #expect(try stored().sorted() == kept.keys.sorted(), "seed \(seed) step \(step)")
        }
        try store.close()
    }

    @Test(arguments: [
        "features = '{}'", "labels = 'dog'", "labels = '[]'", "frames = x'00'", "scores = x'00'",
        "frames_per_step = 9", "parameters = '[]'", "scores = x''",
        // Products overflow.
        "frames_per_step = 9223372036854775807", "frames_per_step = 4611686018427387904",
        "features = json_set(features, '$.bands', 4611686018427387904)",
        "features = json_set(features, '$.bands', 5000)",
        // Numbers that no spectrogram and no tracker has.
        "features = json_set(features, '$.hop_seconds', 1e300)",
        "features = json_set(features, '$.hop_seconds', 1e-300)",
        "features = json_set(features, '$.window_seconds', -1)",
        "features = json_set(features, '$.fft_seconds', 1e300)",
        "features = json_set(features, '$.high_hertz', 1e300)",
        "features = json_set(features, '$.floor', 1e-320)",
        "parameters = json_set(parameters, '$.on', 1e30)",
        "parameters = json_set(parameters, '$.off', -1)",
        "parameters = json_set(parameters, '$.median_s', -1)",
        "parameters = json_set(parameters, '$.maximum_duration_s', -1e300)",
        // A minute and more.
        "frames = zeroblob(20000)",
    ])
    func aRowThatMakesNoSenseIsDamage(_ assignment: String) throws {
        let store = try EventStore(path: path)
        try store.write([.picture(picture(1))])
        try store.close()
        try inside(path) { try $0.execute(sql: "UPDATE event_picture SET \(assignment)") }
        let reader = try EventReader(path: path)
        let error = #expect(throws: StoreError.self) { try reader.picture(ofEvent: 1) }
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
