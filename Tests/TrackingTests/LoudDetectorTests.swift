import Testing
import Timekeeping
import Tracking

/// Levels are given as frames of 10 ms at 16 kHz.
@Suite struct LoudDetectorTests {
    private let rate = SampleRate(hertz: 16_000)!

    @Test func aSoundAboveTheThresholdIsAnEvent() throws {
        let events = try run(
            LoudParameters(absoluteDecibels: 65),
            [(3, 50), (2, 70), (10, 50)])
        #expect(events.map(\.onset) == [3])
        #expect(events.map(\.end) == [5])
    }

    @Test func theThresholdItselfIsReached() throws {
        #expect(try run(LoudParameters(absoluteDecibels: 65), [(2, 65), (9, 50)]).count == 1)
        #expect(try run(LoudParameters(absoluteDecibels: 65), [(2, 64.99), (9, 50)]).isEmpty)
    }

    /// Within the hysteresis the sound goes on.
    @Test func hysteresisHoldsTheEvent() throws {
        let parameters = LoudParameters(absoluteDecibels: 65, hysteresisDecibels: 3)
        let events = try run(parameters, [(2, 66), (20, 62.1), (1, 66), (20, 61.9)])
        #expect(events.map(\.onset) == [0])
        #expect(events.map(\.end) == [23])
    }

    @Test func aShortSoundIsNoEvent() throws {
        let parameters = LoudParameters(absoluteDecibels: 65, minimumDurationSeconds: 1)
        #expect(try run(parameters, [(0.9, 80), (9, 40)]).isEmpty)
    }

    @Test func theHoldTimeJoinsSounds() throws {
        let parameters = LoudParameters(absoluteDecibels: 65, holdSeconds: 4)
        #expect(try run(parameters, [(2, 80), (3.9, 40), (2, 80), (9, 40)]).count == 1)
        #expect(try run(parameters, [(2, 80), (4.1, 40), (2, 80), (9, 40)]).count == 2)
    }

    @Test func theBackgroundMovesTheThreshold() throws {
        let parameters = LoudParameters(aboveBackgroundDecibels: 15)
        #expect(try run(parameters, background: 40, [(2, 56), (9, 40)]).count == 1)
        #expect(try run(parameters, background: 45, [(2, 56), (9, 40)]).isEmpty)
        #expect(try run(parameters, background: nil, [(2, 140), (9, 40)]).isEmpty)
    }

    @Test func withBothThresholdsEitherIsEnough() throws {
        let parameters = LoudParameters(absoluteDecibels: 70, aboveBackgroundDecibels: 20)
        #expect(try run(parameters, background: 30, [(2, 55), (9, 30)]).count == 1)
        #expect(try run(parameters, background: 60, [(2, 72), (9, 60)]).count == 1)
        #expect(try run(parameters, background: 45, [(2, 60), (9, 45)]).isEmpty)
    }

    @Test func digitalSilenceIsNotLoud() throws {
        #expect(try run(LoudParameters(absoluteDecibels: -120), [(9, -.infinity)]).isEmpty)
    }

    @Test func everySoundIsLoudOverSilenceButSilence() throws {
        let parameters = LoudParameters(aboveBackgroundDecibels: 15)
        let events = try run(
            parameters, background: -.infinity, [(3, -.infinity), (2, -90), (9, -.infinity)])
        #expect(events.map(\.onset) == [3])
        #expect(events.map(\.end) == [5])
    }

    @Test func impossibleParametersAreRefused() {
        #expect(throws: TrackingError.noLoudThreshold) {
            try LoudDetector(parameters: LoudParameters(), rate: rate)
        }
    }

    /// The completed events, in seconds.
    private func run(
        _ parameters: LoudParameters, background: Double? = nil,
        _ levels: [(seconds: Double, level: Double)]
    ) throws -> [(onset: Double, end: Double)] {
        var detector = try LoudDetector(parameters: parameters, rate: rate)
        var events: [(onset: Double, end: Double)] = []
        var position: Int64 = 0
        for (seconds, level) in levels {
            for _ in 0..<Int((seconds * 100).rounded()) {
                detector.process(
                    level: level, background: background, start: position, end: position + 160
                ) { change in
                    guard change.kind == .ended else { return }
                    events.append((rate.seconds(change.onset), rate.seconds(change.heardUntil)))
                }
                position += 160
            }
        }
        return events
    }
}
