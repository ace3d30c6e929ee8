internal import Glibc
internal import SoundTypes
internal import Spectrogram
internal import Timekeeping

/// The log-mel frames of a clip: what the network sees of it, without level normalisation.
public struct SoundFrames: Sendable {
    public let bands: Int
    /// [frames][bands], natural logarithm of power
    public let values: [Float]

    public var count: Int { values.count / bands }

    public init(values: [Float], bands: Int) {
        precondition(bands > 0 && values.count % bands == 0, "whole frames")
        self.values = values
        self.bands = bands
    }

    /// The frames of the samples, as `LogMelSpectrogram` gives them.
    ///
    /// - Throws: `SpectrogramError` if the rate is too low for the parameters
    init(
        samples: Span<Float>, sampleRate: SampleRate, parameters: FeatureParameters
    ) throws(SpectrogramError) {
        let spectrogram = try LogMelSpectrogram(parameters: parameters, sampleRate: sampleRate)
        var values: [Float] = []
        spectrogram.process(samples) { frame in
            for band in frame.indices { values.append(frame[band]) }
        }
        self.init(values: values, bands: parameters.bands)
    }

    /// The power of every frame, all bands together.
    var powers: [Float] {
        (0..<count).map { frame in
            values[frame * bands..<(frame + 1) * bands].reduce(0) { $0 + exp($1) }
        }
    }
}

/// In which frames of a clip its sound is heard, judged by the level within the clip: those above a
/// threshold between the clip's floor and its peak; for a steady sound, all of them.
///
/// The rule and its numbers are those by which `Training/corpus.py` finds the active frames of the
/// recordings that the model was trained on.
struct ActiveFrames {
    /// [frames]
    let isActive: [Bool]
    /// The mean power of the active frames.
    let power: Float

    /// Pauses shorter than this belong to the sound.
    private static let pauseFrames = 25
    /// Nothing is heard this far below the loudest frame, in dB.
    private static let silenceDecibels: Float = 70

    /// `nil` if there is nothing to be heard.
    ///
    /// - Parameter floor: the lowest power that a band of a frame can have
    init?(_ frames: SoundFrames, floor: Double) {
        let powers = frames.powers
        let digitalSilence = Float(floor) * Float(frames.bands)
        guard let loudest = powers.max(), loudest > 2 * digitalSilence else { return nil }
        let levels = powers.map { 10 * log10($0) }
        let sorted = levels.sorted()
        let peak = sorted[sorted.count - 1]
        let (bottom, median) = (sorted[sorted.count / 10], sorted[sorted.count / 2])
        let isSteady = peak - median < 10 && median - bottom < 6
        let rise = max(3, (peak - bottom) / 4)
        let threshold =
            isSteady ? peak - Self.silenceDecibels : max(bottom + rise, peak - 30)
        isActive = Self.closed(levels.map { $0 >= threshold })
        let heard = zip(powers, isActive).filter(\.1).map(\.0)
        power = heard.reduce(0, +) / Float(heard.count)
    }

    /// Whether most frames of each step are active, [steps].
    func steps(of frames: Int) -> [Bool] {
        (0..<isActive.count / frames).map { step in
            2 * isActive[step * frames..<(step + 1) * frames].count { $0 } >= frames
        }
    }

    private static func closed(_ active: [Bool]) -> [Bool] {
        var result = active
        var last: Int?
        for index in active.indices where active[index] {
            if let last, index - last <= pauseFrames {
                for between in last..<index { result[between] = true }
            }
            last = index
        }
        return result
    }
}
