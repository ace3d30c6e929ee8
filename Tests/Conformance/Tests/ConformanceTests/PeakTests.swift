import Foundation
import LevelTypes
import Measurements
import SoundLevels
import Testing

/// IEC 61672-1:2013, 5.13.
@Suite struct PeakTests {
    @Test(arguments: LevelMeter.sampleRates) func cyclesOfTable5(rate: Int) throws {
        for row in Standard.peaks where row.hertz < 0.45 * Double(rate) {
            let difference = try Measurement.peak(row.shape, hertz: row.hertz, rate: rate)
            let error = difference - row.difference
            #expect(abs(error) <= row.limit, "\(row.shape.rawValue) of \(row.hertz) Hz: \(error)")
            // Above 0.3 of the rate a cycle is three samples, which do not hold its peak.
            guard row.hertz < 0.3 * Double(rate) else { continue }
            #expect(abs(error) < 0.12, "\(row.shape.rawValue) of \(row.hertz) Hz: \(error)")
        }
    }

    /// A peak between two samples is seen wherever it is; the samples alone miss up to 1.2 dB.
    @Test(arguments: 0..<12) func thePeakOfAToneIsFoundBetweenTheSamples(step: Int) throws {
        let phase = Double(step) / 12 * 2 * .pi
        let rate = 48_000
        let signal = (0..<rate).map {
            Float(0.5 * sin(2 * .pi * 8_000 / Double(rate) * Double($0) + phase))
        }
        var instrument = try Instrument(rate: rate)
        instrument.feed(Array(signal[..<4_800]))
        _ = try instrument.read()
        instrument.feed(Array(signal[4_800...]))
        let summary = try instrument.read().summary
        let error = (summary.lzPeak ?? 0) - 20 * log10(0.5)
        #expect((-0.08...0.01).contains(error))
        let largest = signal.map { abs($0) }.max() ?? 0
        #expect(abs(summary.samplePeak - Double(largest)) < 1e-6)
    }

    /// 5.11.3 requires the same for both polarities of the overload indicator.
    @Test func bothPolaritiesReadTheSame() throws {
        let up = try Measurement.peak(.positiveHalf, hertz: 500, rate: 48_000)
        let down = try Measurement.peak(.negativeHalf, hertz: 500, rate: 48_000)
        #expect(abs(up - down) < 1e-5)
    }
}
