internal import Foundation
public import LevelTypes

/// The design goals and limits of IEC 61672-1:2013 and IEC 61260-1:2014 that are checked.
public enum Standard {
    /// One line of IEC 61672-1:2013, Table 3.
    public struct WeightingRow: Sendable {
        public let nominalHertz: Double
        public let a: Double
        public let c: Double
        /// Acceptance limits of class 1 around the goal, in dB.
        public let limits: ClosedRange<Double>

        /// 1000 · 10^(n/10), Annex E.
        public var exactHertz: Double {
            1_000 * pow(10, (10 * log10(nominalHertz / 1_000)).rounded() / 10)
        }
    }

    public static let weightings: [WeightingRow] = [
        row(10, -70.4, -14.3, -.infinity, 3), row(12.5, -63.4, -11.2, -.infinity, 2.5),
        row(16, -56.7, -8.5, -4, 2), row(20, -50.5, -6.2, -2, 2), row(25, -44.7, -4.4, -1.5, 2),
        row(31.5, -39.4, -3.0, -1.5, 1.5), row(40, -34.6, -2.0, -1, 1),
        row(50, -30.2, -1.3, -1, 1), row(63, -26.2, -0.8, -1, 1), row(80, -22.5, -0.5, -1, 1),
        row(100, -19.1, -0.3, -1, 1), row(125, -16.1, -0.2, -1, 1),
        row(160, -13.4, -0.1, -1, 1), row(200, -10.9, 0.0, -1, 1), row(250, -8.6, 0.0, -1, 1),
        row(315, -6.6, 0.0, -1, 1), row(400, -4.8, 0.0, -1, 1), row(500, -3.2, 0.0, -1, 1),
        row(630, -1.9, 0.0, -1, 1), row(800, -0.8, 0.0, -1, 1), row(1_000, 0.0, 0.0, -0.7, 0.7),
        row(1_250, 0.6, 0.0, -1, 1), row(1_600, 1.0, -0.1, -1, 1),
        row(2_000, 1.2, -0.2, -1, 1), row(2_500, 1.3, -0.3, -1, 1),
        row(3_150, 1.2, -0.5, -1, 1), row(4_000, 1.0, -0.8, -1, 1),
        row(5_000, 0.5, -1.3, -1.5, 1.5), row(6_300, -0.1, -2.0, -2, 1.5),
        row(8_000, -1.1, -3.0, -2.5, 1.5), row(10_000, -2.5, -4.4, -3, 2),
        row(12_500, -4.3, -6.2, -5, 2), row(16_000, -6.6, -8.5, -16, 2.5),
        row(20_000, -9.3, -11.2, -.infinity, 3),
    ]

    private static func row(
        _ hertz: Double, _ a: Double, _ c: Double, _ low: Double, _ high: Double
    ) -> WeightingRow {
        WeightingRow(nominalHertz: hertz, a: a, c: c, limits: low...high)
    }

    /// The analytic A and C weightings of IEC 61672-1:2013, Annex E, in dB.
    public static func goal(_ weighting: Weighting, _ hertz: Double) -> Double {
        let (f1, f2, f3, f4) = (20.598997, 107.652649, 737.862231, 12194.217148)
        func c(_ f: Double) -> Double { f4 * f4 * f * f / ((f * f + f1 * f1) * (f * f + f4 * f4)) }
        func a(_ f: Double) -> Double {
            c(f) * f * f / ((f * f + f2 * f2) * (f * f + f3 * f3)).squareRoot()
        }
        let response = weighting == .a ? a : c
        return 20 * log10(response(hertz) / response(1_000))
    }

    public enum Weighting: String, Sendable {
        case a = "A"
        case c = "C"
    }

    /// One line of IEC 61672-1:2013, Table 4: the response to a 4 kHz toneburst, relative to the
    /// steady tone, with the class 1 limits.
    public struct ToneburstRow: Sendable {
        public let milliseconds: Double
        public let fastLimits: ClosedRange<Double>
        /// `nil` where the table has none.
        public let slowLimits: ClosedRange<Double>?

