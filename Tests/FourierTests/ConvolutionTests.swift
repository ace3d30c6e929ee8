import Foundation
import Fourier
import TestSupport
import Testing

/// Transforms and convolution against their definitions, evaluated in double precision.
@Suite struct ConvolutionTests {
    private func noise(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededRandom(seed: seed)
        return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    }

    @Test(arguments: [1, 2, 3, 8, 15, 64, 100, 1_024])
    func forwardIsTheDefinition(length: Int) {
        let samples = noise(length, seed: 1)
        let fft = RealFFT(length: length)
        var spectrum = Spectrum(binCount: fft.binCount)
        fft.transform(samples.span)
        fft.spectrum(into: &spectrum)
        for bin in 0..<fft.binCount {
            var sum = (real: 0.0, imaginary: 0.0)
            for (index, sample) in samples.enumerated() {
                let angle = -2 * Double.pi * Double(bin * index % length) / Double(length)
                sum.real += Double(sample) * cos(angle)
                sum.imaginary += Double(sample) * sin(angle)
            }
            #expect(abs(Double(spectrum.real[bin]) - sum.real) < 1e-4)
            #expect(abs(Double(spectrum.imaginary[bin]) - sum.imaginary) < 1e-4)
        }
    }

    @Test(arguments: [1, 2, 3, 8, 15, 64, 100, 2_048])
    func inverseGivesTheSamplesBack(length: Int) {
        let samples = noise(length, seed: 2)
        let fft = RealFFT(length: length)
        let inverse = InverseRealFFT(length: length)
        var spectrum = Spectrum(binCount: fft.binCount)
        fft.transform(samples.span)
        fft.spectrum(into: &spectrum)
        var back = [Float](repeating: 0, count: length)
        inverse.transform(spectrum)
        inverse.samples(from: 0, into: &back)
        for (sample, restored) in zip(samples, back) { #expect(abs(sample - restored) < 1e-5) }
    }

    @Test func aShortFrameIsFollowedByZeros() {
        let fft = RealFFT(length: 16)
        var full = Spectrum(binCount: 9)
        var short = Spectrum(binCount: 9)
        fft.transform((noise(5, seed: 3) + [Float](repeating: 0, count: 11)).span)
        fft.spectrum(into: &full)
        fft.transform(noise(16, seed: 4).span)
        fft.transform(noise(5, seed: 3).span)
        fft.spectrum(into: &short)
        #expect(full.real == short.real && full.imaginary == short.imaginary)
    }

    /// Numbers of taps around whole partitions.
    @Test(arguments: [(1, 8), (7, 8), (8, 8), (9, 8), (33, 8), (5, 1), (40, 13), (100, 256)])
    func convolutionIsTheDefinition(taps: Int, block: Int) {
        let filter = noise(taps, seed: 5)
        let samples = noise(6 * block + taps / block * block, seed: 6)
        let convolution = PartitionedConvolution(taps: filter, blockLength: block)
        for _ in 0..<2 {  // After a reset it is as good as new.
            var output: [Float] = []
            for start in stride(from: 0, to: samples.count, by: block) {
                var part = Array(samples[start..<(start + block)])
                convolution.process(&part)
                output += part
            }
            for index in samples.indices {
                var sum = 0.0
                for tap in 0..<min(taps, index + 1) {
                    sum += Double(filter[tap]) * Double(samples[index - tap])
                }
                #expect(abs(Double(output[index]) - sum) < 1e-4)
            }
            convolution.reset()
        }
    }
}
