import Foundation
import SoundLevels
import TestSupport
import Testing
import Timekeeping

/// Calibrators, right and wrong, as generated signals for which the answer is known.
@Suite struct CalibratorCheckTests {
    private func tone(
        _ hertz: Double, amplitude: Double, seconds: Double = 6, rate: Int = 48_000,
        _ change: (Double, Double) -> Double = { $1 }
    ) -> [Float] {
        (0..<Int(seconds * Double(rate))).map { index in
            let time = Double(index) / Double(rate)
            return Float(change(time, amplitude * sin(2 * .pi * hertz * time + 0.7)))
        }
    }

    private func failure(
        _ samples: [Float], _ check: CalibratorCheck = .init(frequencyHertz: 1_000, level: 94),
        rate: SampleRate = .hz48000
    ) -> CalibratorError? {
        do {
            _ = try check.measure(samples, sampleRate: rate)
            return nil
        } catch {
            return error
        }
    }

    /// K = level + correction - 20 lg(amplitude / √2).
    @Test(arguments: [
        (1_000, 0.1, 94, 0, 48_000), (1_000.37, 0.5, 114, 0, 48_000),
        (250, 0.9, 114, -0.15, 44_100), (251.19, 0.02, 94, 0, 16_000),
        (988.8, 0.3, 94, 0.1, 192_000), (1_013.3, 0.002, 94, 0, 96_000),
        (1_000.1, 0.2, 94, 0, 22_050), (249.5, 0.1, 114, 0, 24_000), (1_000, 0.4, 94, 0, 64_000),
        (250, 0.05, 94, 0.1, 88_200), (1_007.7, 0.3, 114, 0, 128_000),
        (251.19, 0.1, 94, 0, 176_400),
    ])
    func theLevelOfFullScale(
        hertz: Double, amplitude: Double, level: Double, correction: Double, rate: Int
    ) throws {
        let check = CalibratorCheck(
            frequencyHertz: hertz < 500 ? 250 : 1_000, level: level, correction: correction)
        let rateValue = try #require(SampleRate(hertz: rate))
        let found = try check.measure(
            tone(hertz, amplitude: amplitude, rate: rate), sampleRate: rateValue)
        let expected = level + correction - 20 * log10(amplitude / 2.0.squareRoot())
        #expect(abs(found.fullScaleDecibels - expected) < 0.001)
        #expect(abs(found.frequencyHertz - hertz) < 0.001)
        #expect(found.spread < 0.001)
        #expect(found.residual < -80)
        #expect(found.seconds == 5)
    }

    /// Noise, hum and an offset are not the tone: they add 0.1 dB to the power, and nothing to the
    /// level.
    @Test func whatIsNotTheToneDoesNotCount() throws {
        var generator = SeededRandom(seed: 11)
        let samples = tone(1_000.2, amplitude: 0.1) { time, sample in
            sample + 0.2 + 0.004 * sin(2 * .pi * 50 * time)
                + Double.random(in: -0.01...0.01, using: &generator)
        }
        let found = try CalibratorCheck(frequencyHertz: 1_000, level: 94)
            .measure(samples, sampleRate: .hz48000)
        #expect(abs(found.fullScaleDecibels - (94 - 20 * log10(0.1 / 2.0.squareRoot()))) < 0.001)
        #expect(abs(found.frequencyHertz - 1_000.2) < 0.001)
        // The power of the noise is 0.01² / 3, of the hum 0.004² / 2, of the tone 0.1² / 2.
        let residual = 10 * log10((1e-4 / 3 + 8e-6) / 5e-3)
        #expect(abs(found.residual - residual) < 0.05)
    }

    @Test func theFirstSecondDoesNotCount() throws {
        let samples = tone(1_000, amplitude: 0.1) { time, sample in
            time < 0.99 ? (time < 0.5 ? 1 : 0) : sample
        }
        let found = try CalibratorCheck(frequencyHertz: 1_000, level: 94)
            .measure(samples, sampleRate: .hz48000)
        #expect(abs(found.fullScaleDecibels - (94 - 20 * log10(0.1 / 2.0.squareRoot()))) < 0.001)
    }

