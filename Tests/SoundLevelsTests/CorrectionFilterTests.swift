import Foundation
import SoundLevels
import TestSupport
import Testing
import Timekeeping

/// The filter against the inverse of the response, evaluated from its impulse response by the
/// definition of the Fourier transform.
@Suite struct CorrectionFilterTests {
    /// A response with the shape that a miniDSP file has: 615 points, a low cut and a peak.
    private static let umik: [(hertz: Double, decibels: Double)] = (0..<615).map { index in
        let hertz = 10 * pow(2_000, Double(index) / 614)
        let cut = -10 * log10(1 + pow(12 / hertz, 4))
        let peak = 3 * exp(-pow(log(hertz / 13_000) / 0.35, 2))
        return (hertz, cut + peak - 2 * pow(hertz / 20_000, 4))
    }
    /// Few points, far apart.
    private static let sparse: [(hertz: Double, decibels: Double)] = [
        (20, -7), (25, -5), (31.5, -3.5), (40, -2.2), (63, -1), (200, -0.2), (500, 0), (1_000, 0),
        (2_000, 0.2), (4_000, 0.5), (8_000, 1), (12_500, 2), (16_000, 1), (20_000, -4),
    ]
    /// 30 dB down at the lower end.
    private static let steep: [(hertz: Double, decibels: Double)] = [
        (10, -30), (20, -15), (40, -5), (80, -1), (1_000, 0), (10_000, 5), (20_000, -10),
    ]

    private func response(_ points: [(hertz: Double, decibels: Double)]) throws
        -> MicrophoneResponse
    {
        let text = points.map { "\($0.hertz) \($0.decibels)\n" }.joined()
        return try MicrophoneResponse(bytes: Array(text.utf8), path: "m")
    }

    /// The output for samples fed in pieces, with the positions checked.
    private func filter(
        _ samples: [Float], _ filter: CorrectionFilter, pieces: [Int], position: Int64 = 0
    ) -> [Float] {
        var output: [Float] = []
        let take = { (block: Span<Float>, unfiltered: Span<Float>, start: Int64) in
            #expect(start == position + Int64(output.count))
            #expect(unfiltered.count == block.count)
            #expect(unfiltered.indices.allSatisfy { unfiltered[$0] == samples[output.count + $0] })
            for index in block.indices { output.append(block[index]) }
        }
        var start = 0
        var piece = 0
        while start < samples.count {
            let end = min(samples.count, start + pieces[piece % pieces.count])
            let part = Array(samples[start..<end])
            filter.process(part.span, position: position + Int64(start), onBlock: take)
            #expect(end - output.count < filter.blockLength)
            start = end
            piece += 1
        }
        filter.flush(take)
        #expect(output.count == samples.count)
        return output
    }

    @Test(arguments: [
        ("umik", 16_000), ("umik", 44_100), ("umik", 48_000), ("umik", 192_000),
        ("sparse", 48_000), ("sparse", 96_000), ("steep", 32_000), ("steep", 48_000),
        ("umik", 22_050), ("steep", 22_050), ("umik", 24_000), ("steep", 64_000),
        ("sparse", 88_200), ("umik", 128_000), ("steep", 176_400),
    ])
    func itIsTheInverseOfTheResponse(name: String, hertz: Int) throws {
        let points = ["umik": Self.umik, "sparse": Self.sparse, "steep": Self.steep][name] ?? []
        let rate = try #require(SampleRate(hertz: hertz))
        let correction = CorrectionFilter(response: try response(points), sampleRate: rate)
        let impulse = [1] + [Float](repeating: 0, count: hertz)
        let output = filter(impulse, correction, pieces: [hertz])
        let reference = interpolated(points, at: 1_000)
        var largest = 0.0
        var frequency = 20.0
        while frequency < 0.45 * Double(hertz) {
            let goal = reference - interpolated(points, at: frequency)
            largest = max(largest, abs(level(output, at: frequency / Double(hertz)) - goal))
            frequency *= 1.083
        }
        #expect(largest < 0.05)
        // The filter's own figure is that of the worst bin of an FFT; where the response has a
        // corner between two bins it can be a little worse.
        #expect(largest <= correction.maximumErrorDecibels + 0.01)
        #expect(correction.maximumErrorDecibels < CorrectionFilter.toleranceDecibels)
    }

