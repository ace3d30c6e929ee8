internal import SoundTypes

extension Model {
    /// Refuses features that no spectrogram, or no sensible one, can have: a model file can come
    /// from anywhere, and these numbers become array lengths.
    func checkFeatures() throws(HeaderFault) {
        if let fault = features.fault { throw HeaderFault(detail: fault) }
    }

    static func check(
        _ name: String, _ value: Double, in accepted: ClosedRange<Double>
    ) throws(HeaderFault) {
        guard accepted.contains(value) else {
            throw HeaderFault(
                detail: "\"\(name)\" is \(value); accepted: \(accepted.lowerBound) to "
                    + "\(accepted.upperBound)")
        }
    }
}
