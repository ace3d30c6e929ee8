/// What a rule is about.
public enum Condition: Sendable, Hashable {
    case event(EventCondition)
    case level(LevelCondition)
    case box(BoxCondition)
}

extension Condition {
    /// The labels that it names.
    public var labels: Set<String> {
        switch self {
        case .event(let condition): condition.labels
        case .level(let condition): condition.excluded.union(condition.required)
        case .box: []
        }
    }

    /// The sources that it names; empty: all.
    public var sources: Set<String> {
        switch self {
        case .event(let condition): condition.sources
        case .level(let condition): condition.sources
        case .box(let condition): condition.sources
        }
    }
}

/// Sounds of some labels, this certain, this long and this loud. Levels are in dB as the event has
/// them: sound pressure levels, or relative to full scale from an uncalibrated microphone.
public struct EventCondition: Sendable, Hashable {
    /// The labels it listens for; empty, together with `groups`: every label.
    public var labels: Set<String>
    /// Groups of labels, as the model file has them.
    public var groups: Set<String>
    /// The sources it listens to; empty: all.
    public var sources: Set<String>
    /// The peak confidence an event must reach, 0 to 1.
    public var minimumConfidence: Double
    /// The length an event must reach, over all of its parts, counted from its onset.
    public var minimumDurationSeconds: Double
    /// The LAFmax, the sound exposure level and the rise over the background that an event must
    /// reach. An event without levels does not.
    public var minimumLAFmax: Double?
    public var minimumLAE: Double?
    public var minimumRise: Double?
    /// Whether an event counts only once it is settled.
    public var isSettledOnly: Bool
    /// How many events it takes; `nil`: one, and then the condition holds while it is heard.
    public var count: EventCount?

    /// Whether it names no label: a group that no model resolves is a label that no event has.
    public var isOfAnyLabel: Bool { labels.isEmpty && groups.isEmpty }

    /// The label, if it names no more than one.
    var onlyLabel: String? { groups.isEmpty && labels.count == 1 ? labels.first : nil }

    public init(
        labels: Set<String> = [], groups: Set<String> = [], sources: Set<String> = [],
        minimumConfidence: Double = 0, minimumDurationSeconds: Double = 0,
        minimumLAFmax: Double? = nil, minimumLAE: Double? = nil, minimumRise: Double? = nil,
        isSettledOnly: Bool = false, count: EventCount? = nil
    ) {
        self.labels = labels
        self.groups = groups
        self.sources = sources
        self.minimumConfidence = minimumConfidence
        self.minimumDurationSeconds = minimumDurationSeconds
        self.minimumLAFmax = minimumLAFmax
        self.minimumLAE = minimumLAE
        self.minimumRise = minimumRise
        self.isSettledOnly = isSettledOnly
        self.count = count
    }
}

/// "Three events within ten minutes": the condition holds while so many lie within the last so many
/// seconds.
public struct EventCount: Sendable, Hashable {
    /// 2 to `limit`.
    public var events: Int
    public var withinSeconds: Double

    public static let limit = 1_000

    public init(events: Int, withinSeconds: Double) {
        self.events = events
        self.withinSeconds = withinSeconds
    }
}

/// A level over a window that ends with the newest second, or, for percentiles, with the newest
/// full minute.
public struct LevelCondition: Sendable, Hashable {
    public enum Quantity: Sendable, Hashable {
        case laeq, lceq, lzeq
        case lafMaximum, lcPeak
        /// The level exceeded for this share of the time, in percent: 10 is L10.
        case percentile(Double)
        /// Leq of a third-octave band, by its index among `ThirdOctave.bands`.
        case thirdOctave(Int)
    }

    public enum Bound: Sendable, Hashable {
        case above(Double)
        case below(Double)
    }

    public var quantity: Quantity
    /// Whole seconds, 1 to `longestWindow`; whole minutes for percentiles.
    public var windowSeconds: Int
    public var bound: Bound
    /// Whether the bound is in dB relative to full scale, and not a sound pressure level.
    public var isRelative: Bool
    /// Seconds in which one of these labels was heard are left out.
    public var excluded: Set<String>
    /// If not empty, only seconds in which one of these labels was heard count.
    public var required: Set<String>
    /// The sources it measures; empty: all.
    public var sources: Set<String>

    public static let longestWindow = 86_400
    /// The share of the window whose levels must be known for the condition to be known.
    public static let minimumCoverage = 0.5

    public init(
        quantity: Quantity, windowSeconds: Int, bound: Bound, isRelative: Bool = false,
        excluded: Set<String> = [], required: Set<String> = [], sources: Set<String> = []
    ) {
        self.quantity = quantity
        self.windowSeconds = windowSeconds
        self.bound = bound
        self.isRelative = isRelative
        self.excluded = excluded
        self.required = required
        self.sources = sources
    }
}

/// A state of the box itself.
public struct BoxCondition: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// Nothing was heard from a source for this long.
        case noAudio(seconds: Double)
        /// The samples of a source have not changed at all for this long.
        case deadMicrophone(seconds: Double)
        /// Samples were clipped in so many of the last 60 seconds.
        case clipping(seconds: Int)
        /// Less than this share of the disk of the database is free, 0 to 1.
        case diskBelow(share: Double)
        /// The last calibration found the microphone to be off by more than this, in dB.
        case calibrationDrift(decibels: Double)
    }

    public var state: State
    /// The sources it watches; empty: all. The disk belongs to none.
    public var sources: Set<String>

    public init(state: State, sources: Set<String> = []) {
        self.state = state
        self.sources = sources
    }
}
