internal import Fourier
internal import Glibc
public import SoundTypes
public import Timekeeping

/// The streaming log-mel spectrogram: samples in, one frame of `bands` values per hop out.
///
/// Frame n covers the samples [n hop, n hop + window) and comes out with the last of them.
///
/// 1. periodic Hann window, followed by zeros up to the FFT length
/// 2. power of each bin, divided by the squared sum of the window: a sine of amplitude a has
///    a²/4 in its bin, at every sample rate
/// 3. triangular mel filters (`MelFilterbank`)
/// 4. natural logarithm, no lower than that of `floor`
///
/// One instance belongs to one thread. After `init` nothing is allocated.
public final class LogMelSpectrogram {
    public let parameters: FeatureParameters
    public let sampleRate: SampleRate
    /// The number of samples in a frame.
    public let window: Int
    /// The number of samples from one frame to the next.
    public let hop: Int

    /// A longer window, hop or FFT is of no use for sounds, and makes startup slow.
    private static let maximumSeconds = 1.0
    /// With more bands, no sample rate has a bin for each.
    private static let maximumBands = 4_096
    /// The number of hops that fit after the first frame in the memory for samples.
    private static let spareHops = 16

    private let windowShape: [Float]  // [window]
    private let powerScale: Float
    private let filterbank: MelFilterbank
    private let fft: RealFFT
    private let floor: Float

    /// [window + spareHops * hop]: the next frame is the window from `start` onwards, of which
    /// `filled` samples are there. Samples are moved to the beginning when they reach the end.
    private var history: [Float]
    private var start = 0
    private var filled = 0
    private var binPowers: [Float]  // [bins]
    private var frame: [Float]  // [bands]

    /// - Throws: `SpectrogramError` if the rate is too low for the bands, or the parameters do not
    ///   make a spectrogram.
    public init(
        parameters: FeatureParameters = FeatureParameters(), sampleRate: SampleRate
    ) throws(SpectrogramError) {
        guard 2 * parameters.highHertz <= Double(sampleRate.hertz) else {
            throw .sampleRateTooLow(hertz: sampleRate.hertz, highHertz: parameters.highHertz)
        }
        let lengths = [parameters.windowSeconds, parameters.hopSeconds, parameters.fftSeconds]
        guard lengths.allSatisfy({ (0...Self.maximumSeconds).contains($0) }),
            (1...Self.maximumBands).contains(parameters.bands)
        else { throw .impossibleParameters(parameters) }
        window = sampleRate.samples(parameters.windowSeconds)
        hop = sampleRate.samples(parameters.hopSeconds)
        let fftLength = sampleRate.samples(parameters.fftSeconds)
        guard parameters.lowHertz >= 0,
            parameters.lowHertz < parameters.highHertz, parameters.floor > 0,
            hop >= 1, hop <= window, window <= fftLength,
            let filterbank = MelFilterbank(
                bands: parameters.bands, lowHertz: parameters.lowHertz,
                highHertz: parameters.highHertz, sampleRate: sampleRate.hertz,
                fftLength: fftLength)
        else { throw .impossibleParameters(parameters) }

        self.parameters = parameters
        self.sampleRate = sampleRate
        self.filterbank = filterbank
        fft = RealFFT(length: fftLength)
        let length = Double(window)
        windowShape = (0..<window).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / length)) }
        let sum = windowShape.reduce(0.0) { $0 + Double($1) }
        powerScale = Float(1 / (sum * sum))
        floor = Float(parameters.floor)
        history = Array(repeating: 0, count: window + Self.spareHops * hop)
        binPowers = Array(repeating: 0, count: filterbank.paddedBinCount)
        frame = Array(repeating: 0, count: parameters.bands)
    }

    /// Takes samples and delivers each frame that they complete, in order.
    ///
    /// - Parameters:
    ///   - samples: any number
    ///   - onFrame: gets a frame, [bands], natural logarithm of power; valid during the call
    public func process(_ samples: Span<Float>, onFrame: (Span<Float>) -> Void) {
        var taken = 0
        while taken < samples.count {
            let count = min(window - filled, samples.count - taken)
            history.overwrite(
                from: start + filled, with: samples.extracting(taken..<taken + count))
            filled += count
            taken += count
            guard filled == window else { return }
            computeFrame()
            onFrame(frame.span)
            moveOn()
        }
    }

    /// Forgets all samples: the next one begins frame 0 of a new stream.
    public func reset() {
        start = 0
        filled = 0
    }

    /// The next frame begins a hop later.
    private func moveOn() {
        start += hop
        filled = window - hop
        guard start + window > history.count else { return }
        Self.move(&history, from: start, count: filled)
        start = 0
    }

    private func computeFrame() {
        fft.transform(history.span.extracting(start..<start + window), window: windowShape)
        fft.powers(filterbank.bins, into: &binPowers)  // binPowers: [bins]
        filterbank.apply(binPowers, into: &frame)  // frame: [bands], power
        Self.takeLogarithm(of: &frame, scale: powerScale, floor: floor)
    }

    private static func takeLogarithm(of frame: inout [Float], scale: Float, floor: Float) {
        for band in frame.indices {
            let power = frame[band] * scale
            // Absurd input (samples of 1e30) overflows to infinity or NaN: the frame stays finite.
            frame[band] = log(power > floor ? min(power, .greatestFiniteMagnitude) : floor)
        }
    }

    // It takes the array by reference: each use of a stored array inside a loop would check
    // exclusive access again.

    private static func move(_ samples: inout [Float], from start: Int, count: Int) {
        for index in 0..<count { samples[index] = samples[start + index] }
    }
}