    @Test func tooShort() {
        #expect(
            failure(tone(1_000, amplitude: 0.1, seconds: 2.99))
                == .tooShort(seconds: 2.99, needed: 3))
        #expect(failure([]) == .tooShort(seconds: 0, needed: 3))
        #expect(failure(tone(1_000, amplitude: 0.1, seconds: 3)) == nil)
    }

    @Test func silence() {
        let zeros = [Float](repeating: 0, count: 240_000)
        #expect(failure(zeros) == .silent(level: -.infinity, needed: -60))
        // A constant is silent, too.
        #expect(failure(zeros.map { _ in 0.25 }) == .silent(level: -.infinity, needed: -60))
        guard case .silent(let level, _) = failure(tone(1_000, amplitude: 0.001)) else {
            Issue.record("accepted")
            return
        }
        #expect(abs(level + 63.01) < 0.01)
    }

    @Test func wrongFrequency() {
        for (hertz, expected) in [(1_021.0, 1_000.0), (979, 1_000), (250, 1_000), (1_000, 250)] {
            let check = CalibratorCheck(frequencyHertz: expected, level: 94)
            guard
                case .wrongFrequency(let found, expected, 0.02) =
                    failure(tone(hertz, amplitude: 0.1), check)
            else {
                Issue.record("\(hertz) Hz was accepted")
                continue
            }
            #expect(abs(found - hertz) < 0.001)
        }
        #expect(failure(tone(1_019.9, amplitude: 0.1)) == nil)
        #expect(failure(tone(980.1, amplitude: 0.1)) == nil)
    }

    @Test func unstable() {
        let growing = tone(1_000, amplitude: 0.1) { time, sample in
            sample * pow(10, (time > 3 ? 0.25 : 0) / 20)
        }
        guard case .unstable(let spread, 0.2) = failure(growing) else {
            Issue.record("accepted")
            return
        }
        #expect(abs(spread - 0.25) < 0.001)
        let steady = tone(1_000, amplitude: 0.1) { time, sample in
            sample * pow(10, (time > 3 ? 0.19 : 0) / 20)
        }
        #expect(failure(steady) == nil)
        // Switched on late, taken off early.
        let partly = tone(1_000, amplitude: 0.1) { time, sample in
            (2...4).contains(time) ? sample : 0
        }
        guard case .unstable = failure(partly) else {
            Issue.record("\(String(describing: failure(partly)))")
            return
        }
    }

    @Test func clipped() {
        let samples = tone(1_000, amplitude: 1.02) { time, sample in
            time < 2 ? sample / 2 : min(max(sample, -1), 32_767 / 32_768)
        }
        guard case .clipped(let runs, let seconds) = failure(samples) else {
            Issue.record("accepted")
            return
        }
        #expect(runs > 7_000)
        #expect(abs(seconds - 2) < 0.01)
        // A tone that just reaches full scale is not clipped.
        #expect(failure(tone(1_000, amplitude: 0.9999)) == nil)
    }

    @Test func impure() {
        var generator = SeededRandom(seed: 12)
        let noise = tone(1_000, amplitude: 0) { _, _ in
            Double.random(in: -0.3...0.3, using: &generator)
        }
        guard case .impure = failure(noise) else {
            Issue.record("noise was accepted")
            return
        }
        for (hum, isAccepted) in [(0.0101, false), (0.0099, true)] {
            let samples = tone(1_000, amplitude: 0.1) { time, sample in
                sample + hum * sin(2 * .pi * 50 * time)
            }
            #expect((failure(samples) == nil) == isAccepted)
        }
    }

    @Test func notANumber() {
        var samples = tone(1_000, amplitude: 0.1)
        samples[48_000] = .nan
        #expect(failure(samples) == .notANumber(atSeconds: 1))
        samples[48_000] = .infinity
        #expect(failure(samples) == .notANumber(atSeconds: 1))
    }

    @Test func messagesSayWhatWasFoundAndWhatIsAccepted() {
        let messages: [(CalibratorError, String)] = [
            (
                .wrongFrequency(measured: 250.004, expected: 1_000, tolerance: 0.02),
                "the tone has 250 Hz; accepted is 1000 Hz within 2 %"
            ),
            (
                .unstable(spread: 0.31, accepted: 0.2),
                "the level of the tone wavers by 0.31 dB; accepted is 0.2 dB"
            ),
            (
                .silent(level: -.infinity, needed: -60),
                "there is no tone: the level is -inf dB re full scale; at least -60 dB are needed"
            ),
            (
                .impure(residual: -3.2, accepted: -20),
                "there is more than a tone: what is left without it is 3.2 dB below it; "
                    + "at least 20 dB are needed"
            ),
        ]
        for (error, text) in messages { #expect("\(error)" == text) }
    }
}
