/// What a recogniser wants its input to look like: the parameters of the log-mel spectrogram. They
/// travel in the model file, because weights mean nothing without them.
public struct FeatureParameters: Sendable, Hashable, Codable {
    /// Length of the Hann window.
    public var windowSeconds: Double
    /// Step from one frame to the next.
    public var hopSeconds: Double
    /// Length of the FFT: the window followed by zeros. It fixes the spacing of the bins (1 /
    /// fftSeconds), so that they are at the same frequencies at every sample rate.
    public var fftSeconds: Double
    /// Number of mel bands.
    public var bands: Int
    /// Lower edge of the lowest band.
    public var lowHertz: Double
    /// Upper edge of the highest band.
    public var highHertz: Double
    /// The lowest band power whose logarithm is taken.
    public var floor: Double

    public init(
        windowSeconds: Double = 0.025, hopSeconds: Double = 0.010, fftSeconds: Double = 0.050,
        bands: Int = 64, lowHertz: Double = 60, highHertz: Double = 7_500, floor: Double = 1e-10
    ) {
        self.windowSeconds = windowSeconds
        self.hopSeconds = hopSeconds
        self.fftSeconds = fftSeconds
        self.bands = bands
        self.lowHertz = lowHertz
        self.highHertz = highHertz
        self.floor = floor
    }

    enum CodingKeys: String, CodingKey {
        case windowSeconds = "window_seconds"
        case hopSeconds = "hop_seconds"
        case fftSeconds = "fft_seconds"
        case bands
        case lowHertz = "low_hertz"
        case highHertz = "high_hertz"
        case floor
    }
}
