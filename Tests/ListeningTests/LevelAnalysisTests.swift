import Foundation
import LevelTypes
import SoundLevels
import Testing
import Timekeeping
import Tracking

@testable import Listening

/// The levels of a source at each rate; with everything else it is part of `AnalysisLoopTests`.
@Suite struct LevelAnalysisTests {
    /// A 1 kHz tone, 34 dB louder from 2 s to 4 s: one loud sound, with the levels of its own time.
    @Test(arguments: LevelMeter.sampleRates) func aLoudSoundHasItsLevels(hertz: Int) throws {
        let rate = try #require(SampleRate(hertz: hertz))
        let analysis = try LevelAnalysis(
            settings: LevelSettings(loud: LoudParameters(absoluteDecibels: -15, holdSeconds: 1)),
            sampleRate: rate)
        let samples = (0..<7 * hertz).map { index in
            let amplitude = (2..<4).contains(index / hertz) ? 0.5 : 0.01
            return Float(amplitude * sin(2 * .pi * 1_000 / Double(hertz) * Double(index)))
        }
        let clock = SampleClock(sampleRate: rate, time: UTCTime(microseconds: 0))
        var records: [LevelRecord] = []
        var changes: [TrackedChange] = []
        for start in stride(from: 0, to: samples.count, by: 1_000) {
            let piece = Array(samples[start..<min(samples.count, start + 1_000)])
            analysis.process(
                piece.span, position: Int64(start), clock: clock,
                onRecord: { records.append($0) }, onLoud: { changes.append($0) })
        }
        #expect(records.map(\.samples) == Array(repeating: hertz, count: 7))
        let ended = changes.filter { $0.kind == .ended }
        try #require(ended.count == 1)
        // F rises to -15 dB within 0.04 s, and falls by 34.7 dB/s to -17 dB.
        let level = 20 * log10(0.5) - 3.0103
        #expect(abs(rate.seconds(ended[0].onset) - 2.03) < 0.02)
        #expect(abs(rate.seconds(ended[0].heardUntil) - (4 + (level + 17) / 34.744)) < 0.02)
        let stretch = analysis.stretch(after: ended[0].onset, through: ended[0].heardUntil)
        let levels = try #require(analysis.levels(of: stretch, background: nil))
        #expect(abs((levels.lafMaximum ?? 0) - level) < 0.02)
        #expect(abs((levels.lae ?? 0) - (level + 10 * log10(2))) < 0.1)
        #expect(levels.seconds == rate.seconds(ended[0].heardUntil - ended[0].onset))
    }
}
