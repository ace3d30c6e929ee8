internal import LevelTypes
internal import Rules

/// What some rules have to know of the past: what they do not ask for is not read.
struct PastNeeds: Sendable {
    /// The labels of events; `nil`: all.
    private(set) var labels: Set<String>? = []
    /// The sources that are listened to; `nil`: all.
    private(set) var sources: Set<String>? = []
    private(set) var levels = false
    private(set) var bands = false
    private(set) var minutes = false
    private(set) var calibrations = false
    /// Whether something goes by the wall clock.
    private(set) var ticks = false

    init(_ sets: [RuleSet]) {
        for rule in sets.flatMap(\.rules) { add(rule.condition) }
    }

    /// What the windows of rules have to be filled with: events only for the labels that choose
    /// seconds.
    init(windowsOf rules: RuleSet) {
        for rule in rules.rules {
            if case .event = rule.condition { continue }
            add(rule.condition)
        }
    }

    var events: Bool { labels?.isEmpty != true }

    private mutating func add(_ condition: Condition) {
        let named = condition.sources
        sources = named.isEmpty ? nil : sources?.union(named)
        switch condition {
        case .event(let condition):
            labels = condition.isOfAnyLabel ? nil : labels?.union(condition.labels)
        case .level(let condition):
            labels?.formUnion(condition.excluded)
            labels?.formUnion(condition.required)
            switch condition.quantity {
            case .percentile: minutes = true
            case .thirdOctave: (levels, bands) = (true, true)
            case .laeq, .lceq, .lzeq, .lafMaximum, .lcPeak: levels = true
            }
        case .box(let condition):
            switch condition.state {
            case .noAudio: ticks = true
            case .deadMicrophone, .clipping: levels = true
            case .calibrationDrift: calibrations = true
            case .diskBelow: break
            }
        }
    }
}
