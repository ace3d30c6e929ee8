internal import Glibc
public import SoundTypes

/// The mel scale of HTK: mel = 2595 lg(1 + f / 700 Hz) (Young et al., The HTK Book, 5.4).
public enum MelScale {
    /// The edges of the bands, equally spaced in mel, in hertz: [bands + 2]. Band b rises from edge
    /// b to edge b + 1, its centre, and falls to edge b + 2.
    public static func edges(bands: Int, lowHertz: Double, highHertz: Double) -> [Double] {
        let lowMel = mel(lowHertz)
        let step = (mel(highHertz) - lowMel) / Double(bands + 1)
        return (0...(bands + 1)).map { hertz(lowMel + Double($0) * step) }
    }

    /// The edges of the bands of a spectrogram.
    public static func edges(of features: FeatureParameters) -> [Double] {
        edges(
            bands: features.bands, lowHertz: features.lowHertz, highHertz: features.highHertz)
    }

    private static func mel(_ hertz: Double) -> Double { 2_595 * log10(1 + hertz / 700) }
    private static func hertz(_ mel: Double) -> Double { 700 * (pow(10, mel / 2_595) - 1) }
}
