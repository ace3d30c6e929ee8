import Foundation
import Fourier

/// What the filter of a microphone correction costs at 48 kHz, in blocks of 1024 samples. It is not
/// part of the whole run: it runs only if a source has a correction.
struct CorrectionCost {
    var taps: Int
    var cpuMilliseconds: Double

    /// One minute each for the shortest and the longest filter that a response can need.
    static func measure() -> [CorrectionCost] {
        [8_192, 131_072].map { count in
            let taps = (0..<count).map { 1 / Float(1 + $0) }
            let convolution = PartitionedConvolution(taps: taps, blockLength: 1_024)
            let samples = (0..<1_024).map { _ in Float.random(in: -1..<1) }
            let blocks = 60 * 48_000 / 1_024
            let start = cpuTime()
            for _ in 0..<blocks {
                var block = samples
                convolution.process(&block)
            }
            return CorrectionCost(taps: count, cpuMilliseconds: (cpuTime() - start) / 60 * 1_000)
        }
    }
}
