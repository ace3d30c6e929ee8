import AlertTypes
import EventStore
import LevelTypes
import Rules
import SoundTypes
import TestSupport
import Timekeeping

/// A random stretch of the past with two sources, as it is stored, and as rules were told of it.
struct RandomPast {
    private(set) var changes: [StoreChange] = []
    private(set) var observations: [Observation] = []
    let silence: Silence
    let length: Double
    private var random: SeededRandom
    private var sounds: [SoundEvent] = []
    private var gaps: [AudioGap] = []
    /// When no sounds are looked for.
    private var pauses: [String: Range<Double>] = [:]
    private var restart: Double

    static let sources = ["garden", "hall"]
    private static let labels = ["bird", "dog", "siren"]
    private static let scale = LevelScale(fullScaleDecibels: 120, state: .calibrated)

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        length = Double(Int.random(in: 200...400, using: &random))
        restart = Double(Int.random(in: 80...120, using: &random))
        silence = Silence(
            id: 1, createdAt: time(0), startsAt: time(150), endsAt: time(180),
            rule: Bool.random(using: &random) ? "r1" : nil)
        makeSounds()
        observations.append(.silences([silence]))
        makeSessions()
        for quarter in 0...Int(length * 4) { tell(Double(quarter) / 4) }
        changes += sounds.map { .event($0) }
    }

    private func isHeard(_ source: String, from start: Double, until end: Double) -> Bool {
        !(end > restart && start < restart + 10)
            && !gaps.contains {
                $0.source == source && seconds($0.start) < end && seconds($0.end) > start
            }
    }

    private func isRecognised(_ source: String, from start: Double, until end: Double) -> Bool {
        isHeard(source, from: start, until: end)
            && !(pauses[source].map { $0.lowerBound < end && $0.upperBound > start } ?? false)
    }

    /// Stored in two pieces, as the clock may have moved a little in between.
    private mutating func makePause(_ source: String) {
        let start = Double(Int.random(in: 560...640, using: &random)) / 4
        let length = Double(Int.random(in: 20...80, using: &random)) / 4
        pauses[source] = start..<(start + length)
        for (from, until) in [(start, start + 3), (start + 2.75, start + length)] {
            changes.append(
                .gap(
                    AudioGap(
                        source: source, start: time(from), end: time(until), lostSamples: 1,
                        cause: .unrecognised)))
        }
    }

    /// Sounds begin and end on quarters of a second; those of one label do not overlap.
    private mutating func makeSounds() {
        for source in Self.sources {
            let start = Double(Int.random(in: 20...60, using: &random))
            gaps.append(
                AudioGap(
                    source: source, start: time(start), end: time(start + 7), lostSamples: 1,
                    cause: .overrun))
            makePause(source)
            for label in Self.labels {
                var onset = 0.0
                while true {
                    onset += Double(Int.random(in: 1...160, using: &random)) / 4
                    let end = onset + Double(Int.random(in: 1...60, using: &random)) / 4
                    guard end + 1 < length else { break }
                    defer { onset = end }
                    guard isRecognised(source, from: onset, until: end + 0.25) else { continue }
                    sounds.append(sound(source, label, onset, end))
                }
            }
        }
        changes += gaps.map { .gap($0) }
    }

    private mutating func sound(
        _ source: String, _ label: String, _ onset: Double, _ end: Double
    ) -> SoundEvent {
        let isRetracted = Int.random(in: 0..<5, using: &random) == 0
        return SoundEvent(
            id: Int64(sounds.count + 1), source: source, label: label, onset: time(onset),
            heardUntil: time(end),
            peakConfidence: Bool.random(using: &random) ? 0.9 : 0.5, meanConfidence: 0.4,
            status: isRetracted ? .retracted : .complete, isSettled: !isRetracted)
    }

    private mutating func makeSessions() {
        for (index, source) in Self.sources.enumerated() {
            for (part, period) in [(0.0, restart), (restart + 10, length)].enumerated() {
                changes.append(
                    .session(
                        ListeningSession(
                            id: Int64(2 * index + part + 1), source: source,
                            started: time(period.0), ended: time(period.1),
                            sampleRate: .hz48000, capturedSamples: 1, lostSamples: 0,
                            model: "m", status: part == 0 ? .complete : .interrupted)))
            }
        }
    }

    /// What rules are told at a time.
    private mutating func tell(_ now: Double) {
        for source in Self.sources where now == 0 || now == restart + 10 {
            observations.append(.began(source: source, at: time(now)))
        }
        for gap in gaps where seconds(gap.end) == now {
            observations.append(.gap(source: gap.source, from: gap.start, until: gap.end))
        }
        for source in Self.sources {
            let pause = pauses[source]
            guard pause?.lowerBound == now || pause?.upperBound == now else { continue }
            observations.append(
                .recognition(source: source, isOn: pause?.upperBound == now, at: time(now)))
        }
        let heard = sounds.filter { seconds($0.onset) < now && now <= seconds($0.heardUntil) }
        for sound in heard.sorted(by: { ($0.onset, $0.id) < ($1.onset, $1.id) }) {
            let age = now - seconds(sound.onset)
            if now == seconds(sound.heardUntil) {
                observations.append(.event(sound))
            } else if age.truncatingRemainder(dividingBy: 0.5) == 0 {
                var open = sound
                (open.heardUntil, open.status) = (time(now), .open)
                observations.append(.event(open))
            }
        }
        guard now == now.rounded(), now > 0 else { return }
        let listened = Self.sources.filter { isHeard($0, from: now - 1, until: now) }
        for source in listened { measure(source, now - 1) }
        for source in listened {
            observations.append(.heard(source: source, until: time(now)))
        }
        guard now <= restart || now > restart + 10 else { return }
        observations.append(.tick(at: time(now), elapsed: 1))
    }

    /// Levels far from the bounds: they are stored to a fraction of a decibel.
    private mutating func measure(_ source: String, _ start: Double) {
        let power = Decibels.power(
            level: (Int.random(in: 0..<9, using: &random) == 0 ? 75.0 : 40) - 120)
        var summary = LevelSummary()
        summary.seconds = 1
        (summary.exposureA, summary.exposureC, summary.exposureZ) = (power, power, power)
        (summary.fastMaximum, summary.fastMinimum) = (power, power)
        (summary.slowMaximum, summary.slowMinimum) = (power, power)
        (summary.peakC, summary.peakZ, summary.samplePeak) = (0.1, 0.1, 0.1)
        if Int.random(in: 0..<4, using: &random) == 0 { summary.overloadSeconds = 1 }
        let record = LevelRecord(
            start: time(start), samples: 48_000, sampleRate: .hz48000, summary: summary,
            histogram: LevelHistogram(), scale: Self.scale)
        changes.append(.level(source: source, record))
        observations.append(.level(source: source, LevelSecond(record)))
    }
}

