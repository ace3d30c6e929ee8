import SoundTypes
import Testing
import Tracking

@Suite struct EventTrackerTests {
    @Test func hysteresis() throws {
        var recorder = try Recorder(parameters())
        recorder.feed([0.49, 0.5, 0.3, 0.4, 0.29, 0.4, 0.3])
        #expect(
            recorder.bounds == [
                Bound(.began, onset: 1, heardUntil: 2), Bound(.ended, onset: 1, heardUntil: 4),
            ])
    }

    @Test(arguments: [(2, false), (3, true), (4, true)])
    func minimumDurationIsReachedExactly(length: Int, isAnnounced: Bool) throws {
        var recorder = try Recorder(parameters(minimum: 3))
        recorder.feed([0] + Array(repeating: 0.9, count: length) + [0])
        let expected = [
            Bound(.began, onset: 1, heardUntil: 4),
            Bound(.ended, onset: 1, heardUntil: Int64(1 + length)),
        ]
        #expect(recorder.bounds == (isAnnounced ? expected : []))
    }

    @Test(arguments: [(1, true), (2, true), (3, false), (4, false)])
    func dipShorterThanTheMergeGapIsBridged(dip: Int, isBridged: Bool) throws {
        var recorder = try Recorder(parameters(gap: 3))
        recorder.feed([0.9, 0.9] + Array(repeating: 0, count: dip) + [0.9, 0, 0, 0])
        let end = Int64(3 + dip)
        let two = [
            Bound(.began, onset: 0, heardUntil: 1), Bound(.ended, onset: 0, heardUntil: 2),
            Bound(.began, event: 2, onset: end - 1, heardUntil: end),
            Bound(.ended, event: 2, onset: end - 1, heardUntil: end),
        ]
        let one = [
            Bound(.began, onset: 0, heardUntil: 1), Bound(.ended, onset: 0, heardUntil: end),
        ]
        #expect(recorder.bounds == (isBridged ? one : two))
    }

    @Test func offsetIsTheMomentOfTheFall() throws {
        var recorder = try Recorder(parameters(gap: 10))
        recorder.feed([0.9, 0.9] + Array(repeating: 0, count: 9))
        #expect(recorder.bounds.count == 1)
        recorder.feed([0])
        #expect(recorder.bounds.last == Bound(.ended, onset: 0, heardUntil: 2))
    }

    @Test func longSoundGoesOnInParts() throws {
        var recorder = try Recorder(parameters(maximum: 4))
        recorder.feed(Array(repeating: 0.9, count: 9) + [0])
        #expect(
            recorder.bounds == [
                Bound(.began, part: 1, onset: 0, heardUntil: 1),
                Bound(.ended, part: 1, onset: 0, heardUntil: 4),
                Bound(.began, part: 2, onset: 4, heardUntil: 5),
                Bound(.ended, part: 2, onset: 4, heardUntil: 8),
                Bound(.began, part: 3, onset: 8, heardUntil: 9),
                Bound(.ended, part: 3, onset: 8, heardUntil: 9),
            ])
    }

    @Test func soundAsLongAsTheMaximumHasOnePart() throws {
        var recorder = try Recorder(parameters(maximum: 4))
        recorder.feed(Array(repeating: 0.9, count: 4) + [0])
        #expect(recorder.bounds.last == Bound(.ended, onset: 0, heardUntil: 4))
        #expect(recorder.bounds.count == 2)
    }

    @Test func partsMeetWhereADipBegan() throws {
        var recorder = try Recorder(parameters(gap: 3, maximum: 4))
        recorder.feed([0.9, 0.9, 0.9, 0, 0, 0.9])
        #expect(
            recorder.bounds == [
                Bound(.began, part: 1, onset: 0, heardUntil: 1),
                Bound(.ended, part: 1, onset: 0, heardUntil: 3),
                Bound(.began, part: 2, onset: 3, heardUntil: 6),
            ])
    }

    @Test func gapEndsAtTheLastSampleHeard() throws {
        var recorder = try Recorder(parameters(gap: 5))
        recorder.feed([0.9, 0.9, 0])
        recorder.finish()
        #expect(recorder.bounds.last == Bound(.ended, onset: 0, heardUntil: 2))
        recorder.skip(100)
        recorder.feed([0.9])
        #expect(recorder.bounds.last == Bound(.began, event: 2, onset: 103, heardUntil: 104))
    }

    @Test func jumpOfTheTimelineIsAGap() throws {
        var recorder = try Recorder(parameters(gap: 5))
        recorder.feed([0.9])
        recorder.skip(1)
        recorder.feed([0.9])
        #expect(
            recorder.bounds == [
                Bound(.began, onset: 0, heardUntil: 1), Bound(.ended, onset: 0, heardUntil: 1),
                Bound(.began, event: 2, onset: 2, heardUntil: 3),
            ])
    }

    @Test func gapForgetsACandidateAndTheSmoothing() throws {
        var recorder = try Recorder(parameters(minimum: 3, smoothing: 50))
        recorder.feed([0.9, 0.9])
        recorder.finish()
        recorder.feed([0.1, 0.1, 0.1])
        recorder.finish()
        #expect(recorder.changes.isEmpty)
    }

    @Test func finishEndsWhatIsOpen() throws {
        var recorder = try Recorder(parameters(gap: 5))
        recorder.feed([0.9, 0.9, 0])
        recorder.finish()
        recorder.finish()
        #expect(recorder.bounds.last == Bound(.ended, onset: 0, heardUntil: 2))
        #expect(recorder.bounds.count == 2)
    }

    @Test func notANumberCountsAsZero() throws {
        var recorder = try Recorder(parameters(smoothing: 2))
        recorder.feed([0.9, 0.9, .nan, .nan, .nan, .nan, -.infinity, 0.9, 0.9, 0.9, .infinity])
        recorder.finish()
        #expect(recorder.bounds.count == 4)
        for change in recorder.changes {
            #expect((0...1).contains(change.peak) && (0...1).contains(change.mean))
        }
    }

    @Test func theFilterMovesNoEdgeAndSettlesHalfItsLengthLater() throws {
        var recorder = try Recorder(parameters(smoothing: 5))
        recorder.feed([0, 0, 0, 1, 1])
        #expect(recorder.bounds.isEmpty)
        // Two steps after the first one at 1, the filter has seen all that it asks for.
        recorder.feed([1])
        #expect(recorder.bounds == [Bound(.began, onset: 3, heardUntil: 4)])
        recorder.feed([1, 1] + Array(repeating: 0, count: 9))
        #expect(
            recorder.bounds == [
                Bound(.began, onset: 3, heardUntil: 4), Bound(.ended, onset: 3, heardUntil: 8),
            ])
    }

    @Test func aSpikeShorterThanHalfTheFilterIsNothing() throws {
        var recorder = try Recorder(parameters(smoothing: 5))
        recorder.feed([0, 0, 1, 1, 0, 0, 0, 0])
        recorder.finish()
        #expect(recorder.changes.isEmpty)
    }

    @Test func whatTheFilterHoldsIsSettledAtTheEnd() throws {
        var recorder = try Recorder(parameters(minimum: 3, smoothing: 5))
        recorder.feed([0, 0, 0, 0, 1, 1, 1, 1])
        #expect(recorder.bounds.isEmpty)
        recorder.finish()
        #expect(
            recorder.bounds == [
                Bound(.began, onset: 4, heardUntil: 7), Bound(.ended, onset: 4, heardUntil: 8),
            ])
    }

    @Test func peakAndMean() throws {
        var recorder = try Recorder(parameters(gap: 2))
        recorder.feed([0.5, 0.9, 0.1, 0.7, 0, 0])
        let last = try #require(recorder.changes.last)
        #expect(last.peak == 0.9)
        #expect(abs(last.mean - 0.55) < 1e-6)
    }

    @Test func updatesAreRareUnlessThePeakRises() throws {
        var recorder = try Recorder(parameters())
        recorder.feed(Array(repeating: 0.6, count: 30))
        // 0.5 s is 12.5 steps: an update with every 13th step after the announcement.
        #expect(recorder.changes.map { $0.heardUntil / step } == [1, 14, 27])
        recorder.feed([0.62, 0.64, 0.66, 0.66])
        #expect(recorder.changes.last?.heardUntil == 33 * step)
        #expect(recorder.changes.last?.peak == 0.66)
        #expect(recorder.changes.count == 4)
    }

    @Test func labelsAreIndependent() throws {
        var tracker = try EventTracker(
            labels: [parameters(), parameters(gap: 5)], rate: rate, stepSamples: Int(step))
        var changes: [TrackedChange] = []
        for (index, scores) in [[0.9, 0.9], [0, 0.9], [0.9, 0]].enumerated() {
            let start = Int64(index) * step
            let span = scores.map(Float.init)
            tracker.process(scores: span.span, start: start, end: start + step) {
                changes.append($0)
            }
        }
        #expect(changes.map(\.label) == [0, 1, 0, 0])
        #expect(changes.map(\.event) == [1, 2, 1, 3])
    }

    @Test func impossibleParametersAreRefused() {
        func error(_ parameters: LabelParameters) -> TrackingError? {
            do throws(TrackingError) {
                try parameters.validate()
                return nil
            } catch {
                return error
            }
        }
        #expect(
            error(LabelParameters(onThreshold: 0.2, offThreshold: 0.3))
                == .offAboveOn(off: 0.3, on: 0.2))
        #expect(
            error(LabelParameters(onThreshold: 1.5))
                == .thresholdOutOfRange(name: "on", value: 1.5))
        #expect(
            error(LabelParameters(smoothingSeconds: -1))
                == .lengthOutOfRange(name: "smoothing", seconds: -1))
        #expect(
            error(LabelParameters(mergeGapSeconds: 2, maximumDurationSeconds: 2))
                == .maximumTooShort(seconds: 2, mustExceed: 2.2))
        #expect(error(LabelParameters()) == nil)
    }

    @Test func overridesReplaceOnlyWhatTheyName() {
        let tracking = TrackingParameters(
            labels: ["siren": LabelOverrides(onThreshold: 0.6, minimumDurationSeconds: 1)])
        let siren = tracking.parameters(for: "siren")
        #expect(siren.onThreshold == 0.6)
        #expect(siren.minimumDurationSeconds == 1)
        #expect(siren.offThreshold == LabelParameters().offThreshold)
        #expect(tracking.parameters(for: "dog") == LabelParameters())
    }
}
