/// How loud an event was, relative to full scale, with the scale that turns this into sound
/// pressure levels.
public struct EventLevels: Sendable, Hashable {
    /// Audio from onset to offset, in seconds.
    public var seconds: Double
    /// A-weighted exposure, in seconds (`LevelSummary`).
    public var exposureA: Double
    /// The highest A-weighted power with time weighting F.
    public var fastMaximum: Double
    /// LA90 of the minutes before the onset as a power; `nil` if less than 10 s was heard, or
    /// nothing but digital silence.
    public var background: Double?
    public var scale: LevelScale

    public init(
        seconds: Double, exposureA: Double, fastMaximum: Double, background: Double?,
        scale: LevelScale
    ) {
        self.seconds = seconds
        self.exposureA = exposureA
        self.fastMaximum = fastMaximum
        self.background = background
        self.scale = scale
    }

    /// In dB on the scale; `nil` where nothing was measured.
    public var laeq: Double? { seconds > 0 ? scale.level(power: exposureA / seconds) : nil }
    public var lae: Double? { seconds > 0 ? scale.level(power: exposureA) : nil }
    public var lafMaximum: Double? { seconds > 0 ? scale.level(power: fastMaximum) : nil }
    public var backgroundLevel: Double? { background.map { scale.level(power: $0) } }
    /// LAFmax above the background, in dB.
    public var rise: Double? {
        guard let lafMaximum, let backgroundLevel else { return nil }
        return lafMaximum - backgroundLevel
    }
}
