internal import AlertTypes
internal import LevelTypes
internal import MonitorConfig
internal import Rules
internal import SoundTypes
internal import Timekeeping

/// The timeline of a test of rules as observations, in the order in which the monitor would make
/// them: every source is heard all the time, except where the timeline says otherwise.
struct TestTimeline {
    /// How long it goes on after the last thing that is told or expected, in seconds.
    private static let rest = 60.0
    private static let scale = LevelScale(fullScaleDecibels: 120, state: .calibrated)

    private let test: RuleTest
    private let sources: [String]
    private let end: Double
    private let needs: PastNeeds
    private(set) var chunk: PastChunk
    private var lastEvent: Int64 = 0

    /// - Parameter sources: those of the configuration; the first is meant where none is named
    init(_ test: RuleTest, sources: [String], rules: RuleSet) {
        (self.test, self.sources, needs) = (test, sources, PastNeeds([rules]))
        let last = (test.steps.map(\.end) + test.expectations.map(\.end)).max() ?? 0
        end = last + Self.rest
        chunk = PastChunk(test.start..<test.start.adding(seconds: end + 1))
        chunk.add(.silences(silences), at: test.start)
        for source in sources {
            chunk.add(.began(source: source, at: test.start), at: test.start)
        }
        for step in test.steps { add(step) }
        addSeconds()
    }

    /// How far the clock was set by then.
    private func offset(_ seconds: Double) -> Double {
        test.steps.reduce(0) { sum, step in
            guard case .clock(let set) = step.what, step.at < seconds else { return sum }
            return sum + set
        }
    }

    /// What the clock says.
    private func clock(_ seconds: Double) -> UTCTime {
        test.start.adding(seconds: seconds + offset(seconds))
    }

    /// When something becomes known, had the clock not been set.
    private func order(_ seconds: Double) -> UTCTime { test.start.adding(seconds: seconds) }

    private var silences: [Silence] {
        test.steps.enumerated().compactMap { index, step in
            guard case .silence(let seconds, let rule, let label, let source) = step.what else {
                return nil
            }
            let start = clock(step.at)
            return Silence(
                id: Int64(index + 1), createdAt: start, startsAt: start,
                endsAt: start.adding(seconds: seconds), rule: rule, label: label, source: source)
        }
    }

    private mutating func add(_ step: RuleTestStep) {
        switch step.what {
        case .event(let sound): add(sound, at: step.at)
        case .levels(let levels): add(levels, at: step.at)
        case .gap(let seconds, let source):
            let end = step.at + seconds
            for source in source.map({ [$0] }) ?? sources {
                chunk.add(
                    .gap(source: source, from: clock(step.at), until: clock(end)), at: order(end))
            }
        case .restart(let seconds):
            for source in sources {
                let end = step.at + seconds
                chunk.add(.began(source: source, at: clock(end)), at: order(end))
            }
        case .clock(let seconds):
            for source in sources {
                chunk.add(.clockStepped(source: source, seconds: seconds), at: order(step.at))
            }
        case .disk(let share): chunk.add(.disk(freeShare: share), at: order(step.at))
        case .calibration(let drift, let source):
            for source in source.map({ [$0] }) ?? sources {
                chunk.add(.calibration(source: source, drift: drift), at: order(step.at))
            }
        case .silence: break
        }
    }

    private mutating func add(_ sound: TestSound, at start: Double) {
        lastEvent += 1
        var event = SoundEvent(
            id: lastEvent, source: sound.source ?? sources[0], label: sound.label,
            onset: clock(start), heardUntil: clock(start).adding(seconds: sound.seconds),
            peakConfidence: sound.confidence, meanConfidence: sound.confidence,
            status: sound.isRetracted ? .retracted : .complete, isSettled: !sound.isRetracted)
        event.levels = levels(of: sound)
        for state in EventStates(event, within: event.onset..<event.heardUntil.adding(seconds: 1)) {
            let seconds = start + state.heardUntil.seconds(since: event.onset)
            guard isHeard(event.source, at: seconds) else { return }
            chunk.add(.event(state), at: order(seconds))
        }
    }