        /// 10 lg(1 − exp(−T/τ)), equation (7).
        public func maximum(timeConstant: Double) -> Double {
            10 * log10(1 - exp(-milliseconds / 1_000 / timeConstant))
        }

        /// 10 lg(T / 1 s), equation (8).
        public var exposure: Double { 10 * log10(milliseconds / 1_000) }
    }

    public static let tonebursts: [ToneburstRow] = [
        burst(1_000, 0.5, -0.5...0.5), burst(500, 0.5, -0.5...0.5), burst(200, 0.5, -0.5...0.5),
        burst(100, 1, -1...1), burst(50, 1, -1...1), burst(20, 1, -1.5...1),
        burst(10, 1, -2...1), burst(5, 1, -2.5...1), burst(2, 1.5, -3...1), burst(1, 2, nil),
        burst(0.5, 2.5, nil), burst(0.25, 3, nil),
    ]

    private static func burst(
        _ milliseconds: Double, _ low: Double, _ slow: ClosedRange<Double>?
    ) -> ToneburstRow {
        let high = milliseconds >= 200 ? 0.5 : 1
        return ToneburstRow(
            milliseconds: milliseconds, fastLimits: -low...high, slowLimits: slow)
    }

    /// One line of IEC 61672-1:2013, Table 5: LCpeak minus LC of the steady sine.
    public struct PeakRow: Sendable {
        public let shape: Stimulus.Cycle
        public let hertz: Double
        public let difference: Double
        /// Class 1, either way.
        public let limit: Double
    }

    public static let peaks: [PeakRow] = [
        PeakRow(shape: .whole, hertz: 31.5, difference: 2.5, limit: 2),
        PeakRow(shape: .whole, hertz: 500, difference: 3.5, limit: 1),
        PeakRow(shape: .whole, hertz: 8_000, difference: 3.4, limit: 2),
        PeakRow(shape: .positiveHalf, hertz: 500, difference: 2.4, limit: 1),
        PeakRow(shape: .negativeHalf, hertz: 500, difference: 2.4, limit: 1),
    ]

    // MARK: Band masks

    /// The accepted attenuation of a class 1 band at `hertz`, relative to the middle of the band:
    /// IEC 61260-1:2014, Table 1, linear in lg Ω between the break points (5.10), for `fraction`
    /// bands per octave.
    public static func mask(
        _ band: OctaveBand, fraction: Int, hertz: Double
    ) -> ClosedRange<Double> {
        let ratio = hertz / band.centreHertz
        let omega = log(max(ratio, 1 / ratio))
        let points = maskPoints.map { (log(breakpoint($0.exponent, fraction)), $0.low, $0.high) }
        if let exact = points.last(where: { abs($0.0 - omega) < 1e-9 }) {
            return exact.1...exact.2
        }
        guard let upper = points.firstIndex(where: { $0.0 > omega }) else {
            return 70 ... .infinity
        }
        let (from, to) = (points[upper - 1], points[upper])
        let share = (omega - from.0) / (to.0 - from.0)
        let low = from.1 + share * (to.1 - from.1)
        return low...(to.2.isFinite ? from.2 + share * (to.2 - from.2) : .infinity)
    }

    private static let maskPoints: [(exponent: Double, low: Double, high: Double)] = [
        (0, -0.4, 0.4), (0.125, -0.4, 0.5), (0.25, -0.4, 0.7), (0.375, -0.4, 1.4),
        (0.5, -0.4, 5.3), (0.5, 1.2, .infinity), (1, 16.6, .infinity), (2, 40.5, .infinity),
        (3, 60, .infinity), (4, 70, .infinity),
    ]

    /// Equation (11): the break points of a whole octave, moved closer together.
    private static func breakpoint(_ exponent: Double, _ fraction: Int) -> Double {
        let g = pow(10, 0.3)
        let scale = (pow(g, 0.5 / Double(fraction)) - 1) / (pow(g, 0.5) - 1)
        return 1 + scale * (pow(g, exponent) - 1)
    }
}
