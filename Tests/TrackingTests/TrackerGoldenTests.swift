import Foundation
import SoundTypes
import Testing
import Timekeeping

@testable import Tracking

/// The tracker against that of `Training`, by which the thresholds and lengths of the model file
/// were chosen: the same events, to the step. `Training/tracker_goldens.py` wrote the tracks.
@Suite struct TrackerGoldenTests {
    private struct Goldens: Decodable {
        let stepSeconds: Double
        /// The scores are multiples of one part in so many.
        let units: Float
        let tracks: [Track]
    }

    private struct Track: Decodable {
        let on: Float
        let off: Float
        let announce: Float
        let announceWindow: Double
        let smoothing: Double
        let minimumDuration: Double
        let mergeGap: Double
        let scores: [Int]
        /// First step and one past the last.
        let events: [[Int64]]
        /// How each was first told of, retracted ones included: the onset, the step with which it
        /// was told, and whether it was settled.
        let beginnings: [[Int64]]

        /// No event is cut into parts: the tuning knows none.
        var parameters: LabelParameters {
            LabelParameters(
                onThreshold: on, offThreshold: off, announceThreshold: announce,
                announceSeconds: announceWindow, smoothingSeconds: smoothing,
                minimumDurationSeconds: minimumDuration, mergeGapSeconds: mergeGap,
                maximumDurationSeconds: 1_000)
        }
    }

    @Test func theTuningFindsTheSameEvents() throws {
        let url = try #require(
            Bundle.module.url(forResource: "Fixtures/tracks", withExtension: "json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let goldens = try decoder.decode(Goldens.self, from: Data(contentsOf: url))
        #expect(rate.samples(goldens.stepSeconds) == Int(step))
        for (number, track) in goldens.tracks.enumerated() {
            var recorder = try Recorder(track.parameters)
            recorder.feed(track.scores.map { Float($0) / goldens.units })
            recorder.finish()
            let found = recorder.bounds.filter { $0.kind == .ended }
                .map { [$0.onset, $0.heardUntil] }
            #expect(found == track.events, "track \(number)")
            let retracted = Set(
                recorder.bounds.filter { $0.kind == .retracted }.map(\.event))
            let told = zip(recorder.changes, recorder.steps)
                .filter { change, _ in change.kind == .began && change.part == 1 }
                .map { change, now in
                    [change.onset / step, now, retracted.contains(change.event) ? 0 : 1]
                }
            #expect(told == track.beginnings, "track \(number)")
        }
        #expect(goldens.tracks.map(\.events.count).reduce(0, +) > 200)
    }
}
