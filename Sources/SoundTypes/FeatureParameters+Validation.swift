/// These numbers come from files and become array lengths and divisors.
extension FeatureParameters {
    /// What is wrong with features that no spectrogram can have, or no sensible one, with the value
    /// and what is accepted; `nil` for good ones.
    public var fault: String? {
        let ranges: [(name: String, value: Double, accepted: ClosedRange<Double>)] = [
            ("window_seconds", windowSeconds, 0.001...0.2),
            ("hop_seconds", hopSeconds, 0.001...0.1), ("fft_seconds", fftSeconds, 0.001...1),
            ("low_hertz", lowHertz, 0...96_000), ("high_hertz", highHertz, 0...96_000),
            // As Float, neither zero nor infinite.
            ("floor", floor, 1e-30...1),
        ]
        for (name, value, accepted) in ranges where !accepted.contains(value) {
            return "\"\(name)\" is \(value); accepted: \(accepted.lowerBound) to "
                + "\(accepted.upperBound)"
        }
        guard (1...512).contains(bands) else { return "\"bands\" is \(bands); accepted: 1 to 512" }
        guard hopSeconds <= windowSeconds else {
            return "\"hop_seconds\" is \(hopSeconds); accepted: up to \"window_seconds\", which is "
                + "\(windowSeconds)"
        }
        guard fftSeconds >= windowSeconds else {
            return "\"fft_seconds\" is \(fftSeconds); accepted: from \"window_seconds\" on, "
                + "which is \(windowSeconds)"
        }
        guard lowHertz < highHertz else {
            return "\"low_hertz\" is \(lowHertz); accepted: less than \"high_hertz\", which is "
                + "\(highHertz)"
        }
        return nil
    }
}
