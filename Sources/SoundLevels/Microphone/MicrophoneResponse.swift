internal import Glibc

/// How much a microphone exaggerates each frequency, according to its correction file: to be
/// subtracted from what it measures.
///
/// Between the points the response is interpolated on the logarithm of the frequency; beyond them
/// the first and the last value apply, and nothing is extrapolated. It is 0 dB at 1 kHz, where the
/// sensitivity is set.
public struct MicrophoneResponse: Sendable, Hashable {
    public struct Point: Sendable, Hashable {
        public let hertz: Double
        /// The response re that at 1 kHz, in dB.
        public let decibels: Double
    }

    /// The name of the file, with the serial number of the microphone if it gives one. It is stored
    /// with every level that was corrected with it.
    public let name: String
    /// Two or more, by rising frequency.
    public let points: [Point]
    /// The level of an RMS of 1.0 to be expected from the file, in dB re 20 µPa, off by up to 3 dB
    /// (`MicrophoneSensitivity`); `nil` if it says too little.
    public let indicativeFullScaleDecibels: Double?

    /// - Parameter points: as in the file: two or more, by rising frequency
    init(name: String, points: [Point], indicativeFullScaleDecibels: Double?) {
        precondition(points.count >= 2)
        let reference = Self.decibels(of: points, atRising: [1_000])[0]
        self.name = name
        self.points = points.map {
            Point(hertz: $0.hertz, decibels: $0.decibels - reference)
        }
        self.indicativeFullScaleDecibels = indicativeFullScaleDecibels
    }

    /// The response at a frequency of 0 Hz or more, re that at 1 kHz, in dB.
    public func decibels(at hertz: Double) -> Double {
        decibels(atRising: [hertz])[0]
    }

    /// The same at many frequencies, which must rise.
    func decibels(atRising frequencies: some Sequence<Double>) -> [Double] {
        Self.decibels(of: points, atRising: frequencies)
    }

    private static func decibels(
        of points: [Point], atRising frequencies: some Sequence<Double>
    ) -> [Double] {
        var next = 0
        return frequencies.map { hertz in
            while next < points.count, points[next].hertz < hertz { next += 1 }
            guard next > 0 else { return points[0].decibels }
            guard next < points.count else { return points[next - 1].decibels }
            let (low, high) = (points[next - 1], points[next])
            let share = log(hertz / low.hertz) / log(high.hertz / low.hertz)
            return low.decibels + share * (high.decibels - low.decibels)
        }
    }
}
