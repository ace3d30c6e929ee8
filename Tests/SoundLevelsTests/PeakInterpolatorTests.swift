import Foundation
import SoundLevels
import Testing

struct PeakInterpolatorTests {
    /// The greatest amplitude of a long sine of amplitude 1 that fades in and out, so that there is
    /// nothing but the sine to be found.
    private func peak(cyclesPerSample: Double, phase: Double) -> Double {
        let count = 1_200
        let samples = (0..<count).map { index in
            let edge = Double(min(index, count - 1 - index)) / 200
            let envelope = edge < 1 ? 0.5 - 0.5 * cos(.pi * edge) : 1
            return Float(envelope * sin(2 * .pi * cyclesPerSample * Double(index) + phase))
        }
        var interpolator = PeakInterpolator(blockSize: count)
        interpolator.process(samples.span)
        return Double(interpolator.peak)
    }

    /// Between points a quarter of a sample apart, a sine of frequency f can rise by
    /// 1 / cos(π f / 4) above the higher one, and by no more.
    @Test(arguments: [1.0 / 48, 1.0 / 6, 0.2, 1.0 / 3, 0.4])
    func theWorstUnderReadingIsThatOfFourPointsASample(cyclesPerSample: Double) {
        let peaks = (0..<360).map {
            peak(cyclesPerSample: cyclesPerSample, phase: Double($0) * .pi / 180)
        }
        let lowest = peaks.min() ?? 0
        let highest = peaks.max() ?? 0
        #expect(lowest > cos(.pi * cyclesPerSample / 4) - 0.0005)
        #expect(highest < 1.0005)
    }

    /// The samples of a sine at a quarter of the rate are all 3 dB below its peak.
    @Test func aPeakBetweenTheSamplesIsFound() {
        let found = peak(cyclesPerSample: 0.25, phase: .pi / 4)
        #expect(abs(found - 1) < 0.001)
    }

    /// A stream that begins and ends in the middle of a wave has no peaks at its ends.
    @Test func theEndsAreNoJumps() {
        let samples = (0..<1_000).map { Float(cos(2 * .pi * Double($0) / 999)) }
        var interpolator = PeakInterpolator(blockSize: 100)
        for round in 0..<2 {
            for start in stride(from: 0, to: 1_000, by: 100) {
                interpolator.process(samples.span.extracting(start..<start + 100))
            }
            #expect(abs(interpolator.peak - 1) < 1e-4, "stream \(round)")
            interpolator.reset()
            #expect(interpolator.peak == 0)
        }
    }

    /// The first sample may be the greatest, in a block of any length.
    @Test(arguments: [1, 8, 15, 16, 100]) func theFirstSamplesCount(length: Int) {
        for place in 0..<min(length, 16) {
            var samples = [Float](repeating: 0, count: length)
            samples[place] = -0.5
            var interpolator = PeakInterpolator(blockSize: 100)
            interpolator.process(samples.span)
            #expect(interpolator.peak == 0.5)
        }
    }

    /// Blocks of any length give the same: their ends are not ends of the signal.
    @Test func blocksDoNotMatter() {
        let samples = (0..<1_000).map { Float(sin(0.9 * Double($0)) * sin(0.011 * Double($0))) }
        var whole = PeakInterpolator(blockSize: 1_000)
        whole.process(samples.span)
        var pieces = PeakInterpolator(blockSize: 1_000)
        var start = 0
        for length in [1, 7, 8, 9, 441, 480, 54] {
            pieces.process(samples.span.extracting(start..<start + length))
            start += length
        }
        #expect(start == samples.count)
        #expect(pieces.peak == whole.peak)
    }
}
