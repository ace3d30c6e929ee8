internal import Foundation
public import LevelTypes
internal import SoundLevels

/// What is measured about the meter, for both the tests and the tables of docs/levels.md.
public enum Measurement {
    /// A-, C- and Z-weighted level of a steady sine, over whole periods after the filters have
    /// settled, in dB.
    public static func steady(
        hertz: Double, rate: Int, amplitude: Double = 0.5
    ) throws -> (a: Double, c: Double, z: Double) {
        let period = Double(rate) / hertz
        let settling = Int(0.4 * Double(rate))
        let periods = max(1, (0.5 * Double(rate) / period).rounded(.up))
        let measured = Int((periods * period).rounded())
        let signal = Stimulus.sine(
            hertz: hertz, rate: rate, seconds: Double(settling + measured) / Double(rate),
            amplitude: amplitude)
        var instrument = try Instrument(rate: rate)
        instrument.feed(Array(signal[..<settling]))
        _ = try instrument.read()
        instrument.feed(Array(signal[settling...]))
        let summary = try instrument.read().summary
        return (summary.laeq ?? .nan, summary.lceq ?? .nan, summary.lzeq ?? .nan)
    }

    /// The errors of both weightings at a frequency: measured minus analytic goal, in dB.
    public static func weightingErrors(
        hertz: Double, rate: Int
    ) throws -> [Standard.Weighting: Double] {
        let levels = try steady(hertz: hertz, rate: rate)
        return [
            .a: levels.a - levels.z - Standard.goal(.a, hertz),
            .c: levels.c - levels.z - Standard.goal(.c, hertz),
        ]
    }

    /// LAFmax, LASmax and LAE of a 4 kHz toneburst minus LA of the steady tone, in dB.
    public static func toneburst(
        milliseconds: Double, rate: Int
    ) throws -> (fast: Double, slow: Double, exposure: Double) {
        let reference = try steady(hertz: 4_000, rate: rate).a
        var instrument = try Instrument(rate: rate)
        instrument.feed(Stimulus.silence(rate: rate, seconds: 0.2))
        instrument.feed(Stimulus.burst(hertz: 4_000, rate: rate, seconds: milliseconds / 1_000))
        instrument.feed(Stimulus.silence(rate: rate, seconds: 0.5))
        let summary = try instrument.finish().summary
        return (
            (summary.lafMaximum ?? .nan) - reference, (summary.lasMaximum ?? .nan) - reference,
            (summary.lae ?? .nan) - reference
        )
    }

    /// How fast LAF and LAS fall after a 4 kHz tone has ended, in dB per second.
    public static func decay(rate: Int) throws -> (fast: Double, slow: Double) {
        var instrument = try Instrument(rate: rate)
        instrument.feed(Stimulus.sine(hertz: 4_000, rate: rate, seconds: 6))
        instrument.feed(Stimulus.silence(rate: rate, seconds: 0.1))
        let first = try instrument.read()
        instrument.feed(Stimulus.silence(rate: rate, seconds: 1))
        let second = try instrument.read()
        return (
            Decibels.level(power: first.fastEnd / second.fastEnd),
            Decibels.level(power: first.slowEnd / second.slowEnd)
        )
    }

    /// LCpeak of a cycle cut out of a sine minus LC of that sine, in dB.
    public static func peak(
        _ shape: Stimulus.Cycle, hertz: Double, rate: Int
    ) throws -> Double {
        let reference = try steady(hertz: hertz, rate: rate).c
        var instrument = try Instrument(rate: rate)
        instrument.feed(Stimulus.silence(rate: rate, seconds: 0.2))
        instrument.feed(Stimulus.cycle(shape, hertz: hertz, rate: rate))
        instrument.feed(Stimulus.silence(rate: rate, seconds: 0.2))
        return (try instrument.finish().summary.lcPeak ?? .nan) - reference
    }

