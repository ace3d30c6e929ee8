public import ModelFormat
public import SoundTypes
public import Teaching
public import Tracking

extension Model {
    /// How the scores of each label become events: the owner's settings, else the model's at the
    /// owner's sensitivity, else the defaults.
    public func labelParameters(_ owner: TrackingParameters = .init()) -> [LabelParameters] {
        zip(labels, tracking).map { label, tracking in
            owner.parameters(
                for: label, base: tracking.parameters(at: owner.sensitivity(of: label)))
        }
    }
}

extension TaughtSound {
    /// How the scores become events: the owner's settings, else the thresholds of the head, else
    /// the defaults.
    public func labelParameters(_ owner: TrackingParameters = .init()) -> LabelParameters {
        let base = LabelParameters(
            onThreshold: head.thresholds.on, offThreshold: head.thresholds.off)
        return owner.parameters(for: label, base: base)
    }
}
