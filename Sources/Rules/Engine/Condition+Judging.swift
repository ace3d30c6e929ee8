internal import AlertTypes
internal import SoundTypes
internal import Timekeeping

extension Condition {
    /// Whether it goes by the wall clock and not by that of audio, which may be what is missing.
    var followsWallClock: Bool {
        guard case .box(let condition) = self else { return false }
        return switch condition.state {
        case .noAudio, .diskBelow: true
        case .deadMicrophone, .clipping, .calibrationDrift: false
        }
    }

    /// Whether it holds for as long as an event is heard.
    var lastsWithEvents: Bool {
        if case .event(let condition) = self { condition.count == nil } else { false }
    }

    /// How much of the past has to be known to judge the present, in seconds.
    var historySeconds: Int {
        switch self {
        case .event: 0
        case .level(let condition): condition.windowSeconds
        case .box(let condition): condition.historySeconds
        }
    }
}

extension EventCondition {
    func isOf(label: String) -> Bool { isOfAnyLabel || labels.contains(label) }

    /// Whether an event is certain, long and loud enough.
    func accepts(_ heard: HeardEvent) -> Bool {
        heard.peakConfidence >= minimumConfidence
            && heard.durationSeconds >= minimumDurationSeconds
            && Self.reaches(heard.lafMaximum, minimumLAFmax) && Self.reaches(heard.lae, minimumLAE)
            && Self.reaches(heard.rise, minimumRise)
    }

    private static func reaches(_ level: Double?, _ minimum: Double?) -> Bool {
        guard let minimum else { return true }
        return level.map { $0 >= minimum } ?? false
    }
}

/// What the alert is about that an event belongs to, for each way of grouping.
struct EventGroups {
    private let event: String
    private let label: String
    private let source: String

    init(_ event: SoundEvent) {
        self.event = "event \(event.id)"
        label = "\(event.label) at \(event.source)"
        source = event.source
    }

    func of(_ grouping: Rule.Grouping) -> String {
        switch grouping {
        case .event: event
        case .label: label
        case .source: source
        case .rule: ""
        }
    }
}

extension BoxCondition {
    var isOfDisk: Bool {
        if case .diskBelow = state { true } else { false }
    }

    fileprivate var historySeconds: Int {
        switch state {
        case .deadMicrophone(let seconds): Int(seconds.rounded(.up))
        case .clipping: 60
        case .noAudio, .diskBelow, .calibrationDrift: 0
        }
    }
}

extension RuleSet {
    /// How much of the past its windows hold, in seconds.
    public var historySeconds: Int { rules.map(\.condition.historySeconds).max() ?? 0 }

    /// Whether something goes by the wall clock.
    var needsTicks: Bool { rules.contains { $0.condition.followsWallClock } }

    /// The labels that level conditions name.
    var watchedLabels: Set<String> {
        rules.reduce(into: []) { labels, rule in
            guard case .level(let condition) = rule.condition else { return }
            labels.formUnion(condition.excluded)
            labels.formUnion(condition.required)
        }
    }

    /// By name, but inhibitors before what they inhibit, so that they fire first.
    var inOrderOfInhibition: [Rule] {
        let byName = Dictionary(uniqueKeysWithValues: rules.map { ($0.name, $0) })
        var (ordered, visited): ([Rule], Set<String>) = ([], [])
        func visit(_ name: String) {
            guard let rule = byName[name], visited.insert(name).inserted else { return }
            for inhibitor in rule.inhibitors.sorted() { visit(inhibitor) }
            ordered.append(rule)
        }
        for name in byName.keys.sorted() { visit(name) }
        return ordered
    }
}

extension LevelSecond {
    var end: UTCTime { start.adding(seconds: 1) }
}

extension Silence {
    /// Whether it silences what a rule has to say about a track.
    func concerns(_ rule: Rule, _ track: AlertTrack) -> Bool {
        let labels = track.open.map(\.label) + track.counted.map(\.event.label)
        return (self.rule ?? rule.name) == rule.name
            && (label.map(labels.contains) ?? true)
            && (source.map { $0 == track.source } ?? true)
    }
}
