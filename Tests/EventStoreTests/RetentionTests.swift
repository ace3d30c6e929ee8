import AlertTypes
import Foundation
import GRDB
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import EventStore

@Suite struct RetentionTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
    }

    private func count(_ table: String) throws -> Int {
        try inside(path) { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    /// Removes everything of a kind, in steps of so many.
    private func removeAll(
        _ kind: Retention.Kind, before end: UTCTime, from store: EventStore, by limit: Int
    ) throws -> Int {
        var total = 0
        while true {
            let count = try store.remove(kind, before: end, limit: limit)
            #expect(count <= limit)
            total += count
            if count < limit { return total }
        }
    }

    /// Three hours and a bit, of two measurements.
    private func streets() throws -> EventStore {
        let store = try EventStore(path: path)
        var street = Street(seed: 1)
        let other = LevelScale(fullScaleDecibels: 0, state: .uncalibrated)
        for start in stride(from: 0, to: 11_000, by: 1_000) {
            if start == 5_000 { street.scale = other }
            try store.write(
                (start..<(start + 1_000)).map { .level(source: "mic", street.record($0)) })
        }
        return store
    }

    /// A minute that another measurement left open is rolled up before its seconds go.
    @Test func anOpenMinuteIsNotLost() throws {
        let store = try streets()
        let reader = try EventReader(path: path)
        let minute = [time(4_980), time(5_040)]
        let before = try reader.levels(source: "mic", boundaries: minute)[0].summary
        #expect(try removeAll(.seconds, before: time(7_200), from: store, by: 999) == 7_200)
        let after = try reader.levels(source: "mic", boundaries: minute)[0].summary
        #expect(after.seconds == before.seconds && after.seconds > 0)
        #expect(after.fastMaximum == before.fastMaximum)
        try store.close()
    }

    /// With every minute rolled up but the last.
    private func closedStreets() throws -> EventStore {
        try streets().close()
        return try EventStore(path: path)
    }

    @Test func whatIsMadeFromSecondsStays() throws {
        let store = try closedStreets()
        let reader = try EventReader(path: path)
        let hours = (0...3).map { time($0 * 3_600) }
        #expect(try reader.secondsRemovedUntil(source: "mic") == nil)
        let before = try reader.levels(source: "mic", boundaries: hours)
        let minutes = (0...180).map { time($0 * 60) }
        let minutesBefore = try reader.levels(source: "mic", boundaries: minutes)
        // 7 300 s: the hour is not over.
        #expect(
            try removeAll(.seconds, before: time(7_300), from: store, by: 999) == 7_200)
        #expect(try count("level_second") == 11_000 - 7_200)
        #expect(try reader.levels(source: "mic", boundaries: hours) == before)
        #expect(try reader.levels(source: "mic", boundaries: minutes) == minutesBefore)
        let inside = try reader.levels(source: "mic", boundaries: [time(90), time(100)])
        #expect(inside[0].summary.seconds == 0)
        let range = try #require(try reader.levelRange(source: "mic"))
        #expect(range.first == time(0) && range.last == time(10_999))
        #expect(try reader.secondsRemovedUntil(source: "mic") == time(7_200))
        #expect(try reader.levelSources() == ["mic"])
        // Made again, the roll-ups without seconds stay as they are.
        try store.rebuildRollups()
        #expect(try reader.levels(source: "mic", boundaries: minutes) == minutesBefore)
        try store.close()
    }

    @Test func theLoudestSecondIsKnownToTheMinute() throws {
        let store = try EventStore(path: path)
        try store.write(
            (0..<7_200).map { .level(source: "mic", record($0, level: $0 == 1_234 ? -20 : -60)) })
        let reader = try EventReader(path: path)
        let loudest = try reader.loudestSecond(source: "mic", since: time(0), until: time(7_200))
        #expect(loudest?.time == time(1_234))
        #expect(try removeAll(.seconds, before: time(3_600), from: store, by: 1_000) == 3_600)
        let known = try reader.loudestSecond(source: "mic", since: time(0), until: time(7_200))
        #expect(known?.time == time(1_200) && known?.level == loudest?.level)
        #expect(try removeAll(.minutes, before: time(3_600), from: store, by: 10) == 124)
        let rough = try reader.loudestSecond(source: "mic", since: time(0), until: time(7_200))
        #expect(rough?.time == time(0) && rough?.level == loudest?.level)
        try store.close()
    }

    @Test func minutesAndHours() throws {
        let store = try closedStreets()
        let reader = try EventReader(path: path)
        let hours = (0...3).map { time($0 * 3_600) }
        let before = try reader.levels(source: "mic", boundaries: hours)
        _ = try removeAll(.seconds, before: time(7_200), from: store, by: 5_000)
        // Two measurements share the second hour: 61 minutes, 5 quarters and their histograms.
        let removed = try removeAll(.minutes, before: time(7_200), from: store, by: 7)
        #expect(removed == 121 + 121 + 9)
        #expect(try reader.levels(source: "mic", boundaries: hours) == before)
        #expect(try removeAll(.hours, before: time(7_200), from: store, by: 100) == 3)
        let after = try reader.levels(source: "mic", boundaries: hours)
        #expect(after.map(\.summary.seconds) == [0, 0, before[2].summary.seconds])
        try store.close()
    }

    @Test func eventsGoWithTheirPicturesAndMarks() throws {
        let store = try EventStore(path: path, pictureBytes: 130)
        try store.write([
            .event(event(1)), .event(event(1, part: 2, at: 50)), .event(event(2, at: 10)),
            .event(event(3, at: 20, .open)), .event(event(4, at: 30)), .event(event(5, at: 5)),
        ])
        try store.write([1, 2, 4].map { .picture(picture($0)) })
        try store.close()
        for id in [1, 4] as [Int64] {
            #expect(
                try EventMarker(path: path).mark(
                    event: id, EventMark(verdict: .right), at: evening))
        }
        let again = try EventStore(path: path, pictureBytes: 130)
        // The open event was interrupted by the close; it is old, too.
        #expect(try again.remove(.events, before: time(40), limit: 2) == 2)
        #expect(try removeAll(.events, before: time(40), from: again, by: 1) == 2)
        // 5 has the highest number, and a part of 1 is younger.
        let left = try inside(path) { try Int64.fetchAll($0, sql: "SELECT id FROM event") }
        #expect(left == [1, 5])
        #expect(try count("event_picture") == 1)
        #expect(try count("mark") == 1)
        #expect(again.nextEventID() == 6)
        // The bound on pictures knows of those that are gone: three fit in.
        try again.write([5, 6].map { .picture(picture($0)) })
        #expect(try count("event_picture") == 3)
        try again.close()
        #expect(try EventStore(path: path).nextEventID() == 6)
    }

    /// Ten frames of two bands make 40 bytes.
    private func picture(_ id: Int64) -> EventPicture {
        EventPicture(
            eventID: id, start: evening, features: FeatureParameters(bands: 2, floor: 1e-14),
            frames: [UInt8](repeating: 1, count: 20), labels: ["a", "b"],
            scores: [UInt8](repeating: 128, count: 20), framesPerStep: 1, model: "m",
            parameters: LabelParameters())
    }

    @Test func alertsThatAreOver() throws {
        let store = try EventStore(path: path)
        let held = Suppression(
            rule: "bark", reason: .cooldown, by: "", hour: time(0), first: time(1), last: time(2),
            count: 3)
        try store.write([
            .alerts(
                AlertChanges(
                    alerts: [
                        alert(1, until: 10), alert(2, at: 20), alert(3, at: 30, until: 99),
                    ], suppressions: [held]))
        ])
        #expect(try removeAll(.alerts, before: time(50), from: store, by: 1) == 2)
        let left = try inside(path) { try Int64.fetchAll($0, sql: "SELECT id FROM alert") }
        #expect(left == [2, 3])
        #expect(try count("alert_event") == 4)
        #expect(try count("suppression") == 0)
        try store.close()
    }

    @Test func runsThatAreOver() throws {
        let store = try EventStore(path: path)
        try store.write([
            .hookRun(run(1, alert: 1, .exited)), .hookRun(run(2, alert: 1, .waiting)),
            .hookRun(run(3, alert: 1, .exited, at: 60)),
        ])
        #expect(try store.remove(.hookRuns, before: time(60), limit: 10) == 1)
        let left = try inside(path) { try Int64.fetchAll($0, sql: "SELECT id FROM hook_run") }
        #expect(left == [2, 3])
        try store.close()
    }

    @Test func scores() throws {
        let store = try EventStore(path: path)
        try store.write([
            .scores(
                (0..<100).map { second in
                    SecondScores(
                        source: "mic", start: time(second), labels: ["a"], maxima: [7])
                })
        ])
        #expect(try removeAll(.scores, before: time(50), from: store, by: 2) == 3)
        #expect(try store.oldestSecond() == time(60))
        try store.close()
    }

    /// A file that has nothing but free pages shrinks to what is to stay free.
    @Test func roomIsGivenBack() throws {
        let store = try streets()
        try store.write((1...50).map { .picture(largePicture($0)) })
        try store.close()
        let again = try EventStore(path: path, pictureBytes: 0)
        let (used, free) = try again.size()
        #expect(used < 2_000_000 && free > 3_000_000)
        #expect(try again.giveBack(pages: 10, keeping: 1_000_000) == 10)
        var pages = 0
        while true {
            let count = try again.giveBack(pages: 100, keeping: 1_000_000)
            guard count > 0 else { break }
            pages += count
        }
        let (usedLater, freeLater) = try again.size()
        #expect(usedLater <= used, "\(used), \(usedLater)")
        #expect(freeLater < 1_004_096 && freeLater > 900_000, "\(freeLater)")
        #expect(Int64(pages + 10) * 4_096 >= free - freeLater - 100_000)
        try again.close()
        let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
        #expect(try #require(bytes) < 3_000_000)
    }

    private func largePicture(_ id: Int64) -> EventPicture {
        var picture = picture(id)
        picture.frames = [UInt8](repeating: 1, count: 80_000)
        picture.scores = [UInt8](repeating: 1, count: 80_000)
        return picture
    }

    /// A step costs what it removes, however much there is.
    @Test func theOldestAreFoundWithoutReadingTheRest() throws {
        func cost(of count: Int) throws -> Int {
            let store = try EventStore(path: directory.path("\(count).db"))
            try store.write((0..<count).map { .level(source: "mic", record($0)) })
            try store.write(
                (0..<count).map { .event(event(Int64($0 + 1), at: Double($0))) })
            let step = {
                for kind in Retention.Kind.allCases {
                    _ = try store.remove(kind, before: time(count), limit: 10)
                }
            }
            // The first one compiles the statements.
            try step()
            let cost = try instructions(of: store) { try step() }
            try store.close()
            return cost
        }
        let (few, many) = (try cost(of: 4_000), try cost(of: 12_000))
        #expect(few > 0 && many < few + few / 2, "\(few) instructions for 4000, \(many) for 12000")
    }
}
