internal import SoundTypes

/// What cross-validation says about a taught sound.
public struct TeachingFigures: Sendable, Hashable, Codable {
    public struct Confusion: Sendable, Hashable, Codable {
        /// A label of the model, or the name of a sound without a label.
        public let name: String
        /// The share of its steps in the background set that pass for the taught sound.
        public let share: Double
    }

    public enum Verdict: String, Sendable {
        case well, fairly, weakly
    }

    /// The shares that have to be found, and the false alarms an hour that may come with them.
    private static let (wellFound, fewAlarms) = (0.8, 60.0)
    private static let (fairlyFound, manyAlarms) = (0.5, 180.0)

    /// How many renditions of each clip were found by a head that had not heard it.
    public let found: [Int]
    /// How many renditions of each sound mistaken for it still are, by a head that had not heard
    /// it; `nil` if there are no such sounds.
    public let mistaken: [Int]?
    /// The renditions of a clip: as it is, and in noise.
    public let renditions: Int
    /// The share of background steps that reach the threshold.
    public let falseShare: Double
    /// The greatest, at most three.
    public let confusions: [Confusion]
    /// Sounds of the background that were left out because they are the taught one.
    public let sameSounds: [String]

    /// Whether the counts and shares could come from teaching.
    var areSound: Bool {
        (0...1_000).contains(renditions) && (0...1).contains(falseShare)
            && (found + (mistaken ?? [])).allSatisfy { (0...renditions).contains($0) }
            && confusions.allSatisfy { (0...1).contains($0.share) }
    }

    /// The share of all renditions that were found.
    public var recall: Double { share(found) }

    /// The share of all renditions of sounds mistaken for it that still are.
    public var mistakenShare: Double? { mistaken.map(share) }

    private func share(_ counts: [Int]) -> Double {
        Double(counts.reduce(0, +)) / Double(max(renditions * counts.count, 1))
    }

    /// False alarms per hour in sound like that of the background, if each were as short as an
    /// event can be. This is not a bound: an event may reach the threshold for less than its
    /// length.
    public var alarmsPerHour: Double {
        falseShare * 3_600 / LabelParameters().minimumDurationSeconds
    }

    /// Both count: what is found, and what else is taken for it.
    public var verdict: Verdict {
        if recall >= Self.wellFound, alarmsPerHour <= Self.fewAlarms { return .well }
        return recall >= Self.fairlyFound && alarmsPerHour <= Self.manyAlarms ? .fairly : .weakly
    }

    /// Whether the false alarms, and not what is missed, spoil the verdict.
    public var isTooCommon: Bool { recall >= Self.fairlyFound && alarmsPerHour > Self.fewAlarms }
}
