internal import HostSystem
public import SoundTypes
public import Timekeeping

/// What came nearest to an event of a label without becoming one.
public struct NearMiss: Sendable, Hashable {
    public var label: String
    /// When it began or, if its score was too low, when that was highest, in seconds.
    public var onsetSeconds: Double
    /// The highest filtered score, 0 to 1.
    public var peak: Float
    /// How long it lasted; `nil` if its score was too low.
    public var durationSeconds: Double?
    /// What it takes.
    public var onThreshold: Float
    public var minimumDurationSeconds: Double

    public init(
        label: String, onsetSeconds: Double, peak: Float, durationSeconds: Double?,
        onThreshold: Float, minimumDurationSeconds: Double
    ) {
        self.label = label
        self.onsetSeconds = onsetSeconds
        self.peak = peak
        self.durationSeconds = durationSeconds
        self.onThreshold = onThreshold
        self.minimumDurationSeconds = minimumDurationSeconds
    }

    /// How near: below 1 if the score was too low, from 1 to 2 if it was too short.
    public var nearness: Double {
        if let durationSeconds { return 1 + durationSeconds / minimumDurationSeconds }
        return onThreshold > 0 ? Double(peak / onThreshold) : 0
    }

    /// What is lacking: `0.440; needs 0.600` or `0.720 for 1.20 s; needs 1.60 s`.
    public var shortfall: String {
        func text(_ value: Double, _ places: Int) -> String {
            fixedPoint(value, places: places) ?? "-"
        }
        guard let durationSeconds else {
            return "\(text(Double(peak), 3)); needs \(text(Double(onThreshold), 3))"
        }
        return "\(text(Double(peak), 3)) for \(text(durationSeconds, 2)) s; "
            + "needs \(text(minimumDurationSeconds, 2)) s"
    }
}

extension NearMiss {
    /// Why there is no event at a step, from the filtered scores of the label; `nil` if the sound
    /// there lasts long enough to be one.
    ///
    /// - Parameter smoothed: [steps]
    public init?(
        at step: Int, of smoothed: [Float], label: String, parameters: LabelParameters,
        stepSeconds: Double
    ) {
        var finder = StretchFinder(parameters)
        var found: Stretch?
        func look(_ stretch: Stretch?) {
            if let stretch, stretch.contains(Double(step) * stepSeconds) { found = stretch }
        }
        for (index, score) in smoothed.enumerated() {
            let start = Double(index) * stepSeconds
            look(finder.next(score, from: start, to: start + stepSeconds))
        }
        look(finder.finish())
        guard let found else {
            self.init(label, parameters, at: Double(step) * stepSeconds, peak: smoothed[step])
            return
        }
        self.init(label, parameters, found)
    }

    fileprivate init(_ label: String, _ parameters: LabelParameters, at: Double, peak: Float) {
        self.init(
            label: label, onsetSeconds: at, peak: peak, durationSeconds: nil,
            onThreshold: parameters.onThreshold,
            minimumDurationSeconds: parameters.minimumDurationSeconds)
    }

    /// `nil` if the stretch is an event.
    fileprivate init?(_ label: String, _ parameters: LabelParameters, _ stretch: Stretch) {
        let seconds = stretch.end - stretch.start
        // What is as long as the minimum may have been added up to a little less.
        guard seconds < parameters.minimumDurationSeconds - 1e-6 else { return nil }
        self.init(label, parameters, at: stretch.start, peak: stretch.peak)
        durationSeconds = seconds
    }
}

/// Finds for each label what came nearest to an event without becoming one.
public struct NearMissFinder: Sendable {
    private let rate: SampleRate
    private var watches: [Watch] = []

    /// - Parameters:
    ///   - parameters: [labels]
    ///   - stepSamples: the samples of a step
    public init(
        labels: [String], parameters: [LabelParameters], rate: SampleRate, stepSamples: Int
    ) {
        self.rate = rate
        watches = zip(labels, parameters).map {
            Watch($0, $1, stepSeconds: rate.seconds(Int64(stepSamples)))
        }
    }

    /// Takes the scores of the next step, [labels], for the samples from `start` to `end`.
    public mutating func process(_ scores: Span<Float>, start: Int64, end: Int64) {
        for index in watches.indices {
            watches[index].take(
                scores[index], from: rate.seconds(start), to: rate.seconds(end))
        }
    }

    /// The nearest miss of each label that has one, the nearest first. No more scores follow.
    public mutating func finish() -> [NearMiss] {
        for index in watches.indices { watches[index].finish() }
        return watches.compactMap(\.nearest).sorted { $0.nearness > $1.nearness }
    }
}

/// One label of a `NearMissFinder`.
private struct Watch: Sendable {
    private let label: String
    private let parameters: LabelParameters
    private var filter: MedianFilter
    /// The steps that the filter has not answered for yet.
    private var waiting: [(start: Double, end: Double)] = []
    private var finder: StretchFinder
    private(set) var nearest: NearMiss?

    init(_ label: String, _ parameters: LabelParameters, stepSeconds: Double) {
        self.label = label
        self.parameters = parameters
        filter = MedianFilter(seconds: parameters.smoothingSeconds, stepSeconds: stepSeconds)
        finder = StretchFinder(parameters)
    }

    mutating func take(_ score: Float, from start: Double, to end: Double) {
        waiting.append((start, end))
        if let filtered = filter.next(score) { see(filtered) }
    }

    mutating func finish() {
        while let filtered = filter.drain() { see(filtered) }
        note(finder.finish())
    }

    private mutating func see(_ score: Float) {
        let (start, end) = waiting.removeFirst()
        note(finder.next(score, from: start, to: end))
        if finder.isQuiet { note(NearMiss(label, parameters, at: start, peak: score)) }
    }

    private mutating func note(_ stretch: Stretch?) {
        guard let stretch else { return }
        note(NearMiss(label, parameters, stretch))
    }

    private mutating func note(_ miss: NearMiss?) {
        if let miss, miss.nearness > nearest?.nearness ?? 0 { nearest = miss }
    }
}

/// A sound in the filtered scores, in seconds, however short.
private struct Stretch: Sendable {
    var start: Double
    var end: Double
    var peak: Float

    func contains(_ seconds: Double) -> Bool { start <= seconds && seconds < end }
}

/// Cuts filtered scores into stretches, as `LabelTrack` does.
private struct StretchFinder: Sendable {
    private let parameters: LabelParameters
    private var stretch: Stretch?

    init(_ parameters: LabelParameters) {
        self.parameters = parameters
    }

    var isQuiet: Bool { stretch == nil }

    /// Takes the score of the next step; returns the stretch that has ended with it.
    mutating func next(_ score: Float, from start: Double, to end: Double) -> Stretch? {
        guard let current = stretch else {
            if score >= parameters.onThreshold {
                stretch = Stretch(start: start, end: end, peak: score)
            }
            return nil
        }
        if score >= parameters.offThreshold {
            stretch?.end = end
            stretch?.peak = max(current.peak, score)
        } else if end - current.end >= parameters.mergeGapSeconds - 1e-6 {
            return finish()
        }
        return nil
    }

    mutating func finish() -> Stretch? {
        defer { stretch = nil }
        return stretch
    }
}
