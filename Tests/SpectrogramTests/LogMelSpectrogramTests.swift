import Foundation
import SoundTypes
import Spectrogram
import TestSupport
import Testing
import Timekeeping

@Suite struct LogMelSpectrogramTests {
    /// librosa's filters on numpy's FFT, by `Training/make_features_reference.py`.
    @Test(arguments: [16_000, 32_000, 44_100, 48_000])
    func agreesWithLibrosa(hertz: Int) throws {
        let rate = try #require(SampleRate(hertz: hertz))
        let url = try #require(
            Bundle.module.url(forResource: "logmel_\(hertz)", withExtension: "f32"))
        let expected = try Data(contentsOf: url).withUnsafeBytes {
            Array($0.bindMemory(to: Float.self))
        }
        let frames = try features(of: referenceSignal(rate), rate)
        #expect(frames.count * 64 == expected.count)
        let worst = zip(frames.joined(), expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= 1e-4)
    }

    /// The project's key test: whatever the pieces, the stream gives the same frames as the whole.
    @Test func streamingEqualsBatch() throws {
        let rate = try #require(SampleRate(hertz: 44_100))
        let signal = referenceSignal(rate)
        let whole = try features(of: signal, rate)
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let spectrogram = try LogMelSpectrogram(sampleRate: rate)
        var streamed: [[Float]] = []
        var start = 0
        while start < signal.count {
            let end = min(signal.count, start + Int.random(in: 1...3_000, using: &random))
            spectrogram.process(Array(signal[start..<end]).span) { streamed.append(Array($0)) }
            start = end
        }
        #expect(streamed == whole, "seed \(seed)")
    }

    @Test func resetBeginsANewStream() throws {
        let rate = try #require(SampleRate(hertz: 16_000))
        let spectrogram = try LogMelSpectrogram(sampleRate: rate)
        spectrogram.process([Float](repeating: 0.3, count: 777).span) { _ in }
        spectrogram.reset()
        var frames: [[Float]] = []
        spectrogram.process(referenceSignal(rate).span) { frames.append(Array($0)) }
        #expect(try frames == features(of: referenceSignal(rate), rate))
    }

    /// The same sound, a sum of tones across all bands, sampled at four rates.
    @Test func theRateDoesNotMatter() throws {
        let rates = try [16_000, 32_000, 44_100, 48_000].map { try #require(SampleRate(hertz: $0)) }
        let all = try rates.map { try features(of: tones($0), $0) }
        let tenthOfADecibel: Float = 0.1 / 10 * Float(log(10.0))
        let floor = Float(log(1e-10))
        for frames in all.dropFirst() {
            for (frame, reference) in zip(frames, all[0]) {
                for (value, expected) in zip(frame, reference) where expected > floor {
                    #expect(abs(value - expected) <= tenthOfADecibel)
                }
            }
        }
        // The comparison is worth something: most bands are well above the floor.
        #expect(all[0].joined().filter { $0 > floor + 3 }.count > all[0].count * 60)
    }

    @Test func digitalSilenceIsTheFloor() throws {
        let rate = try #require(SampleRate(hertz: 48_000))
        let frames = try features(of: [Float](repeating: 0, count: 4_800), rate)
        #expect(frames.joined().allSatisfy { $0 == Float(log(Float(1e-10))) })
    }

    @Test func absurdSamplesGiveFiniteFrames() throws {
        let rate = try #require(SampleRate(hertz: 16_000))
        for value in [1e30, -3e38, .greatestFiniteMagnitude] as [Float] {
            let signal = (0..<4_000).map { $0 % 3 == 0 ? value : -value }
            let frames = try features(of: signal, rate)
            #expect(frames.joined().allSatisfy { $0.isFinite })
        }
    }

    @Test func refusesARateThatIsTooLow() throws {
        let rate = try #require(SampleRate(hertz: 16_000))
        let parameters = FeatureParameters(highHertz: 9_000)
        #expect(throws: SpectrogramError.sampleRateTooLow(hertz: 16_000, highHertz: 9_000)) {
            try LogMelSpectrogram(parameters: parameters, sampleRate: rate)
        }
    }

    @Test func aFrequencyOfAnySizeCanBeNamed() {
        let text = { SpectrogramError.sampleRateTooLow(hertz: 16_000, highHertz: $0).description }
        #expect(
            text(9_000)
                == "sample rate 16000 Hz is too low: bands up to 9000 Hz need at least 18000 Hz")
        #expect(text(1e300).hasSuffix("bands up to 1e+300 Hz need at least 2e+300 Hz"))
        #expect(text(.infinity).hasSuffix("bands up to inf Hz need at least inf Hz"))
    }

    @Test func refusesImpossibleParameters() throws {
        let rate = try #require(SampleRate(hertz: 16_000))
        for parameters in [
            FeatureParameters(hopSeconds: 0), FeatureParameters(hopSeconds: 0.03),
            FeatureParameters(fftSeconds: 0.01), FeatureParameters(bands: 0),
            FeatureParameters(bands: 900), FeatureParameters(lowHertz: 8_000),
            FeatureParameters(floor: 0), FeatureParameters(windowSeconds: 1e300),
            FeatureParameters(hopSeconds: -1e300), FeatureParameters(fftSeconds: 1e300),
            FeatureParameters(fftSeconds: 1e5), FeatureParameters(fftSeconds: .infinity),
            FeatureParameters(bands: .max),
        ] {
            #expect(throws: SpectrogramError.impossibleParameters(parameters)) {
                try LogMelSpectrogram(parameters: parameters, sampleRate: rate)
            }
        }
    }
}

private func features(of signal: [Float], _ rate: SampleRate) throws -> [[Float]] {
    var frames: [[Float]] = []
    try LogMelSpectrogram(sampleRate: rate).process(signal.span) { frame in
        frames.append(Array(frame))
    }
    return frames
}

/// The signal of `Training/make_features_reference.py`.
private func referenceSignal(_ rate: SampleRate) -> [Float] {
    var state: UInt32 = 1
    return (0..<rate.hertz).map { index in
        state = state &* 1_664_525 &+ 1_013_904_223
        let time = Double(index) / Double(rate.hertz)
        let noise = Double(state) / 2_147_483_648 - 1
        return Float(0.5 * sin(2 * .pi * (200 * time + 700 * time * time)) + 0.1 * noise)
    }
}

/// 150 tones from 65 to 7400 Hz with fixed phases, 0.5 s.
private func tones(_ rate: SampleRate) -> [Float] {
    (0..<(rate.hertz / 2)).map { index in
        let time = Double(index) / Double(rate.hertz)
        return Float(
            (0..<150).reduce(0.0) { sum, tone in
                let hertz = 65 * pow(7_400.0 / 65, Double(tone) / 149)
                return sum + 0.02 * sin(2 * .pi * hertz * time + Double(tone * tone))
            })
    }
}

extension Array where Element == Float {
    fileprivate init(_ span: Span<Float>) {
        self = (0..<span.count).map { span[$0] }
    }
}
