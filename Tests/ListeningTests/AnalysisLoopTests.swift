import Glibc
import LevelTypes
import SampleRing
import SoundLevels
import SoundTypes
import Testing
import Tracking

@testable import Listening
@testable import ModelFormat
@testable import Timekeeping

/// One source's analysis, fed by hand.
@Suite struct AnalysisLoopTests {
    private let rate = SampleRate(hertz: 16_000)!
    private let start = UTCTime(microseconds: 1_800_000_000_000_000)

    @Test func levelsAndTheEndCarryTheTimeOfTheAudio() throws {
        let messages = try run { ring in
            ring.write(seconds: 2.5, value: 0.5)
        }
        let levels = messages.levels
        #expect(levels.map { $0.start.seconds(since: start) } == [0, 1, 2])
        #expect(levels.map(\.samples) == [16_000, 16_000, 8_000])
        #expect(levels.allSatisfy { abs(($0.summary.lzeq ?? 0) - -6.0206) < 1e-3 })
        guard case .began(_, let begun, let rate) = messages.first else {
            Issue.record("the first message is \(String(describing: messages.first))")
            return
        }
        #expect(begun == start && rate == self.rate)
        #expect(messages.listeningSince == start)
        guard case .ended(_, let end?, nil) = messages.last else {
            Issue.record("the last message is \(String(describing: messages.last))")
            return
        }
        #expect(end.seconds(since: start) == 2.5)
    }

    @Test func aGapIsUnknownAndNeverSilence() throws {
        let messages = try run { ring in
            ring.write(seconds: 1.5, value: 0.5)
            ring.tagGap(lostSamples: 48_000, cause: .disconnected)
            ring.write(seconds: 1, value: 0.25)
        }
        #expect(messages.gaps.count == 1)
        let gap = try #require(messages.gaps.first)
        #expect(gap.start.seconds(since: start) == 1.5)
        #expect(gap.end.seconds(since: start) == 4.5)
        #expect(gap.cause == .disconnected)
        // Levels stop before the gap and begin afresh after it. Seconds are those of the wall
        // clock; one that is cut short has fewer samples.
        #expect(messages.levels.map { $0.start.seconds(since: start) } == [0, 1, 4, 5])
        #expect(messages.levels.map(\.samples) == [16_000, 8_000, 8_000, 8_000])
        #expect(messages.levels.map(\.summary.seconds) == [1, 0.5, 0.5, 0.5])
    }

    @Test func aGapToldInPiecesIsOneThatGrows() throws {
        let messages = try run { ring in
            ring.write(seconds: 1, value: 0.5)
            for _ in 0..<3 { ring.tagGap(lostSamples: 16_000, cause: .disconnected) }
            ring.write(seconds: 1, value: 0.5)
            ring.tagGap(lostSamples: 160, cause: .disconnected)
            ring.write(seconds: 1, value: 0.5)
        }
        #expect(messages.gaps.map { $0.start.seconds(since: start) } == [1, 1, 1, 5])
        #expect(messages.gaps.map { $0.end.seconds(since: start) } == [2, 3, 4, 5.01])
        #expect(messages.levels.map { $0.start.seconds(since: start) } == [0, 4, 5, 6])
        #expect(messages.levels.map(\.samples) == [16_000, 16_000, 15_840, 160])
    }

