import AlertTypes
import LevelTypes
import Rules
import SoundTypes
import TestSupport
import Timekeeping

/// A random stretch of life of a monitor with two sources, by the second: levels, events that are
/// announced, settled, retracted or cut off by gaps, silences, acknowledgements, and the seconds at
/// which the monitor is started again, at which its rules are loaded again, and at which the clock
/// is set.
struct RandomTimeline {
    enum Step {
        case observe(Observation)
        /// The monitor ends and starts again, `away` seconds later.
        case restart
        case reload
        /// The clock is set, by whole minutes.
        case setClock(seconds: Double)
        /// The owner says that he knows of the newest alert.
        case acknowledge(at: Double)
    }

    private(set) var steps: [Step] = []
    private var random: SeededRandom
    private var lastEvent: Int64 = 0
    private var voices: [Voice: Heard] = [:]
    private var gapEnds: [String: (from: Double, until: Double)] = [:]
    private var loudness: [String: Double] = ["hall": 40, "garden": 55]

    private struct Voice: Hashable {
        let source: String
        let label: String
    }

    private struct Heard {
        let id: Int64
        let onset: Double
        let end: Double
        let isRetracted: Bool
        var peak: Double
    }

    static let sources = ["hall", "garden"]
    static let labels = ["siren", "dog", "bird"]

    /// - Parameter setsClock: whether the clock is set, which times that people set do not follow
    init(seed: UInt64, setsClock: Bool) {
        random = SeededRandom(seed: seed)
        for source in Self.sources { observe(.began(source: source, at: time(0))) }
        for second in 0..<Int.random(in: 150...300, using: &random) {
            for source in Self.sources { live(source, Double(second)) }
            observe(.tick(at: time(Double(second + 1)), elapsed: 1))
            interrupt(after: Double(second), setsClock: setsClock)
        }
    }

    private mutating func observe(_ observation: Observation) {
        steps.append(.observe(observation))
    }

    private mutating func happens(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < probability
    }

    /// A second of a source.
    private mutating func live(_ source: String, _ start: Double) {
        if let gap = gapEnds[source] {
            guard gap.until <= start else { return }
            observe(.gap(source: source, from: time(gap.from), until: time(gap.until)))
            gapEnds[source] = nil
        }
        if happens(0.01) {
            for label in Self.labels { endEvent(Voice(source: source, label: label), at: start) }
            let length = Double(Int.random(in: 1...40, using: &random))
            gapEnds[source] = (start, start + length)
            return
        }
        for label in Self.labels { liveEvent(Voice(source: source, label: label), start) }
        if happens(0.05) { loudness[source] = Double.random(in: 30...80, using: &random) }
        let isStuck = loudness[source, default: 40] < 38
        observe(
            .level(
                source: source,
                second(
                    start, loudness[source, default: 40], isClipped: happens(0.05),
                    isStuck: isStuck)))
        observe(.heard(source: source, until: time(start + 1)))
    }

    private mutating func liveEvent(_ voice: Voice, _ start: Double) {
        if voices[voice] == nil, happens(0.04) {
            lastEvent += 1
            let onset = start + Double.random(in: 0..<0.5, using: &random)
            voices[voice] = Heard(
                id: lastEvent, onset: onset,
                end: onset + Double.random(in: 0.3...20, using: &random),
                isRetracted: happens(0.2), peak: Double.random(in: 0.4...1, using: &random))
        }
        guard let heard = voices[voice] else { return }
        for half in [start + 0.5, start + 1] where half > heard.onset && half < heard.end {
            report(voice, heard, until: half, .open)
        }
        if heard.end <= start + 1 { endEvent(voice, at: heard.end) }
    }

    private mutating func endEvent(_ voice: Voice, at end: Double) {
        guard let heard = voices.removeValue(forKey: voice) else { return }
        report(voice, heard, until: end, heard.isRetracted ? .retracted : .complete)
    }

