import Foundation
import LevelTypes
import SoundLevels
import TestSupport
import Testing
import Timekeeping

/// The meter as part of the monitor. `Tests/Conformance` checks its readings against the standards.
@Suite struct LevelMeterTests {
    private let rate = SampleRate(hertz: 16_000)!

    @Test func aFullScaleSineIsThreeDecibelsDown() throws {
        var meter = try LevelMeter(sampleRate: .hz48000)
        let sine = (0..<48_000).map { Float(sin(2 * .pi * 1_000 * Double($0) / 48_000)) }
        let summary = try read(&meter, sine).summary
        #expect(abs((summary.lzeq ?? 0) - -3.0103) < 1e-4)
        #expect(abs(summary.samplePeak - 1) < 1e-6)
        #expect(summary.seconds == 1)
    }

    /// A reading has the bands of all its samples, or none; the other levels stay as they are.
    @Test func bandsCanBeLeftOut() throws {
        var (meter, whole) = (
            try LevelMeter(sampleRate: rate), try LevelMeter(sampleRate: rate)
        )
        var random = SeededRandom(seed: 5)
        var bands: [Int] = []
        for second in 0..<5 {
            let noise = (0..<16_000).map { _ in Float.random(in: -1...1, using: &random) }
            meter.measuresBands = second != 1
            let half = Array(noise[..<8_000])
            meter.process(half.span, captured: half.span, position: 0) { _ in }
            if second == 3 { meter.measuresBands = false }
            let rest = Array(noise[8_000...])
            meter.process(rest.span, captured: rest.span, position: 0) { _ in }
            let reading = meter.read()
            let found = try #require(reading).summary
            let expected = try read(&whole, noise).summary
            bands.append(found.bandExposures.count)
            #expect(found.bandExposures.isEmpty == found.octaveExposures.isEmpty)
            #expect(found.laeq == expected.laeq && found.lcPeak == expected.lcPeak)
            guard second == 0 else { continue }
            #expect(found.bandExposures == expected.bandExposures)
        }
        #expect(bands[0] > 20 && bands == [bands[0], 0, bands[0], 0, bands[0]])
    }

    /// Streaming equals batch, to the last bit.
    @Test(arguments: [1, 7, 160, 480, 1_000, 5_000]) func piecesDoNotMatter(pieces: Int) throws {
        var random = SeededRandom(seed: 3)
        let noise = (0..<20_000).map { _ in Float.random(in: -1...1, using: &random) }
        let whole = try readings(noise, pieces: 20_000, every: 5_000)
        let cut = try readings(noise, pieces: pieces, every: 5_000)
        #expect(cut.readings == whole.readings)
        #expect(cut.frames == whole.frames)
        #expect(whole.frames.map(\.end) == (1...125).map { Int64($0) * 160 })
        #expect(whole.frames.allSatisfy { $0.samples == 160 })
    }

    /// Also where a hundredth of the rate is no whole number: at 22050 Hz every second interval has
    /// 220 samples and every other one 221. Each stream begins anew.
    @Test(arguments: LevelMeter.sampleRates, [1_000, 50_000])
    func aSecondHasAHundredIntervals(hertz: Int, pieces: Int) throws {
        let rate = try #require(SampleRate(hertz: hertz))
        let tone = (0..<2 * hertz).map {
            Float(0.5 * sin(2 * .pi * 1_000 * Double($0) / Double(hertz)))
        }
        let ends = (1...200).map { Int64($0 * hertz / 100) }
        var meter = try LevelMeter(sampleRate: rate)
        // The first stream ends within its third interval.
        for count in [hertz / 100 * 5 / 2, tone.count] {
            var intervals: [LevelInterval] = []
            for start in stride(from: 0, to: count, by: pieces) {
                let piece = Array(tone[start..<min(count, start + pieces)])
                meter.process(piece.span, captured: piece.span, position: Int64(start)) {
                    intervals.append($0)
                }
            }
            let ended = meter.endStream()
            let reading = try #require(ended)
            let heard = ends.filter { $0 <= count }
            #expect(intervals.map(\.end) == heard)
            #expect(intervals.map(\.samples) == zip(heard, [0] + heard).map { Int($0 - $1) })
            #expect(reading.histogram.count == max(0, heard.count - 62))
        }
    }

