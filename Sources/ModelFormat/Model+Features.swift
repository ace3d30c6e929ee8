internal import SoundTypes

extension Model {
    /// Refuses features that no spectrogram, or no sensible one, can have: a model file can come
    /// from anywhere, and these numbers become array lengths.
    func checkFeatures() throws(HeaderFault) {
        let (window, fft) = (features.windowSeconds, features.fftSeconds)
        try Self.check("window_seconds", window, in: 0.001...0.2)
        try Self.check("hop_seconds", features.hopSeconds, in: 0.001...0.1)
        try Self.check("fft_seconds", fft, in: 0.001...1)
        try Self.check("low_hertz", features.lowHertz, in: 0...96_000)
        try Self.check("high_hertz", features.highHertz, in: 0...96_000)
        // As a Float, neither zero nor infinite.
        try Self.check("floor", features.floor, in: 1e-30...1)
        guard (1...512).contains(features.bands) else {
            throw HeaderFault(detail: "\"bands\" is \(features.bands); accepted: 1 to 512")
        }
        guard features.hopSeconds <= window else {
            throw HeaderFault(
                detail: "\"hop_seconds\" is \(features.hopSeconds); accepted: up to "
                    + "\"window_seconds\", which is \(window)")
        }
        guard fft >= window else {
            throw HeaderFault(
                detail: "\"fft_seconds\" is \(fft); accepted: from \"window_seconds\" on, "
                    + "which is \(window)")
        }
        guard features.lowHertz < features.highHertz else {
            throw HeaderFault(
                detail: "\"low_hertz\" is \(features.lowHertz); accepted: less than "
                    + "\"high_hertz\", which is \(features.highHertz)")
        }
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
