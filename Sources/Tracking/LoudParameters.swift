/// When a sound is an event because of its level alone, whatever it is.
///
/// A sound is loud while LAF exceeds a threshold: the absolute one, the one above the background,
/// or, if both are given, either. It is loud until LAF has been below that threshold, less the
/// hysteresis, for the hold time.
public struct LoudParameters: Sendable, Hashable {
    /// Absolute thresholds, in dB(A); below 0 where levels are relative to full scale.
    public static let acceptedLevels = -120.0...160.0
    /// Thresholds above the background, in dB.
    public static let acceptedRises = 3.0...60.0
    public static let acceptedHysteresis = 0.0...20.0

    /// The level LAF must exceed, in dB on the scale of the source.
    public var absoluteDecibels: Double?
    /// How far LAF must exceed the background, in dB.
    public var aboveBackgroundDecibels: Double?
    /// How far LAF must fall below the threshold for the sound to end, in dB.
    public var hysteresisDecibels: Double
    /// A shorter sound is not an event.
    public var minimumDurationSeconds: Double
    /// A quieter stretch shorter than this does not end an event.
    public var holdSeconds: Double
    /// A part of an event is no longer than this; a longer sound continues as a new part.
    public var maximumDurationSeconds: Double

    public init(
        absoluteDecibels: Double? = nil, aboveBackgroundDecibels: Double? = nil,
        hysteresisDecibels: Double = 2, minimumDurationSeconds: Double = 1,
        holdSeconds: Double = 5, maximumDurationSeconds: Double = 300
    ) {
        self.absoluteDecibels = absoluteDecibels
        self.aboveBackgroundDecibels = aboveBackgroundDecibels
        self.hysteresisDecibels = hysteresisDecibels
        self.minimumDurationSeconds = minimumDurationSeconds
        self.holdSeconds = holdSeconds
        self.maximumDurationSeconds = maximumDurationSeconds
    }

    /// Throws if no event can be found with these values.
    public func validate() throws(TrackingError) {
        let levels = [
            ("threshold", absoluteDecibels, Self.acceptedLevels),
            ("threshold above the background", aboveBackgroundDecibels, Self.acceptedRises),
            ("hysteresis", hysteresisDecibels, Self.acceptedHysteresis),
        ]
        for (name, decibels, accepted) in levels {
            guard let decibels, !accepted.contains(decibels) else { continue }
            throw .levelOutOfRange(name: name, decibels: decibels, accepted: accepted)
        }
        let lengths = [
            ("minimum duration", minimumDurationSeconds), ("hold time", holdSeconds),
            ("maximum duration", maximumDurationSeconds),
        ]
        for (name, seconds) in lengths where !(seconds >= 0 && seconds.isFinite) {
            throw .lengthOutOfRange(name: name, seconds: seconds)
        }
        let shortest = minimumDurationSeconds + holdSeconds
        guard maximumDurationSeconds > shortest else {
            throw .maximumTooShort(seconds: maximumDurationSeconds, mustExceed: shortest)
        }
        guard absoluteDecibels != nil || aboveBackgroundDecibels != nil else {
            throw .noLoudThreshold
        }
    }
}