    /// The intervals of a stream add up to the whole.
    @Test func intervalsAddUp() throws {
        var random = SeededRandom(seed: 4)
        let noise = (0..<32_000).map { _ in Float.random(in: -0.5...0.5, using: &random) }
        let whole = try #require(readings(noise, pieces: 500, every: 32_000).readings.first)
        let parts = try readings(noise, pieces: 500, every: 3_700).readings
        var summary = LevelSummary()
        var histogram = LevelHistogram()
        for part in parts {
            summary.merge(part.summary)
            histogram.merge(part.histogram)
        }
        #expect(histogram == whole.histogram)
        #expect(abs(summary.exposureA / whole.summary.exposureA - 1) < 1e-12)
        #expect(abs(summary.exposureC / whole.summary.exposureC - 1) < 1e-12)
        #expect(summary.fastMaximum == whole.summary.fastMaximum)
        #expect(summary.fastMinimum == whole.summary.fastMinimum)
        #expect(summary.peakC == whole.summary.peakC)
        #expect(abs(summary.seconds - 2) < 1e-12)
        for (sum, one) in zip(summary.bandExposures, whole.summary.bandExposures).dropFirst(15) {
            #expect(abs(sum / one - 1) < 0.01)
        }
    }

    @Test func threeSamplesAtFullScaleAreAnOverloadTwoAreNot() throws {
        for (run, isOverloaded) in [(2, false), (3, true)] {
            for sign: Float in [1, -1] {
                var samples = [Float](repeating: 0.1, count: 1_600)
                for index in 0..<run { samples[700 + index] = sign * 32_767 / 32_768 }
                var meter = try LevelMeter(sampleRate: rate)
                let summary = try read(&meter, samples).summary
                #expect((summary.overloadSeconds > 0) == isOverloaded)
                let next = try read(&meter, [Float](repeating: 0.1, count: 1_600))
                #expect(next.summary.overloadSeconds == 0)
            }
        }
    }

    /// Floats above full scale lost nothing; only a flat top did.
    @Test(arguments: [50.0, 440, 1_000, 7_900])
    func aCleanFloatAboveFullScaleIsNoOverload(_ hertz: Double) throws {
        let tone = (0..<16_000).map { Float(2 * sin(2 * .pi * hertz * Double($0) / 16_000)) }
        var meter = try LevelMeter(sampleRate: rate)
        let clean = try read(&meter, tone).summary
        #expect(clean.overloadSeconds == 0)
        #expect(clean.samplePeak > 1.99)
        for limit: Float in [1, 1.5] {
            var meter = try LevelMeter(sampleRate: rate)
            let clipped = tone.map { min(max($0, -limit), limit) }
            let isFlat = hertz < 4_000
            #expect((try read(&meter, clipped).summary.overloadSeconds == 1) == isFlat)
        }
    }

    /// Clipping is seen in the samples as captured, even if the microphone correction has changed
    /// them.
    @Test func overloadIsLookedForBeforeTheCorrection() throws {
        let clipped = [Float](repeating: 1, count: 160)
        let corrected = [Float](repeating: 0.25, count: 160)
        var meter = try LevelMeter(sampleRate: rate)
        meter.process(corrected.span, captured: clipped.span, position: 0) { _ in }
        let reading = meter.read()
        let summary = try #require(reading).summary
        #expect(summary.overloadSeconds > 0)
        #expect(summary.samplePeak == 1)
    }

    @Test func quieterThanTheNoiseFloorIsUnderRange() throws {
        for (amplitude, isUnderRange) in [(0.02, false), (0.005, true)] {
            var meter = try LevelMeter(sampleRate: rate, noiseFloor: -45)
            let tone = (0..<16_000).map {
                Float(amplitude * sin(2 * .pi * 1_000 * Double($0) / 16_000))
            }
            let summary = try read(&meter, tone).summary
            #expect((summary.underrangeSeconds == 1) == isUnderRange)
        }
    }

