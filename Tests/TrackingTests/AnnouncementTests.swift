import SoundTypes
import Testing
import Tracking

/// What is announced before it is settled. Lengths and positions are in steps.
@Suite struct AnnouncementTests {
    /// Announced by two of three steps at 0.8; settled by a filter of seven and a length of four.
    private let quick = parameters(
        minimum: 4, gap: 2, smoothing: 7, announce: 0.8, window: 3)

    @Test func aClearSoundIsAnnouncedBeforeItIsSettled() throws {
        var recorder = try Recorder(quick)
        recorder.feed([0, 0, 0, 0.9, 0.9])
        #expect(recorder.bounds == [Bound(.began, onset: 3, heardUntil: 5)])
    }

    @Test func whatWasAnnouncedIsSettledAsTheSameEvent() throws {
        var recorder = try Recorder(quick)
        // The filter knows better when it began: at 0.6 already.
        recorder.feed([0, 0, 0, 0, 0.6, 0.9, 0.9] + Array(repeating: 0.9, count: 5))
        #expect(recorder.bounds == [Bound(.began, onset: 5, heardUntil: 7)])
        recorder.feed(Array(repeating: 0, count: 9))
        #expect(
            recorder.bounds == [
                Bound(.began, onset: 5, heardUntil: 7), Bound(.ended, onset: 4, heardUntil: 12),
            ])
    }

    @Test func whatDoesNotSurviveIsRetracted() throws {
        var recorder = try Recorder(quick)
        recorder.feed([0, 0, 0, 0.9, 0.9, 0, 0, 0, 0, 0, 0, 0])
        #expect(
            recorder.bounds == [
                Bound(.began, onset: 3, heardUntil: 5), Bound(.retracted, onset: 3, heardUntil: 6),
            ])
    }

    /// A short sound, and soon after it one that lasts: one event, not one that is taken back and
    /// another. Half the filter is three steps.
    @Test(arguments: [(2, 1), (3, 1), (4, 2)])
    func aSoundThatStartsTwiceIsOneEvent(pause: Int, events: Int64) throws {
        var recorder = try Recorder(quick)
        recorder.feed([0, 0, 0, 0.9, 0.9] + Array(repeating: 0, count: pause))
        recorder.feed(Array(repeating: 0.9, count: 8) + Array(repeating: 0, count: 9))
        #expect(recorder.bounds.last?.kind == .ended)
        #expect(recorder.bounds.last?.event == events, "\(recorder.bounds)")
    }

    /// A candidate has begun, so the decision waits for it: it proves too short.
    @Test func theDecisionWaitsForACandidate() throws {
        var recorder = try Recorder(
            parameters(minimum: 6, gap: 2, smoothing: 3, announce: 0.8, window: 3))
        recorder.feed([0, 0.9, 0.9, 0.9, 0.9, 0.9])
        #expect(recorder.bounds == [Bound(.began, onset: 1, heardUntil: 3)])
        recorder.feed([0, 0])
        #expect(recorder.bounds.count == 1)
        recorder.feed([0])
        #expect(recorder.bounds.last?.kind == .retracted)
    }

    @Test func theEndOfTheStreamRetractsWhatIsNotSettled() throws {
        var recorder = try Recorder(quick)
        recorder.feed([0, 0, 0, 0.9, 0.9])
        recorder.finish()
        #expect(recorder.bounds.map(\.kind) == [.began, .retracted])
        recorder.skip(1)
        recorder.feed([0, 0.9, 0.9])
        #expect(recorder.bounds.last == Bound(.began, event: 2, onset: 7, heardUntil: 9))
    }

    @Test func aSoundIsAnnouncedOnce() throws {
        var recorder = try Recorder(quick)
        recorder.feed([0, 0, 0, 0.9, 0.9, 0.4, 0.4, 0.9, 0.4, 0.4, 0.4, 0.4, 0.9, 0.9])
        #expect(recorder.bounds.map(\.kind) == [.began, .retracted])
        // Below the off threshold it is over, and the next one may be announced.
        recorder.feed([0, 0, 0, 0.9, 0.9])
        #expect(recorder.bounds.map(\.event) == [1, 1, 2])
    }

    /// The next sound is not announced while the one before it may still go on.
    @Test func theNextSoundIsAnnouncedWhenTheOneBeforeItIsOver() throws {
        var recorder = try Recorder(parameters(minimum: 2, gap: 2, smoothing: 3, announce: 0.8))
        recorder.feed([0, 0.9, 0.9, 0.9, 0, 0, 0.9])
        #expect(recorder.bounds.map(\.kind) == [.began, .ended, .began])
        #expect(recorder.bounds.last == Bound(.began, event: 2, onset: 6, heardUntil: 7))
    }

    /// An event that was settled before it could be announced: when it closes, its last scores are
    /// still among the newest. They say nothing of another event.
    @Test(arguments: [(15.0, 0.0, 4.0), (15, 7, 4), (7, 0, 2)])
    func theEndOfAnEventIsNotAnnounced(window: Double, smoothing: Double, gap: Double) throws {
        var recorder = try Recorder(
            parameters(
                minimum: 2, gap: gap, smoothing: smoothing, announce: 0.8, window: window))
        recorder.feed(
            [0, 0, 0] + Array(repeating: 0.9, count: 20) + Array(repeating: 0, count: 30))
        #expect(recorder.bounds.map(\.kind) == [.began, .ended])
    }

    /// What the filtered scores know already is the better onset.
    @Test func anAnnouncementTakesTheOnsetOfTheCandidate() throws {
        var recorder = try Recorder(
            parameters(minimum: 9, gap: 2, smoothing: 0, announce: 0.8, window: 1))
        recorder.feed([0, 0.6, 0.6, 0.6, 0.9])
        #expect(recorder.bounds == [Bound(.began, onset: 1, heardUntil: 5)])
    }

    @Test func aFaintSoundBeginsWhenItIsSettled() throws {
        var recorder = try Recorder(quick)
        recorder.feed([0, 0, 0] + Array(repeating: 0.6, count: 6))
        #expect(recorder.bounds.isEmpty)
        recorder.feed([0.6])
        #expect(recorder.bounds == [Bound(.began, onset: 3, heardUntil: 7)])
    }

    /// Rules wait for a length, so an announced sound has to grow.
    @Test func anAnnouncedSoundGrows() throws {
        var recorder = try Recorder(
            parameters(minimum: 50, gap: 2, smoothing: 3, announce: 0.8, window: 1))
        recorder.feed(Array(repeating: 0.9, count: 40))
        #expect(recorder.changes.map(\.kind) == [.began, .updated, .updated, .updated])
        #expect(recorder.changes.last?.heardUntil == 40 * step)
    }
}
