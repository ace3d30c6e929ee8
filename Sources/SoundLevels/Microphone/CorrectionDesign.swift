internal import Fourier
internal import Glibc
internal import LevelTypes
internal import Timekeeping

/// The impulse response of a correction filter.
struct CorrectionDesign {
    private(set) var taps: [Float] = []
    /// The largest deviation from the inverse of the response from 20 Hz to 0.45 of the sample
    /// rate, in dB.
    private(set) var maximumErrorDecibels = Double.infinity

    /// The inverse response, one value per bin of the long transform, in dB.
    private let goal: [Double]
    /// The bins in which the deviation counts.
    private let checked: ClosedRange<Int>
    private let transform: RealFFT

    init(response: MicrophoneResponse, sampleRate: SampleRate) {
        // 2^13 taps at 48 kHz are 0.17 s; 2^17 are 2.7 s.
        let doublings = Int(log2(Double(sampleRate.hertz) / 48_000).rounded())
        let shortest = 1 << (13 + doublings)
        let longest = shortest << 4
        // Twice as long, so that little of the cepstrum wraps around.
        let length = 2 * longest
        let binHertz = Double(sampleRate.hertz) / Double(length)
        transform = RealFFT(length: length)
        goal = response.decibels(
            atRising: (0..<transform.binCount).lazy.map { Double($0) * binHertz }
        ).map { -$0 }
        checked = Int(20 / binHertz)...Int(0.45 * Double(length))
        let impulse = minimumPhaseImpulse()
        var count = shortest
        while count <= longest, maximumErrorDecibels > CorrectionFilter.toleranceDecibels {
            taps = Self.tapered(impulse.prefix(count))
            maximumErrorDecibels = error(of: taps)
            count *= 2
        }
    }

    /// The causal sequence with the goal as its magnitude and its energy as early as possible.
    ///
    /// The real cepstrum of a minimum-phase sequence is its complex one, folded: what is at
    /// negative times is added to positive ones.
    private func minimumPhaseImpulse() -> [Float] {
        let length = transform.length
        let inverse = InverseRealFFT(length: length)
        var spectrum = Spectrum(binCount: transform.binCount)
        var sequence = [Float](repeating: 0, count: length)
        for bin in goal.indices { spectrum.real[bin] = Float(goal[bin] * M_LN10 / 20) }
        inverse.transform(spectrum)
        inverse.samples(from: 0, into: &sequence)  // sequence: the real cepstrum
        for index in 1..<(length / 2) {
            sequence[index] *= 2
            sequence[length - index] = 0
        }
        transform.transform(sequence.span)
        transform.spectrum(into: &spectrum)  // spectrum: the logarithm of the filter's
        for bin in goal.indices {
            let magnitude = exp(spectrum.real[bin])
            let phase = spectrum.imaginary[bin]
            spectrum.real[bin] = magnitude * cos(phase)
            spectrum.imaginary[bin] = magnitude * sin(phase)
        }
        inverse.transform(spectrum)
        inverse.samples(from: 0, into: &sequence)
        return sequence
    }

    /// Fades out the last quarter, which causes less error than cutting it off.
    private static func tapered(_ impulse: ArraySlice<Float>) -> [Float] {
        let faded = impulse.count / 4
        return impulse.enumerated().map { index, value in
            let place = index - (impulse.count - faded)
            guard place >= 0 else { return value }
            return value * Float(0.5 + 0.5 * cos(.pi * (Double(place) + 0.5) / Double(faded)))
        }
    }

    private func error(of taps: [Float]) -> Double {
        var powers = [Float](repeating: 0, count: checked.count)
        transform.transform(taps.span)
        transform.powers(checked.lowerBound..<(checked.upperBound + 1), into: &powers)
        return zip(checked, powers).reduce(0) { largest, next in
            max(largest, abs(Decibels.level(power: Double(next.1)) - goal[next.0]))
        }
    }
}
