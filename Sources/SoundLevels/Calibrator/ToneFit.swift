internal import Fourier
internal import Glibc
internal import LevelTypes
internal import Timekeeping

/// A sine, fitted to the strongest tone of a recording by least squares, 100 ms by 100 ms.
struct ToneFit {
    /// The length of the whole pieces, in seconds.
    let seconds: Double
    let frequencyHertz: Double
    /// The mean square of the tone.
    let tonePower: Double
    /// The mean square of what is left after removing the tone and, in each piece, a constant.
    let residualPower: Double
    /// The difference between the highest and the lowest level of a piece, in dB.
    let spread: Double

    /// - Parameter samples: at least a second
    init(_ samples: ArraySlice<Float>, sampleRate: SampleRate) {
        let length = sampleRate.hertz / 10
        let count = samples.count / length
        let pieces = (0..<count).map { index in
            let start = samples.startIndex + index * length
            return Array(samples[start..<(start + length)])
        }
        let rate = Double(sampleRate.hertz)
        var frequency = Self.strongestFrequency(Self.loudestSecond(samples, sampleRate), rate)
        // The phase turns from piece to piece by as much as the frequency is off. Pieces further
        // apart show it more exactly, once it is known not to turn a full circle.
        var distance = 1
        while distance < count {
            let fits = Self.fit(pieces, frequency: frequency, rate)
            let seconds = Double(distance * length) / rate
            frequency += Self.turn(fits, distance) / (2 * .pi * seconds)
            distance *= 8
        }
        let fits = Self.fit(pieces, frequency: frequency, rate)
        let powers = fits.map(\.power)
        seconds = Double(count * length) / rate
        frequencyHertz = frequency
        tonePower = powers.reduce(0, +) / Double(count)
        residualPower = fits.reduce(0) { $0 + $1.residualPower } / Double(count)
        spread = Decibels.level(power: (powers.max() ?? 0) / (powers.min() ?? 0))
    }

    /// The tone in one piece: cosine · cos(ωt) + sine · sin(ωt), t from the first sample of all.
    private struct Piece {
        var cosine: Double
        var sine: Double
        var residualPower: Double

        var power: Double { (cosine * cosine + sine * sine) / 2 }
    }

    private static func fit(
        _ pieces: [[Float]], frequency: Double, _ rate: Double
    ) -> [Piece] {
        pieces.enumerated().map { index, piece in
            fit(piece, from: index * piece.count, turnsPerSample: frequency / rate)
        }
    }

    private static func fit(
        _ samples: [Float], from start: Int, turnsPerSample: Double
    ) -> Piece {
        // The normal equations of the columns cos, sin, 1 and the samples y.
        var (cc, cs, ss, c1, s1) = (0.0, 0.0, 0.0, 0.0, 0.0)
        var (cy, sy, y1, yy) = (0.0, 0.0, 0.0, 0.0)
        for (index, sample) in samples.enumerated() {
            let turns = turnsPerSample * Double(start + index)
            let angle = 2 * .pi * (turns - turns.rounded(.down))
            let (c, s, y) = (cos(angle), sin(angle), Double(sample))
            cc += c * c
            cs += c * s
            ss += s * s
            c1 += c
            s1 += s
            cy += c * y
            sy += s * y
            y1 += y
            yy += y * y
        }
        let count = Double(samples.count)
        // Without the constant, which leaves two equations.
        cc -= c1 * c1 / count
        cs -= c1 * s1 / count
        ss -= s1 * s1 / count
        cy -= c1 * y1 / count
        sy -= s1 * y1 / count
        yy -= y1 * y1 / count
        let determinant = cc * ss - cs * cs
        let cosine = (cy * ss - sy * cs) / determinant
        let sine = (sy * cc - cy * cs) / determinant
        let left = max(0, yy - cosine * cy - sine * sy)
        return Piece(cosine: cosine, sine: sine, residualPower: left / count)
    }

    /// How far the phase turns over `distance` pieces, in radians, loud pieces counting more.
    private static func turn(_ pieces: [Piece], _ distance: Int) -> Double {
        var (real, imaginary) = (0.0, 0.0)
        for (early, late) in zip(pieces, pieces.dropFirst(distance)) {
            real += early.cosine * late.cosine + early.sine * late.sine
            imaginary += early.cosine * late.sine - early.sine * late.cosine
        }
        // cosine · cos(ωt) + sine · sin(ωt) with a growing phase φ is cos(ωt + φ): sine = -sin φ.
        return -atan2(imaginary, real)
    }

    /// The whole second with the most energy: the tone may have come late.
    private static func loudestSecond(
        _ samples: ArraySlice<Float>, _ rate: SampleRate
    ) -> ArraySlice<Float> {
        let starts = stride(
            from: samples.startIndex, through: samples.endIndex - rate.hertz, by: rate.hertz)
        let seconds = starts.map { samples[$0..<($0 + rate.hertz)] }
        let energies = seconds.map { $0.reduce(0.0) { $0 + Double($1) * Double($1) } }
        let loudest = energies.indices.max { energies[$0] < energies[$1] }
        return loudest.map { seconds[$0] } ?? samples
    }

    /// The peak of the spectrum above 20 Hz, between bins, to a few hundredths of a hertz.
    private static func strongestFrequency(_ samples: ArraySlice<Float>, _ rate: Double) -> Double {
        let length = samples.count
        let window = (0..<length).map {
            Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length)))
        }
        let fft = RealFFT(length: length)
        fft.transform(Array(samples).span, window: window)
        var powers = [Float](repeating: 0, count: fft.binCount)
        fft.powers(0..<fft.binCount, into: &powers)
        let binHertz = rate / Double(length)
        let candidates = Int((20 / binHertz).rounded(.up))..<(fft.binCount - 1)
        let peak = candidates.max { powers[$0] < powers[$1] } ?? candidates.lowerBound
        // The vertex of the parabola through the levels of the peak and its neighbours.
        let levels = (-1...1).map { log(max(Double(powers[peak + $0]), .leastNormalMagnitude)) }
        let curvature = levels[0] - 2 * levels[1] + levels[2]
        let offset = curvature < 0 ? 0.5 * (levels[0] - levels[2]) / curvature : 0
        return (Double(peak) + offset) * binHertz
    }
}