    private func levels(of sound: TestSound) -> EventLevels? {
        guard let loudest = sound.lafMaximum ?? sound.lae ?? sound.rise else { return nil }
        let power = { Decibels.power(level: $0 - Self.scale.fullScaleDecibels) }
        return EventLevels(
            seconds: sound.seconds, exposureA: power(sound.lae ?? loudest),
            fastMaximum: power(loudest), background: sound.rise.map { power(loudest - $0) },
            scale: Self.scale)
    }

    private mutating func add(_ levels: TestLevels, at start: Double) {
        let source = levels.source ?? sources[0]
        let second = levels.second
        for step in 0..<Int(levels.seconds) {
            let seconds = start + Double(step)
            guard isHeard(source, at: seconds + 1) else { continue }
            var second = second
            let time = clock(seconds).microseconds
            second.start = UTCTime(microseconds: time - time % 1_000_000)
            chunk.add(.level(source: source, second), at: order(seconds + 1))
            guard needs.minutes, (step + 1) % 60 == 0 else { continue }
            let entry = LevelHistogram.Entry(
                level: LevelHistogram.levelClass(of: levels.relative), count: 6_000)
            chunk.add(
                .minute(
                    source: source, start: second.start.adding(seconds: -59),
                    LevelHistogram(entries: [entry]), second.scale), at: order(seconds + 1))
        }
    }

    /// What is heard, and the wall clock, by the second.
    private mutating func addSeconds() {
        for second in 1...Int(end) {
            let seconds = Double(second)
            for source in sources where isHeard(source, at: seconds) {
                chunk.add(.heard(source: source, until: clock(seconds)), at: order(seconds))
            }
            guard !isAway(at: seconds) else { continue }
            chunk.add(.tick(at: clock(seconds), elapsed: 1), at: order(seconds))
        }
    }

    /// Whether a source could be heard up to then.
    private func isHeard(_ source: String, at seconds: Double) -> Bool {
        !isAway(at: seconds)
            && !test.steps.contains { step in
                guard case .gap(let length, let named) = step.what else { return false }
                return named ?? source == source && step.at < seconds && seconds <= step.at + length
            }
    }

    private func isAway(at seconds: Double) -> Bool {
        test.steps.contains { step in
            guard case .restart(let length) = step.what else { return false }
            return step.at < seconds && seconds <= step.at + length
        }
    }
}

extension TestLevels {
    /// LAeq relative to full scale.
    fileprivate var relative: Double { laeq - scale.fullScaleDecibels }

    fileprivate var scale: LevelScale {
        isRelative ? .relative : LevelScale(fullScaleDecibels: 120, state: .calibrated)
    }

    /// A second of it, at no time yet.
    fileprivate var second: LevelSecond {
        let power = { Decibels.power(level: $0 - scale.fullScaleDecibels) }
        let exposure = power(laeq)
        return LevelSecond(
            start: UTCTime(microseconds: 0), seconds: 1, exposureA: exposure, exposureC: exposure,
            exposureZ: exposure, fastMaximum: power(lafMaximum ?? laeq),
            peakC: power(lcPeak ?? laeq).squareRoot(),
            bandExposures: ThirdOctave.bands.map { _ in exposure }, isClipped: isClipped,
            isStuck: isStuck, scale: scale)
    }
}

extension RuleTestStep {
    /// When it is over, in seconds.
    fileprivate var end: Double {
        switch what {
        case .event(let sound): at + sound.seconds
        case .levels(let levels): at + levels.seconds
        case .gap(let seconds, _), .silence(let seconds, _, _, _), .restart(let seconds):
            at + seconds
        case .clock, .disk, .calibration: at
        }
    }
}

extension RuleExpectation {
    fileprivate var end: Double {
        switch self {
        case .told(_, _, let at, _): at
        case .nothing(_, let until, _): until
        }
    }
}
