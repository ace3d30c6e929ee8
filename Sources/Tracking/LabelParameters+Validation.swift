public import SoundTypes

extension LabelParameters {
    /// Throws if no event can be tracked with these values.
    public func validate() throws(TrackingError) {
        let thresholds = [
            ("on", onThreshold), ("off", offThreshold),
            ("announce", announceThreshold ?? onThreshold),
        ]
        for (name, value) in thresholds where !(0...1).contains(value) {
            throw .thresholdOutOfRange(name: name, value: value)
        }
        guard offThreshold <= onThreshold else {
            throw .offAboveOn(off: offThreshold, on: onThreshold)
        }
        let lengths = [
            ("smoothing", smoothingSeconds), ("announce window", announceSeconds),
            ("minimum duration", minimumDurationSeconds),
            ("merge gap", mergeGapSeconds), ("maximum duration", maximumDurationSeconds),
        ]
        for (name, seconds) in lengths where !(seconds >= 0 && seconds.isFinite) {
            throw .lengthOutOfRange(name: name, seconds: seconds)
        }
        let shortest = minimumDurationSeconds + mergeGapSeconds
        guard maximumDurationSeconds > shortest else {
            throw .maximumTooShort(seconds: maximumDurationSeconds, mustExceed: shortest)
        }
    }
}
