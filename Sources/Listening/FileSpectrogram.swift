internal import Capture
public import SoundTypes
internal import Spectrogram
internal import Timekeeping

/// A stretch of the spectrogram of a recording, as the network sees it.
public enum FileSpectrogram {
    /// Reads some frames, or as many of them as the recording has. Blocks.
    ///
    /// - Returns: [frames][bands]
    /// - Throws: `CaptureError` if the recording cannot be read, `SpectrogramError` if its rate is
    ///   too low.
    public static func frames(
        _ range: Range<Int>, path: String, channel: Int, features: FeatureParameters
    ) throws -> [Float] {
        let source = try FileSource(path: path, channel: channel, pace: .maximum)
        let rate = source.sampleRate
        let spectrogram = try LogMelSpectrogram(parameters: features, sampleRate: rate)
        let samples = (range.count - 1) * spectrogram.hop + spectrogram.window
        let excerpt = try Excerpt(
            of: source, skipping: range.lowerBound * spectrogram.hop,
            seconds: rate.seconds(Int64(samples)))
        var frames: [Float] = []
        frames.reserveCapacity(range.count * features.bands)
        spectrogram.process(excerpt.samples.span) { frame in
            for band in 0..<frame.count { frames.append(frame[band]) }
        }
        return frames
    }
}