extension RuleSet {
    /// Rules of every kind that the past can tell.
    static func random(seed: UInt64) -> RuleSet {
        var random = SeededRandom(seed: seed &+ 0x5EED)
        var rules: [Rule] = []
        for (index, condition) in conditions.shuffled(using: &random).enumerated() {
            var rule = Rule(
                name: "r\(index)", condition: condition,
                grouping: Rule.Grouping.allCases.randomElement(using: &random) ?? .event,
                holdSeconds: [0, 0, 2].randomElement(using: &random) ?? 0,
                keepFiringSeconds: [0, 5].randomElement(using: &random) ?? 0,
                cooldownSeconds: [0, 10, 60].randomElement(using: &random) ?? 0,
                repeatSeconds: [nil, 15].randomElement(using: &random) ?? nil)
            if index > 0, Bool.random(using: &random) { rule.inhibitors = ["r\(index - 1)"] }
            rules.append(rule)
        }
        return RuleSet(
            rules: Array(rules.prefix(Int.random(in: 2...rules.count, using: &random))),
            limit: Bool.random(using: &random) ? FiringLimit(count: 9, withinSeconds: 90) : nil)
    }

    private static let conditions: [Condition] = [
        .event(EventCondition(labels: ["siren"], minimumConfidence: 0.7)),
        .event(EventCondition(labels: ["dog"], minimumDurationSeconds: 3)),
        .event(EventCondition(isSettledOnly: true)),
        .event(EventCondition(count: EventCount(events: 3, withinSeconds: 45))),
        .level(LevelCondition(quantity: .laeq, windowSeconds: 7, bound: .above(60))),
        .level(
            LevelCondition(
                quantity: .laeq, windowSeconds: 9, bound: .above(60), excluded: ["bird"])),
        .level(LevelCondition(quantity: .lafMaximum, windowSeconds: 2, bound: .above(60))),
        .box(BoxCondition(state: .clipping(seconds: 10))),
        .box(BoxCondition(state: .noAudio(seconds: 5))),
    ]
}
