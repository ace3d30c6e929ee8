/// Translates positions on the sample time line to the wall clock.
///
/// The samples are the truth: the time between two positions is exactly their difference divided by
/// the rate. All that is measured is where the line is on the wall clock. Small differences (the
/// crystal of the device, scheduling) are followed slowly, so no event is moved by more than
/// `slewPerObservation` at once. A large difference that persists is a step of the wall clock: the
/// line moves as a whole, and whatever comes later carries the new time.
public struct SampleClock: Sendable {
    /// A difference up to this is followed slowly.
    public static let stepThresholdSeconds = 1.0
    /// A larger one is believed after this many observations in a row.
    static let observationsBeforeStep = 5
    /// With one observation per second, this follows a crystal that is off by 500 ppm.
    static let slewPerObservation = 0.0005

    public let sampleRate: SampleRate
    private var anchorPosition: Int64
    private var anchorTime: UTCTime
    private var largeDifferences = 0

    /// A clock on which `position` is at `time`.
    public init(sampleRate: SampleRate, position: Int64 = 0, time: UTCTime) {
        self.sampleRate = sampleRate
        anchorPosition = position
        anchorTime = time
    }

    public func time(at position: Int64) -> UTCTime {
        anchorTime.adding(seconds: sampleRate.seconds(position - anchorPosition))
    }

    /// The position nearest to a time.
    public func position(at time: UTCTime) -> Int64 {
        let seconds = time.seconds(since: anchorTime)
        return anchorPosition + Int64((seconds * Double(sampleRate.hertz)).rounded())
    }

    /// Takes the wall-clock time at which the sample at `position` was captured, about once a
    /// second. Returns the step in seconds if the line has moved as a whole.
    public mutating func observe(position: Int64, time: UTCTime) -> Double? {
        let predicted = self.time(at: position)
        let difference = time.seconds(since: predicted)
        anchorPosition = position
        guard abs(difference) > Self.stepThresholdSeconds else {
            largeDifferences = 0
            let slew = min(max(difference, -Self.slewPerObservation), Self.slewPerObservation)
            anchorTime = predicted.adding(seconds: slew)
            return nil
        }
        largeDifferences += 1
        guard largeDifferences >= Self.observationsBeforeStep else {
            anchorTime = predicted
            return nil
        }
        largeDifferences = 0
        anchorTime = time
        return difference
    }
}