    /// Digital silence is no level at all, never full scale; a constant is a dead microphone.
    @Test(arguments: [Float(0), 0.25, -1]) func aConstantIsADeadMicrophone(value: Float) throws {
        var meter = try LevelMeter(sampleRate: rate)
        let summary = try read(&meter, [Float](repeating: value, count: 16_000)).summary
        #expect(summary.stuckSeconds == 1)
        if value == 0 {
            #expect(summary.laeq == -.infinity)
            #expect(summary.lzPeak == -.infinity)
            #expect(summary.underrangeSeconds == 1)
        }
        var noise = [Float](repeating: value, count: 16_000)
        noise[9_000] += 1.0 / 32_768
        let next = try read(&meter, noise)
        #expect(next.summary.stuckSeconds == 0)
    }

    /// After a gap the filters start from zero state, as at the beginning.
    @Test func aNewStreamRemembersNothing() throws {
        var random = SeededRandom(seed: 5)
        let noise = (0..<16_000).map { _ in Float.random(in: -1...1, using: &random) }
        let tone = (0..<16_000).map { Float(0.1 * sin(2 * .pi * 440 * Double($0) / 16_000)) }
        var fresh = try LevelMeter(sampleRate: rate)
        let expected = try read(&fresh, tone)
        var used = try LevelMeter(sampleRate: rate)
        feed(&used, noise)
        _ = used.endStream()
        // Nothing is left over if the stream ends with an interval, either.
        _ = try read(&used, noise)
        #expect(used.endStream() == nil)
        let reading = try read(&used, tone)
        #expect(reading == expected)
    }

    /// F rises from zero at the start: its minimum and the percentiles begin once it has settled.
    @Test func theBeginningIsNoMinimum() throws {
        var meter = try LevelMeter(sampleRate: rate)
        let tone = (0..<32_000).map { Float(0.5 * sin(2 * .pi * 1_000 * Double($0) / 16_000)) }
        let first = try read(&meter, Array(tone[..<8_000]))
        #expect(first.summary.fastMinimum == nil)
        #expect(first.histogram.count == 0)
        let second = try read(&meter, Array(tone[8_000...]))
        #expect(abs((second.summary.lafMinimum ?? 0) - -9.0309) < 0.05)
        #expect(second.summary.slowMinimum == nil)
        #expect(second.histogram.count == 138)
    }

    /// A signal that has died away does not slow the arithmetic down: its remains become zero.
    @Test func whatDiesAwayBecomesNothing() throws {
        var meter = try LevelMeter(sampleRate: rate)
        _ = try read(&meter, [1])
        var level = Double.infinity
        for _ in 0..<60 {
            level = try read(&meter, [Float](repeating: 0, count: 16_000)).fastEnd
        }
        #expect(level == 0)
    }

    @Test func anotherRateIsRefusedWithTheList() throws {
        let rate = try #require(SampleRate(hertz: 37_800))
        let error = #expect(throws: SoundLevelsError.self) { try LevelMeter(sampleRate: rate) }
        #expect(
            error?.description
                == "levels cannot be measured at 37800 Hz; accepted are 16000, 22050, 24000, "
                + "32000, 44100, 48000, 64000, 88200, 96000, 128000, 176400, 192000 Hz")
    }

    private func feed(_ meter: inout LevelMeter, _ samples: [Float]) {
        meter.process(samples.span, captured: samples.span, position: 0) { _ in }
    }

    private func read(
        _ meter: inout LevelMeter, _ samples: [Float]
    ) throws -> LevelMeter.Reading {
        feed(&meter, samples)
        let reading = meter.read()
        return try #require(reading)
    }

    private func readings(
        _ signal: [Float], pieces: Int, every interval: Int
    ) throws -> (readings: [LevelMeter.Reading], frames: [LevelInterval]) {
        var meter = try LevelMeter(sampleRate: rate)
        var readings: [LevelMeter.Reading] = []
        var frames: [LevelInterval] = []
        var position = 0
        while position < signal.count {
            let boundary = (position / interval + 1) * interval
            let end = min(signal.count, position + pieces, boundary)
            let piece = Array(signal[position..<end])
            meter.process(piece.span, captured: piece.span, position: Int64(position)) {
                frames.append($0)
            }
            position = end
            if end == boundary, let reading = meter.read() { readings.append(reading) }
        }
        if let reading = meter.endStream() { readings.append(reading) }
        return (readings, frames)
    }
}