    /// A label whose threshold is 0 sounds all the time: its events end at the gap and at the end.
    @Test func eventsEndAtAGapAndAtTheEnd() throws {
        let messages = try run(alwaysOn: true) { ring in
            ring.write(seconds: 2, value: 0.1)
            ring.tagGap(lostSamples: 16_000, cause: .overrun)
            ring.write(seconds: 3, value: 0.1)
        }
        let ended = messages.events.filter { $0.status == .complete && $0.label == "siren" }
        #expect(ended.map { $0.onset.seconds(since: start) } == [0, 3])
        #expect(ended.map { $0.heardUntil.seconds(since: start) } == [2, 6])
        #expect(Set(ended.map(\.id)).count == 2)
        let opened = messages.events.filter { $0.status == .open && $0.label == "siren" }
        #expect(Set(opened.map(\.id)) == Set(ended.map(\.id)))
        // Between what a gap cuts off and the gap nothing is said to have been heard.
        let end = try #require(
            messages.firstIndex {
                if case .event(let event) = $0 { event.status == .complete } else { false }
            })
        let gap = try #require(
            messages.firstIndex { if case .gap = $0 { true } else { false } })
        #expect(end < gap)
        #expect(
            messages[end..<gap].allSatisfy {
                if case .event = $0 { true } else { false }
            })
    }

    /// Announced by the first step; a filter of a second that ends with the stream settles it with
    /// another onset, and a label of which too little follows is retracted.
    @Test func anAnnouncedSoundIsSettledOrRetracted() throws {
        let announced = try run(alwaysOn: true, announceSeconds: 0.04, minimumSeconds: 1) { ring in
            ring.write(seconds: 3, value: 0.1)
        }.events.filter { $0.label == "siren" }
        #expect(announced.first?.status == .open)
        #expect(announced.first?.durationSeconds == 0.04)
        #expect(announced.last?.status == .complete)
        #expect(announced.last?.durationSeconds == 3)
        #expect(abs((announced.last?.levels?.seconds ?? 0) - 3) < 0.02)
        #expect(Set(announced.map(\.id)).count == 1)
        let short = try run(alwaysOn: true, announceSeconds: 0.04, minimumSeconds: 1) { ring in
            ring.write(seconds: 0.8, value: 0.1)
        }.events.filter { $0.label == "siren" }
        #expect(short.first?.status == .open)
        #expect(short.last?.status == .retracted)
    }

    @Test func aLongSoundGoesOnAsPartsOfTheSameEvent() throws {
        let messages = try run(alwaysOn: true, maximumSeconds: 2) { ring in
            ring.write(seconds: 5, value: 0.1)
        }
        let parts = messages.events.filter { $0.status == .complete && $0.label == "siren" }
        #expect(parts.map(\.part) == [1, 2, 3])
        #expect(Set(parts.map(\.id)).count == 1)
        for (part, next) in zip(parts, parts.dropFirst()) { #expect(part.heardUntil == next.onset) }
        #expect(parts.last?.heardUntil.seconds(since: start) == 5)
    }

    /// A device may be lost before its first sample; its clock counts from when it is back.
    @Test func aGapBeforeTheFirstTimeOfTheDeviceMovesNothing() throws {
        let before = UTCTime.now()
        let messages = try run(followsDevice: true) { ring in
            ring.tagGap(lostSamples: 16_000, cause: .disconnected)
            ring.ring.tagTime(nanoseconds: monotonicNanoseconds() + 500_000_000)
            ring.write(seconds: 1, value: 0.5)
        }
        let after = UTCTime.now()
        // The gap would move it by a second. Between the readings of two clocks other threads may
        // run, so the times agree only so far.
        let slack = 0.2
        let since = try #require(messages.listeningSince)
        #expect(since.adding(seconds: -0.5) > before.adding(seconds: -slack))
        #expect(since.adding(seconds: -0.5) < after.adding(seconds: slack))
        let gap = try #require(messages.gaps.first)
        #expect(gap.end > before.adding(seconds: -slack) && gap.end < after.adding(seconds: slack))
        #expect(gap.end.seconds(since: gap.start) == 1)
    }

    /// The seconds of the records are those of the clock, wherever the audio begins.
    @Test func recordsBeginAtWholeSecondsOfTheClock() throws {
        let messages = try run(from: start.adding(seconds: 0.25)) { ring in
            ring.write(seconds: 2, value: 0.5)
        }
        #expect(messages.levels.map { $0.start.seconds(since: start) } == [0, 1, 2])
        #expect(messages.levels.map(\.samples) == [12_000, 16_000, 4_000])
    }

    @Test func whatWasHeardIsCountedWithAndWithoutLevels() throws {
        for levels in [LevelSettings(), nil] {
            let messages = try run(levels: levels) { ring in
                ring.write(seconds: 2.5, value: 0.5)
            }
            #expect(messages.heardSamples == 40_000)
            #expect(messages.levels.isEmpty == (levels == nil))
        }
    }

    /// A 1 kHz tone, 34 dB louder from 20 s to 23 s: the event carries the levels of its own time,
    /// and LA90 of the time before.
    @Test func eventsCarryTheirLevels() throws {
        let settings = LevelSettings(
            scale: LevelScale(fullScaleDecibels: 120, state: .calibrated),
            loud: LoudParameters(absoluteDecibels: 105, holdSeconds: 1))
        let messages = try run(levels: settings) { ring in
            ring.write(tone: 0.01, seconds: 20)
            ring.write(tone: 0.5, seconds: 3)
            ring.write(tone: 0.01, seconds: 7)
        }
        let ended = messages.events.filter { $0.status == .complete }
        try #require(ended.map(\.label) == ["loud"])
        let event = ended[0]
        #expect(event.peakConfidence == 1)
        let level = 120 + 20 * log10(0.5) - 3.0103
        // F rises to 105 dB within 0.04 s, and falls by 34.7 dB/s to 103 dB.
        #expect(abs(event.onset.seconds(since: start) - 20.03) < 0.02)
        let fall = (level - 103) / 34.744
        #expect(abs(event.heardUntil.seconds(since: start) - (23 + fall)) < 0.02)
        let levels = try #require(event.levels)
        #expect(levels.scale == settings.scale)
        #expect(abs((levels.lafMaximum ?? 0) - level) < 0.02)
        #expect(abs((levels.lae ?? 0) - (level + 10 * log10(3))) < 0.2)
        #expect(abs(levels.seconds - event.durationSeconds) < 0.021)
        #expect(abs((levels.backgroundLevel ?? 0) - (level - 20 * log10(50))) < 0.1)
        #expect(abs((levels.rise ?? 0) - 20 * log10(50)) < 0.12)
    }

    /// 12 dB above what was there before is loud, whatever the scale; without a background nothing
    /// is.
    @Test func loudCanMeanLouderThanTheBackground() throws {
        let settings = LevelSettings(
            loud: LoudParameters(aboveBackgroundDecibels: 12, holdSeconds: 1))
        let messages = try run(levels: settings) { ring in
            ring.write(tone: 0.1, seconds: 2)
            ring.write(tone: 0.01, seconds: 15)
            ring.write(tone: 0.1, seconds: 3)
            ring.write(tone: 0.01, seconds: 3)
        }
        let ended = messages.events.filter { $0.status == .complete }
        #expect(ended.map(\.label) == ["loud"])
        #expect(abs((ended.first?.onset.seconds(since: start) ?? 0) - 17) < 0.1)
    }

    /// A label that is on all the time, in parts of 2 s: each part has its own levels.
    @Test func eachPartOfALongSoundHasItsOwnLevels() throws {
        let messages = try run(alwaysOn: true, maximumSeconds: 2) { ring in
            ring.write(tone: 0.1, seconds: 2)
            ring.write(tone: 0.01, seconds: 2)
            ring.write(tone: 0.1, seconds: 2)
        }
        let parts = messages.events.filter { $0.status == .complete && $0.label == "siren" }
        let expected = [-23.0103, -43.0103, -23.0103]
        #expect(parts.count == 3)
        for (part, level) in zip(parts, expected) {
            #expect(abs((part.levels?.laeq ?? 0) - level) < 0.3)
            #expect(abs((part.levels?.seconds ?? 0) - 2) < 0.05)
        }
    }

    /// An event with the longest minimum duration and the longest pause in it is known two minutes
    /// after its onset; its loudest moment is in its levels all the same.
    @Test func anEventThatIsKnownLateHasTheLevelsOfAllOfIt() throws {
        let settings = LevelSettings(
            loud: LoudParameters(
                absoluteDecibels: -30, minimumDurationSeconds: 60, holdSeconds: 60))
        let messages = try run(levels: settings) { ring in
            ring.write(tone: 0.5, seconds: 57)
            ring.write(tone: 0.001, seconds: 58)
            ring.write(tone: 0.1, seconds: 4)
        }
        let event = try #require(messages.events.last { $0.status == .complete })
        let levels = try #require(event.levels)
        #expect(abs((levels.lafMaximum ?? 0) - (20 * log10(0.5) - 3.0103)) < 0.02)
        #expect(abs(levels.seconds - 119) < 0.1)
    }

    /// Nothing rises above digital silence by a number of decibels.
    @Test func silenceIsNoBackground() throws {
        let settings = LevelSettings(
            loud: LoudParameters(aboveBackgroundDecibels: 12, holdSeconds: 1))
        let messages = try run(levels: settings) { ring in
            ring.write(seconds: 12, value: 0)
            ring.write(tone: 0.1, seconds: 3)
        }
        let event = try #require(messages.events.last { $0.status == .complete })
        #expect(abs(event.onset.seconds(since: start) - 12) < 0.02)
        let levels = try #require(event.levels)
        #expect(levels.background == nil)
        #expect(levels.rise == nil)
    }

    /// A correction delivers its samples in blocks; a gap loses none of them and moves nothing.
    @Test func aGapCutsWhatIsCorrected() throws {
        let file = "100 -6\n1000 0\n8000 3\n"
        let settings = LevelSettings(
            response: try MicrophoneResponse(bytes: Array(file.utf8), path: "microphone.txt"),
            loud: LoudParameters(absoluteDecibels: -30))
        let messages = try run(levels: settings) { ring in
            ring.write(tone: 0.5, seconds: 2.5)
            ring.tagGap(lostSamples: 48_000, cause: .overrun)
            ring.write(tone: 0.5, seconds: 2)
        }
        #expect(messages.levels.map { $0.start.seconds(since: start) } == [0, 1, 2, 5, 6, 7])
        #expect(messages.levels.map(\.samples) == [16_000, 16_000, 8_000, 8_000, 16_000, 8_000])
        let ended = messages.events.filter { $0.status == .complete }
        #expect(ended.count == 2)
        for (event, times) in zip(ended, [(0, 2.5), (5.5, 7.5)]) {
            #expect(abs(event.onset.seconds(since: start) - times.0) < 0.02)
            #expect(abs(event.heardUntil.seconds(since: start) - times.1) < 0.011)
            #expect(abs((event.levels?.seconds ?? 0) - event.durationSeconds) < 0.011)
        }
    }

    /// A step of the clock moves the seconds and loses no samples: forward, seconds are skipped;
    /// backward, some come twice.
    @Test(arguments: [10, -10]) func levelsFollowAStepOfTheClock(by step: Int) throws {
        let first = monotonicNanoseconds()
        let messages = try run(followsDevice: true) { ring in
            for second in 0..<20 {
                let clock = second + (second < 8 ? 0 : step)
                ring.ring.tagTime(nanoseconds: first + Int64(clock) * 1_000_000_000)
                ring.write(tone: 0.1, seconds: 1)
            }
        }
        let levels = messages.levels
        #expect(levels.reduce(0) { $0 + $1.samples } == 320_000)
        #expect(levels.allSatisfy { $0.start == $0.start.wholeSecond })
        #expect(levels.allSatisfy { $0.samples <= 16_008 })
        let jumps = zip(levels, levels.dropFirst()).map { $1.start.seconds(since: $0.start) }
        #expect(jumps.filter { $0 != 1 }.count == 1)
        let jump = try #require(jumps.first { $0 != 1 })
        // The second in which the clock was set runs to its end.
        #expect((step...(step + 1)).contains(Int(jump)))
    }

    /// A device that is 300 ppm slow: its wall-clock seconds are shorter, and none are lost.
    @Test func levelsFollowTheCrystalOfTheDevice() throws {
        let first = monotonicNanoseconds()
        let messages = try run(followsDevice: true) { ring in
            for second in 0..<20 {
                ring.ring.tagTime(nanoseconds: first + Int64(second) * 1_000_300_000)
                ring.write(tone: 0.1, seconds: 1)
            }
        }
        let levels = messages.levels
        let jumps = zip(levels, levels.dropFirst()).map { $1.start.seconds(since: $0.start) }
        #expect(jumps.allSatisfy { $0 == 1 })
        // The clock is read as the test runs: where other threads came between two readings, a
        // second is as short or as long as the clock may make it.
        let whole = levels.dropFirst().dropLast().map(\.samples).sorted()
        #expect(whole.allSatisfy { abs($0 - 16_000) <= 8 })
        #expect(abs(whole[whole.count / 2] - 15_995) <= 2)
        #expect(levels.reduce(0) { $0 + $1.samples } == 320_000)
    }

    /// For each label the highest score of the steps that begin in a second, whatever interrupts
    /// them.
    @Test func eachSecondHasItsHighestScores() throws {
        let labels = try Model.builtIn().labels
        var expected: [Int: [Float]] = [:]
        let messages = try run(
            onScores: { scores, position, _ in
                let second = Int(position / 16_000)
                let before = expected[second] ?? Array(repeating: 0, count: scores.count)
                expected[second] = before.indices.map { max(before[$0], scores[$0]) }
            },
            { ring in
                ring.write(tone: 0.3, seconds: 3.3)
                ring.tagGap(lostSamples: 32_000, cause: .overrun)
                ring.write(tone: 0.01, seconds: 2.1)
            })
        let found = messages.scores
        #expect(found.map { Int($0.start.seconds(since: start)) } == [0, 1, 2, 3, 5, 6, 7])
        #expect(found.allSatisfy { $0.labels == labels && $0.source == "test" })
        for scores in found {
            let second = Int(scores.start.seconds(since: start))
            #expect(scores.maxima == expected[second]?.map(ScoreCode.byte), "second \(second)")
        }
        #expect(found.contains { $0.maxima.contains { $0 > 0 } })
        guard case .ended = messages.last else {
            Issue.record("the last message is \(String(describing: messages.last))")
            return
        }
    }

    private func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private func run(
        alwaysOn: Bool = false, announceSeconds: Double? = nil, minimumSeconds: Double = 0.2,
        maximumSeconds: Double = 300, followsDevice: Bool = false,
        levels: LevelSettings? = LevelSettings(), from first: UTCTime? = nil,
        onScores: ((Span<Float>, Int64, Int64) -> Void)? = nil, _ feed: (Feed) -> Void
    ) throws -> [AnalysisMessage] {
        let model = try Model.builtIn()
        let ring = SampleRing(capacity: 1 << 21)
        let parameters = model.labels.map { label in
            LabelParameters(
                onThreshold: alwaysOn && label == "siren" ? 0 : 1,
                offThreshold: alwaysOn && label == "siren" ? 0 : 1,
                announceThreshold: announceSeconds.map { _ in alwaysOn && label == "siren" ? 0 : 1
                },
                announceSeconds: announceSeconds ?? 0, minimumDurationSeconds: minimumSeconds,
                maximumDurationSeconds: maximumSeconds)
        }
        var messages: [AnalysisMessage] = []
        var lastID: Int64 = 0
        let loop = AnalysisLoop(
            source: "test", ring: ring,
            recogniser: try Recogniser(model: model, sampleRate: rate),
            tracker: try EventTracker(
                labels: parameters, rate: rate, stepSamples: rate.hertz / 25),
            levels: try levels.map { try LevelAnalysis(settings: $0, sampleRate: rate) },
            sampleRate: rate, startTime: followsDevice ? nil : first ?? start,
            nextEventID: {
                lastID += 1
                return lastID
            },
            onScores: onScores, put: { messages.append($0) })
        feed(Feed(ring: ring, rate: rate))
        ring.finish()
        loop.run(idle: .zero)
        return messages
    }
}

