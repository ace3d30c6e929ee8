internal import Glibc
internal import SoundTypes
internal import Spectrogram
internal import Timekeeping

/// Makes other renditions of a clip: further away, in noise, through another microphone.
///
/// As in training (`Training/data.py`) they are mixed as power in mel bands. The first one is the
/// clip as it is.
struct Renditions {
    /// Noise that comes before the clip, so that the network does not begin in silence.
    static let leadSeconds = 1.0
    private static let noiseSeconds = 12.0
    /// The level of the sound above the noise, in dB.
    private static let ratioDecibels: ClosedRange<Float> = 0...30
    /// The level of the loudest frame, in dB relative to full scale.
    private static let peakDecibels: ClosedRange<Float> = -50...(-5)
    /// How much the noise falls or rises, in dB per octave.
    private static let tiltDecibels: ClosedRange<Float> = -6...1.5
    /// The deviation of the random colour of clips and noise, in dB.
    private static let colourDecibels: Float = 3
    private static let colourPoints = 6
    private static let seed: UInt64 = 2_026

    private let parameters: FeatureParameters
    /// The power of white noise, mean 1 over all bands, [frames][bands]
    private let noise: [Float]
    /// How many octaves each band is above 1 kHz, [bands]
    private let octaves: [Float]
    private var generator = SeededGenerator(seed: Self.seed)

    /// The number of frames in `leadSeconds`.
    let leadFrames: Int

    init(parameters: FeatureParameters) throws(SpectrogramError) {
        self.parameters = parameters
        leadFrames = Int((Self.leadSeconds / parameters.hopSeconds).rounded())
        let rates = [16_000, 32_000, 48_000, 96_000, 192_000]
        let hertz = rates.first { Double($0) >= 2 * parameters.highHertz } ?? rates[0]
        guard let rate = SampleRate(hertz: hertz) else {
            throw .sampleRateTooLow(hertz: hertz, highHertz: parameters.highHertz)
        }
        var generator = SeededGenerator(seed: Self.seed)
        let samples = (0..<rate.samples(Self.noiseSeconds)).map { _ in generator.normal() }
        let frames = try SoundFrames(
            samples: samples.span, sampleRate: rate, parameters: parameters)
        let powers = frames.values.map { exp($0) }
        let mean = powers.reduce(0, +) / Float(powers.count)
        noise = powers.map { $0 / mean }
        octaves = Self.centres(parameters).map { Float(log2(max($0, 100) / 1_000)) }
    }

    /// The next rendition: `lead` frames of noise, then the clip in the same noise.
    mutating func next(
        of clip: SoundFrames, _ active: ActiveFrames, lead: Int
    ) -> SoundFrames {
        let bands = parameters.bands
        let colour = colour()
        let tilt = Float.random(in: Self.tiltDecibels, using: &generator)
        let noiseShape = zip(self.colour(), octaves).map { $0 * Self.gain(tilt * $1) }
        let ratio = Self.gain(-Float.random(in: Self.ratioDecibels, using: &generator))
        let noiseGain = active.power * ratio / noiseShape.reduce(0, +)
        let start = Int.random(in: 0..<noise.count / bands, using: &generator)
        let count = lead + clip.count
        var powers = [Float](repeating: 0, count: count * bands)
        var loudest: Float = 0
        for frame in 0..<count {
            let noiseFrame = (start + frame) % (noise.count / bands)
            var sum: Float = 0
            for band in 0..<bands {
                var power = noise[noiseFrame * bands + band] * noiseShape[band] * noiseGain
                if frame >= lead {
                    power += exp(clip.values[(frame - lead) * bands + band]) * colour[band]
                }
                powers[frame * bands + band] = power
                sum += power
            }
            loudest = max(loudest, sum)
        }
        let gain = Self.gain(.random(in: Self.peakDecibels, using: &generator)) / loudest
        let floor = Float(parameters.floor)
        return SoundFrames(values: powers.map { log(max($0 * gain, floor)) }, bands: bands)
    }

    /// A smooth random response, [bands], as power factors.
    private mutating func colour() -> [Float] {
        let points = (0..<Self.colourPoints).map { _ in Self.colourDecibels * generator.normal() }
        return (0..<parameters.bands).map { band in
            let place =
                Float(band) / Float(max(parameters.bands - 1, 1)) * Float(points.count - 1)
            let index = min(Int(place), points.count - 2)
            let share = place - Float(index)
            return Self.gain(points[index] * (1 - share) + points[index + 1] * share)
        }
    }

    private static func gain(_ decibels: Float) -> Float {
        pow(10, decibels / 10)
    }

    /// The middle of each band in hertz, on the HTK mel scale.
    private static func centres(_ parameters: FeatureParameters) -> [Double] {
        func mel(_ hertz: Double) -> Double { 2_595 * log10(1 + hertz / 700) }
        let (low, high) = (mel(parameters.lowHertz), mel(parameters.highHertz))
        return (1...parameters.bands).map { band in
            let place = low + (high - low) * Double(band) / Double(parameters.bands + 1)
            return 700 * (pow(10, place / 2_595) - 1)
        }
    }
}
