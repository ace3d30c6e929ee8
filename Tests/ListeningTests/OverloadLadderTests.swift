import LevelTypes
import SampleRing
import SoundTypes
import Testing
import Tracking

@testable import Listening
@testable import ModelFormat
@testable import Timekeeping

@Suite struct OverloadLadderTests {
    /// What is done after each of these backlogs.
    private func efforts(_ backlogs: [Double]) -> [AnalysisEffort] {
        var ladder = OverloadLadder()
        return backlogs.map {
            ladder.look(backlogSeconds: $0)
            return ladder.effort
        }
    }

    @Test func aBacklogThatGrowsIsAnOverload() {
        let found = efforts([0, 5, 9, 11, 12, 15, 21, 22, 22, 21.5, 10, 2, 1, 0])
        let expected: [AnalysisEffort] = [
            .full, .full, .full, .full, .withoutSounds, .withoutSounds, .withoutSounds,
            .plainLevels, .plainLevels, .plainLevels, .plainLevels, .plainLevels, .full, .full,
        ]
        #expect(found == expected)
    }

    /// What held the machine up is gone: most of the backlog can be analysed in full.
    @Test func aMachineThatIsFreeAgainDoesEverything() {
        let busy = [10, 11, 12, 20, 21, 22, 21.5, 21.4]
        let found = efforts(busy + [20.4, 19.4, 19, 18, 17, 16, 15])
        #expect(found[busy.count - 1] == .plainLevels)
        #expect(found.suffix(7).firstIndex(of: .full) == busy.count + 5)
        #expect(found.suffix(2) == [.full, .full])
    }

    /// A start with a full ring, and a machine that stood still.
    @Test func aBacklogThatShrinksIsNone() {
        #expect(Set(efforts([30, 29, 25, 20, 10, 0])) == [.full])
        #expect(Set(efforts([0, 0.1, 28, 27.9, 20, 5, 0])) == [.full])
    }

    /// Below its threshold a backlog may grow.
    @Test func aShortBacklogIsNone() {
        #expect(Set(efforts([0, 3, 6, 9, 9.9, 9.9, 9.5])) == [.full])
    }
}

/// A live source on a machine that is too slow for it.
@Suite struct OverloadTests {
    private static let rate = SampleRate(hertz: 16_000)!
    private static let start = UTCTime(microseconds: 1_800_000_000_000_000)

    private struct Run {
        var messages: [AnalysisMessage] = []
        var loop: AnalysisLoop
        let ring: SampleRing
        var written = 0.0

        /// Analyses `seconds` of audio, during each of which so many come.
        mutating func analyse(_ seconds: Int, whileComing coming: Double) {
            for _ in 0..<seconds {
                let block = (0..<rate.samples(coming)).map { Float(($0 % 32) - 16) / 64 }
                block.withUnsafeBufferPointer { _ = ring.write($0) }
                var analysed = 0
                while analysed < rate.hertz, loop.step() == .worked {
                    analysed += AnalysisLoop.blockSize
                }
            }
        }
    }

    private final class Messages {
        var all: [AnalysisMessage] = []
    }

    private func run(
        isLive: Bool = true, _ messages: Messages, _ feed: (inout Run) -> Void
    ) throws {
        let model = try Model.builtIn()
        let parameters = model.labels.map { label in
            LabelParameters(
                onThreshold: label == "siren" ? 0 : 1, offThreshold: label == "siren" ? 0 : 1,
                announceThreshold: nil, announceSeconds: 0, minimumDurationSeconds: 0.2,
                maximumDurationSeconds: 300)
        }
        var lastID: Int64 = 0
        let ring = SampleRing(capacity: 1 << 20)
        let loop = AnalysisLoop(
            source: "test", ring: ring,
            recogniser: try Recogniser(model: model, sampleRate: Self.rate),
            tracker: try EventTracker(
                labels: parameters, rate: Self.rate, stepSamples: Self.rate.hertz / 25),
            levels: try LevelAnalysis(settings: LevelSettings(), sampleRate: Self.rate),
            sampleRate: Self.rate, startTime: Self.start, isLive: isLive,
            nextEventID: {
                lastID += 1
                return lastID
            }, put: { messages.all.append($0) })
        var run = Run(loop: loop, ring: ring)
        feed(&run)
        ring.finish()
        loop.run(idle: .zero)
    }

    /// The machine is three times too slow for twelve seconds, and then free.
    private func overload() throws -> Messages {
        let messages = Messages()
        try run(messages) { run in
            run.analyse(12, whileComing: 3)
            run.analyse(30, whileComing: 0)
            run.analyse(5, whileComing: 1)
        }
        return messages
    }

    /// First sounds are left out, then bands; levels never are. When the machine keeps up again,
    /// all is back.
    @Test func theAnalysisDegradesStepByStepAndRecovers() throws {
        let messages = try overload()
        let efforts = messages.all.compactMap { message -> AnalysisEffort? in
            if case .effort(_, let effort, _) = message { effort } else { nil }
        }
        #expect(efforts == [.withoutSounds, .plainLevels, .full])
        let levels = messages.all.compactMap { message -> LevelRecord? in
            if case .level(_, let record) = message { record } else { nil }
        }
        #expect(levels.map { $0.start.seconds(since: Self.start) } == (0..<41).map(Double.init))
        #expect(levels.allSatisfy { $0.samples == 16_000 && ($0.summary.laeq ?? -99) > -30 })
        let bandless = levels.filter(\.summary.bandExposures.isEmpty)
        #expect((2...8).contains(bandless.count), "\(bandless.count)")
        #expect(levels.last?.summary.bandExposures.isEmpty == false)
    }

    /// What is left out is a gap of each cause, which grows second by second and is as long as what
    /// was heard meanwhile. The event that was heard ends with it; another one follows.
    @Test func whatIsLeftOutIsToldAsGaps() throws {
        let messages = try overload()
        var last: [GapCause: AudioGap] = [:]
        var grown: [GapCause: Int64] = [:]
        for case .gap(let gap, let newlyLost) in messages.all {
            if let earlier = last[gap.cause] { #expect(earlier.start == gap.start) }
            last[gap.cause] = gap
            grown[gap.cause, default: 0] += newlyLost
        }
        #expect(Set(last.keys) == [.unrecognised, .withoutBands])
        for (cause, gap) in last {
            #expect(grown[cause] == gap.lostSamples)
            #expect(
                abs(gap.end.seconds(since: gap.start) - Self.rate.seconds(gap.lostSamples)) < 1e-5)
        }
        let unrecognised = try #require(last[.unrecognised])
        let events = messages.all.compactMap { message -> SoundEvent? in
            if case .event(let event) = message { event } else { nil }
        }
        let first = try #require(events.last { $0.id == 1 })
        #expect(first.status == .complete)
        #expect(abs(first.heardUntil.seconds(since: unrecognised.start)) < 0.1)
        let second = try #require(events.first { $0.id == 2 })
        #expect(abs(second.onset.seconds(since: unrecognised.end)) < 0.1)
        let heard = messages.all.reduce(0) { sum, message in
            if case .heard(_, let samples, _) = message { sum + samples } else { sum }
        }
        #expect(heard == 41 * 16_000)
    }

    /// A recording waits.
    @Test func aRecordingIsAnalysedInFull() throws {
        let messages = Messages()
        try run(isLive: false, messages) { run in
            run.analyse(12, whileComing: 3)
        }
        for message in messages.all {
            switch message {
            case .effort, .gap: Issue.record("a recording can wait: \(message)")
            default: break
            }
        }
    }
}