    private mutating func report(
        _ voice: Voice, _ heard: Heard, until end: Double, _ status: SoundEvent.Status
    ) {
        let isSettled = !heard.isRetracted && end - heard.onset > 1
        observe(
            .event(
                event(
                    id: heard.id, source: voice.source, label: voice.label, onset: heard.onset,
                    heard: end, peak: heard.peak, status: status,
                    isSettled: isSettled || status == .complete)))
    }

    private mutating func interrupt(after second: Double, setsClock: Bool) {
        if happens(0.01) {
            // Events that are open are over; other ones begin.
            (voices, gapEnds) = ([:], [:])
            steps.append(.restart)
            for source in Self.sources {
                observe(.began(source: source, at: time(second + 1)))
            }
        }
        if happens(0.02) { steps.append(.reload) }
        if happens(0.03) { steps.append(.acknowledge(at: second + 1)) }
        if setsClock, happens(0.01) {
            let minutes = Double(Int.random(in: -30...30, using: &random))
            steps.append(.setClock(seconds: minutes * 60))
        }
        if !setsClock, happens(0.01) {
            observe(
                .silences([
                    Silence(
                        id: 1, createdAt: time(second), startsAt: time(second),
                        endsAt: time(second + 40), rule: happens(0.5) ? "r1" : nil,
                        label: happens(0.3) ? "dog" : nil)
                ]))
        }
    }
}

extension RuleSet {
    /// Some rules of every kind.
    static func random(seed: UInt64) -> RuleSet {
        var random = SeededRandom(seed: seed &+ 0x5EED)
        var rules: [Rule] = []
        for index in 0..<Int.random(in: 2...8, using: &random) {
            var rule = Rule(
                name: "r\(index)", condition: .random(&random),
                grouping: Rule.Grouping.allCases.randomElement(using: &random) ?? .event,
                holdSeconds: [0, 0, 2, 5].randomElement(using: &random) ?? 0,
                keepFiringSeconds: [0, 0, 5, 20].randomElement(using: &random) ?? 0,
                cooldownSeconds: [0, 0, 10, 60].randomElement(using: &random) ?? 0,
                repeatSeconds: [nil, nil, 15].randomElement(using: &random) ?? nil,
                actions: [notify])
            if Bool.random(using: &random) {
                rule.limit = FiringLimit(count: 2, withinSeconds: 90)
            }
            if index > 0, Bool.random(using: &random) { rule.inhibitors = ["r\(index - 1)"] }
            rules.append(rule)
        }
        let limit = FiringLimit(count: 12, withinSeconds: 120)
        return RuleSet(rules: rules, limit: Bool.random(using: &random) ? limit : nil)
    }
}

extension Condition {
    fileprivate static func random(_ random: inout SeededRandom) -> Condition {
        let label = RandomTimeline.labels.randomElement(using: &random) ?? "siren"
        switch Int.random(in: 0..<8, using: &random) {
        case 0...2:
            return .event(
                EventCondition(
                    labels: Bool.random(using: &random) ? [label] : [],
                    minimumConfidence: [0, 0.7].randomElement(using: &random) ?? 0,
                    minimumDurationSeconds: [0, 0, 3].randomElement(using: &random) ?? 0,
                    isSettledOnly: Bool.random(using: &random)))
        case 3:
            return .event(EventCondition(count: EventCount(events: 3, withinSeconds: 45)))
        case 4, 5:
            return .level(
                LevelCondition(
                    quantity: .laeq,
                    windowSeconds: Int.random(in: 1...60, using: &random), bound: .above(60),
                    excluded: Bool.random(using: &random) ? [label] : []))
        case 6:
            return .box(BoxCondition(state: .deadMicrophone(seconds: 8)))
        default:
            return Bool.random(using: &random)
                ? .box(BoxCondition(state: .clipping(seconds: 4)))
                : .box(BoxCondition(state: .noAudio(seconds: 12)))
        }
    }
}
