import SoundLevels
import Timekeeping

/// What a level meter costs, and what its parts do, interval by interval as in the meter.
enum LevelCosts {
    /// How often each part runs, in turn with the others. Its shortest time counts: the one that
    /// other programs disturbed least.
    private static let runs = 9

    /// For `samples`: the parts, then the whole meter with one reading per second.
    static func measure(_ samples: [Float], rate: SampleRate) throws -> [StageCosts] {
        let interval = rate.hertz / LevelMeter.intervalsPerSecond
        var (weightings, peaks, bands, meter) = (
            [Double](), [Double](), [Double](), [Double]()
        )
        for _ in 0..<runs {
            var weighted = try WeightedPower(rate: rate)
            var weightedC = [Float](repeating: 0, count: interval)
            weightings.append(
                time(samples, interval) { _ = weighted.process($0, weightedC: &weightedC) })
            var peakC = PeakInterpolator(blockSize: interval)
            var peakZ = PeakInterpolator(blockSize: interval)
            peaks.append(
                time(samples, interval) {
                    peakC.process($0)
                    peakZ.process($0)
                })
            var bank = OctaveBank(rate: rate, blockSize: interval)
            bands.append(time(samples, interval) { bank.process($0) })
            var whole = try LevelMeter(sampleRate: rate)
            meter.append(
                time(samples, rate.hertz) {
                    whole.process($0, captured: $0, position: 0) { _ in }
                    _ = whole.read()
                })
        }
        let least = [weightings, peaks, bands, meter].map { $0.min() ?? 0 }
        return [
            StageCosts(name: "weightings", cpuSeconds: least[0]),
            StageCosts(name: "peaks", cpuSeconds: least[1]),
            StageCosts(name: "bands", cpuSeconds: least[2]),
            StageCosts(name: "rest", cpuSeconds: least[3] - least[0] - least[1] - least[2]),
        ]
    }

    /// Gives `body` the samples piece by piece, and returns its CPU time in seconds.
    private static func time(
        _ samples: [Float], _ piece: Int, _ body: (Span<Float>) -> Void
    ) -> Double {
        let start = cpuTime()
        var taken = 0
        while taken < samples.count {
            let count = min(piece, samples.count - taken)
            body(samples.span.extracting(taken..<taken + count))
            taken += count
        }
        return cpuTime() - start
    }
}
