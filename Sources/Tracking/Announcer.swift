internal import SoundTypes

/// Says early that a sound is there: as soon as most of the newest scores reach a threshold, or in
/// other words their median does. It says so once, until that median falls below the off threshold.
struct Announcer: Sendable {
    /// The least number of steps that must reach the threshold.
    let majority: Int
    private let threshold: Float
    private let rearming: Float
    private var window: RunningMedian
    private var isArmed = true

    /// `nil` if the label is not to be announced before it is settled.
    init?(_ parameters: LabelParameters, stepSeconds: Double) {
        guard let threshold = parameters.announceThreshold else { return nil }
        self.threshold = threshold
        rearming = min(threshold, parameters.offThreshold)
        let steps = max(1, Int((parameters.announceSeconds / stepSeconds).rounded()))
        majority = steps / 2 + 1
        window = RunningMedian(length: steps)
    }

    /// The median of the newest scores.
    var median: Float { window.value }

    /// Whether the sound that was announced can still be heard.
    var isHeard: Bool { window.value >= rearming }

    mutating func add(_ score: Float) {
        window.add(score)
        if window.value < rearming { isArmed = true }
    }

    /// Whether to announce a sound now; if so, it is the only time for this sound.
    mutating func announces() -> Bool {
        guard isArmed, window.isFull, window.value >= threshold else { return false }
        isArmed = false
        return true
    }

    mutating func restart() {
        window.removeAll()
        isArmed = true
    }
}