    /// The level of each third-octave and octave band, relative to the level of an input sine, over
    /// whole periods after the longest filter has settled.
    public static func bands(
        hertz: Double, rate: Int
    ) throws -> (thirds: [Double], octaves: [Double]) {
        let settling = Int(4 * Double(rate))
        // A low band is measured with a few samples per period, so it takes more periods.
        let seconds = hertz < 100 ? 8.0 : 1
        let measured = Int(((seconds * hertz).rounded(.up) / hertz * Double(rate)).rounded())
        let signal = Stimulus.sine(
            hertz: hertz, rate: rate, seconds: Double(settling + measured) / Double(rate))
        var instrument = try Instrument(rate: rate)
        instrument.feed(Array(signal[..<settling]))
        _ = try instrument.read()
        instrument.feed(Array(signal[settling...]))
        let summary = try instrument.read().summary
        let level = summary.lzeq ?? .nan
        return (
            summary.thirdOctaveLevels.map { $0 - level }, summary.octaveLevels.map { $0 - level }
        )
    }

    /// The frequencies of a sweep: geometric, including each exact band edge and middle, and the
    /// middle of the band that would follow, from 5 Hz to just below half the rate.
    public static func sweep(rate: Int, stepsPerOctave: Int) -> [Double] {
        let lowest = 5.0
        let highest = 0.499 * Double(rate)
        let steps = Int(log2(highest / lowest) * Double(stepsPerOctave))
        let grid = (0...steps).map { lowest * pow(2, Double($0) / Double(stepsPerOctave)) }
        let exact = ThirdOctave.bands.flatMap {
            // Just inside the edge: at the edge itself the mask jumps.
            [$0.centreHertz, $0.lowerEdgeHertz * 1.0001, $0.upperEdgeHertz / 1.0001]
        }
        let above = ThirdOctave.bands.suffix(1).map { $0.centreHertz * pow(10, 0.1) }
        return (grid + (exact + above).filter { $0 < highest }).sorted()
    }

    /// How a band fares in a sweep.
    public struct BandResult: Sendable {
        public let band: OctaveBand
        /// The attenuation of a tone in the middle of the band, in dB.
        public var middle = Double.nan
        /// The smallest distance to the class 1 mask, in dB; negative outside it.
        public var margin = Double.infinity
        /// The frequency of the smallest distance, in Hz.
        public var worstHertz = 0.0
        /// The level of white noise in the band, relative to an ideal band, in dB
        /// (IEC 61260-1:2014, 5.12).
        public var bandwidthDeviation = Double.nan
    }

    /// Measures all bands of a rate with a sweep of steady tones.
    public static func bandResults(
        rate: Int, stepsPerOctave: Int
    ) throws -> (thirds: [BandResult], octaves: [BandResult]) {
        let frequencies = sweep(rate: rate, stepsPerOctave: stepsPerOctave)
        let rows = try frequencies.map { try bands(hertz: $0, rate: rate) }
        return (
            results(ThirdOctave.bands, 3, frequencies, rows.map(\.thirds)),
            results(Octave.bands, 1, frequencies, rows.map(\.octaves))
        )
    }

    private static func results(
        _ bands: [OctaveBand], _ fraction: Int, _ frequencies: [Double], _ levels: [[Double]]
    ) -> [BandResult] {
        let count = levels.first?.count ?? 0
        return bands.prefix(count).enumerated().map { index, band in
            var result = BandResult(band: band)
            var bandwidth = 0.0
            for (step, hertz) in frequencies.enumerated() {
                let attenuation = -levels[step][index]
                let mask = Standard.mask(band, fraction: fraction, hertz: hertz)
                let margin = min(attenuation - mask.lowerBound, mask.upperBound - attenuation)
                if margin < result.margin { (result.margin, result.worstHertz) = (margin, hertz) }
                if abs(hertz / band.centreHertz - 1) < 1e-9 { result.middle = attenuation }
                guard step > 0 else { continue }
                let powers = [step, step - 1].map { pow(10, levels[$0][index] / 10) }
                let power = (powers[0] + powers[1]) / 2
                bandwidth += power * (hertz - frequencies[step - 1])
            }
            let ideal = band.upperEdgeHertz - band.lowerEdgeHertz
            result.bandwidthDeviation = 10 * log10(bandwidth / ideal)
            return result
        }
    }
}