private struct Feed {
    let ring: SampleRing
    let rate: SampleRate

    func write(seconds: Double, value: Float) {
        let block = [Float](repeating: value, count: rate.samples(seconds))
        let written = block.withUnsafeBufferPointer { ring.write($0) }
        precondition(written == block.count)
    }

    func write(tone amplitude: Double, seconds: Double) {
        let block = (0..<rate.samples(seconds)).map {
            Float(amplitude * sin(2 * .pi * 1_000 / Double(rate.hertz) * Double($0)))
        }
        let written = block.withUnsafeBufferPointer { ring.write($0) }
        precondition(written == block.count)
    }

    func tagGap(lostSamples: Int64, cause: GapCause) {
        ring.tagGap(lostSamples: lostSamples, cause: cause)
    }
}

extension [AnalysisMessage] {
    fileprivate var levels: [LevelRecord] {
        compactMap { if case .level(_, let record) = $0 { record } else { nil } }
    }

    fileprivate var listeningSince: UTCTime? {
        compactMap { if case .listening(_, let since, _, _) = $0 { since } else { nil } }.first
    }

    fileprivate var heardSamples: Int {
        reduce(0) { sum, message in
            if case .heard(_, let samples, _) = message { sum + samples } else { sum }
        }
    }

    fileprivate var scores: [SecondScores] {
        compactMap { if case .scores(let scores) = $0 { scores } else { nil } }
    }

    fileprivate var gaps: [AudioGap] {
        compactMap { if case .gap(let gap, _) = $0 { gap } else { nil } }
    }

    fileprivate var events: [SoundEvent] {
        compactMap { if case .event(let event) = $0 { event } else { nil } }
    }
}