    /// The response between the points, linear on the logarithm of the frequency.
    private func interpolated(
        _ points: [(hertz: Double, decibels: Double)], at hertz: Double
    ) -> Double {
        guard let above = points.firstIndex(where: { $0.hertz >= hertz }) else {
            return points[points.count - 1].decibels
        }
        guard above > 0 else { return points[0].decibels }
        let (low, high) = (points[above - 1], points[above])
        let share = log2(hertz / low.hertz) / log2(high.hertz / low.hertz)
        return (1 - share) * low.decibels + share * high.decibels
    }

    private func level(_ impulse: [Float], at turnsPerSample: Double) -> Double {
        let step = (cosine: cos(2 * .pi * turnsPerSample), sine: sin(2 * .pi * turnsPerSample))
        var (cosine, sine) = (1.0, 0.0)
        var (real, imaginary) = (0.0, 0.0)
        for value in impulse {
            real += Double(value) * cosine
            imaginary -= Double(value) * sine
            (cosine, sine) = (
                cosine * step.cosine - sine * step.sine, cosine * step.sine + sine * step.cosine
            )
        }
        return 10 * log10(real * real + imaginary * imaginary)
    }

    /// Of all filters with a given magnitude, the minimum-phase one has the earliest energy; for a
    /// flat response it is an impulse.
    @Test func itDelaysNothing() throws {
        let flat = CorrectionFilter(
            response: try response([(20, 1), (20_000, 1)]), sampleRate: .hz48000)
        let samples = noise(5_000)
        for (sample, output) in zip(samples, filter(samples, flat, pieces: [777])) {
            #expect(abs(sample - output) < 1e-5)
        }
    }

    @Test func theSizeOfPiecesDoesNotMatter() throws {
        let correction = CorrectionFilter(response: try response(Self.umik), sampleRate: .hz48000)
        let samples = noise(20_000)
        let whole = filter(samples, correction, pieces: [samples.count])
        for pieces in [[1], [1_023], [1_024], [1_025], [4_096, 1, 999]] {
            let parts = filter(samples, correction, pieces: pieces, position: 1_234_567)
            #expect(parts == whole)
        }
    }

    /// A flush is a new beginning.
    @Test func whatFollowsAGapIsFilteredAsTheFirst() throws {
        let correction = CorrectionFilter(response: try response(Self.steep), sampleRate: .hz48000)
        let samples = noise(3_000)
        let first = filter(samples, correction, pieces: [500])
        _ = filter(noise(10_001), correction, pieces: [500])
        #expect(filter(samples, correction, pieces: [500], position: 99_999) == first)
    }

    /// A float file may contain anything. An overflow is silenced, and over after the length of the
    /// impulse response.
    @Test func aSampleThatOverflowsIsForgotten() throws {
        let correction = CorrectionFilter(
            response: try response(Self.sparse), sampleRate: .hz48000)
        let longest = 1 << 17
        let length = longest + 2 * correction.blockLength
        var samples = [Float](repeating: 0.25, count: 2 * length)
        samples[0] = .greatestFiniteMagnitude
        let output = filter(samples, correction, pieces: [480])
        samples[0] = 0.25
        let expected = filter(samples, correction, pieces: [480])
        #expect(output.allSatisfy { $0.isFinite })
        #expect(zip(output, expected).dropFirst(length).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    /// Points that jump from one low frequency to the next: the filter says how close it comes.
    @Test func anImpossibleResponseIsSaid() throws {
        let jumps = (0..<200).map { index -> (hertz: Double, decibels: Double) in
            (20 + 0.05 * Double(index), index % 2 == 0 ? 30 : -30)
        }
        let correction = CorrectionFilter(response: try response(jumps), sampleRate: .hz48000)
        #expect(correction.maximumErrorDecibels > CorrectionFilter.toleranceDecibels)
    }

    private func noise(_ count: Int) -> [Float] {
        var generator = SeededRandom(seed: 7)
        return (0..<count).map { _ in Float.random(in: -1..<1, using: &generator) }
    }
}
