import Foundation
import TestSupport
import Testing

/// The levels of `monitorctl analyze`, from real files, against closed forms.
@Suite struct AnalyzeLevelsTests {
    private let directory: TemporaryDirectory
    private let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        product = try BuiltProduct("monitorctl")
    }

    private func run(_ arguments: [String]) async throws -> RunningProcess.Output {
        try await product.start(["analyze"] + arguments).wait(within: .hang)
    }

    private func levels(_ arguments: [String]) async throws -> [String: Any] {
        let output = try await run(["--format", "json"] + arguments)
        #expect(output.status == 0, "\(output.standardError)")
        let object = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8))
        return try #require((object as? [String: Any])?["levels"] as? [String: Any])
    }

    private func tone(
        hertz: Double, amplitude: Double, seconds: Double, rate: Int = 48_000
    ) -> [Float] {
        (0..<Int(seconds * Double(rate))).map {
            Float(amplitude * sin(2 * .pi * hertz / Double(rate) * Double($0)))
        }
    }

    private func write(
        _ samples: [Float], _ format: SoundFileWriter.Format = .wavFloat, rate: Int = 48_000
    ) throws -> String {
        let path = directory.path("sound.wav")
        let step: Float = format == .wav16 ? 0x1p15 : 0x1p23
        let exact =
            format == .wavFloat
            ? samples : samples.map { min(max(($0 * step).rounded(), -step), step - 1) / step }
        try SoundFileWriter.write(exact, to: path, format: format, rate: rate)
        return path
    }

    @Test func silenceOnTheWrongChannelIsTold() async throws {
        let path = directory.path("stereo.wav")
        let samples = tone(hertz: 1_000, amplitude: 0.1, seconds: 1).flatMap { sample -> [Float] in
            [0, sample]
        }
        try SoundFileWriter.write(samples, to: path, format: .wavFloat, channels: 2)
        let silent = try await run([path])
        #expect(
            silent.standardError == "monitorctl: warning: channel 1 of 2 is digital silence; "
                + "channel 2 has a signal (--channel 2)\n")
        #expect(try await run([path, "--channel", "2"]).standardError == "")
    }

    /// A float above full scale has lost nothing.
    @Test func aCleanFloatAboveFullScaleIsNoOverload() async throws {
        let clean = tone(hertz: 1_000, amplitude: 2, seconds: 2)
        for (samples, isOverload) in [(clean, false), (clean.map { min(max($0, -1), 1) }, true)] {
            let levels = try await levels([try write(samples)])
            let flags = try #require(levels["flags"] as? [String: Bool])
            #expect(flags["overload"] == isOverload)
            guard !isOverload else { continue }
            #expect(abs((levels["LAeq"] as? Double ?? 0) - 3.01) < 0.02)
            #expect(abs((levels["sample_peak"] as? Double ?? 0) - 6.02) < 0.02)
        }
    }

    /// 1 kHz reads the same with A, C and Z: 20 lg(0.1 / √2) + 120 dB.
    @Test(arguments: [SoundFileWriter.Format.wav16, .wav24, .wavFloat])
    func aToneReadsItsLevelInEveryFormat(format: SoundFileWriter.Format) async throws {
        let path = try write(tone(hertz: 1_000, amplitude: 0.1, seconds: 3.5), format)
        let levels = try await levels([path, "--full-scale-db", "120"])
        let expected = 120 + 20 * log10(0.1) - 3.0103
        for key in ["LAeq", "LCeq", "LZeq", "LAFmax", "LASmax", "LAF_end"] {
            // S has not settled after 3.5 s: 10 lg(1 - exp(-3.5)).
            let accepted = key == "LASmax" ? 0.15 : 0.02
            #expect(abs((levels[key] as? Double ?? 0) - expected) < accepted, "\(key)")
        }
        #expect(abs((levels["LAE"] as? Double ?? 0) - (expected + 10 * log10(3.5))) < 0.02)
        #expect(abs((levels["LZpeak"] as? Double ?? 0) - 100) < 0.01)
        #expect(abs((levels["sample_peak"] as? Double ?? 0) - 100) < 0.01)
        #expect(abs((levels["LAS_end"] as? Double ?? 0) - (expected - 0.1332)) < 0.01)
        let series = try #require(levels["series"] as? [String: Any])
        #expect(series["dt"] as? Double == 1)
        for key in ["LAeq", "LCeq", "LZeq", "LAFmax"] {
            let values = try #require(series[key] as? [Double])
            #expect(values.count == 3)
            #expect(values.dropFirst().allSatisfy { abs($0 - expected) < 0.01 }, "\(key)")
        }
        let percentiles = try #require(levels["Ln"] as? [String: Double])
        #expect(Set(percentiles.keys) == ["1", "5", "10", "50", "90", "95", "99"])
        #expect(percentiles.values.allSatisfy { abs($0 - expected) < 0.11 })
        let thirds = try #require(levels["bands_1_3"] as? [String: Double])
        let octaves = try #require(levels["bands_1_1"] as? [String: Double])
        #expect(thirds.count == 33 && octaves.count == 11)
        #expect(abs((thirds["1000"] ?? 0) - expected) < 0.02)
        #expect(abs((octaves["1000"] ?? 0) - expected) < 0.02)
        #expect((thirds["31.5"] ?? 200) < expected - 60 && (octaves["16"] ?? 200) < expected - 60)
        #expect(levels["calibration"] as? String == "indicative")
        #expect(levels["full_scale_db"] as? Double == 120)
        let flags = try #require(levels["flags"] as? [String: Bool])
        #expect(flags == ["overload": false, "underrange": false, "stuck": false])
    }

    private static let rates = [
        16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000, 128_000, 176_400,
        192_000,
    ]

    /// A sine with a peak of 1/8 at 1 kHz: 20 lg(1/8) - 3.01 dB, as Leq, as F and in its bands.
    @Test(arguments: rates) func aToneReadsItsLevelAtEveryRate(rate: Int) async throws {
        let samples = tone(hertz: 1_000, amplitude: 0.125, seconds: 4, rate: rate)
        let levels = try await levels([try write(samples, .wav24, rate: rate)])
        #expect(levels["LAeq"] as? Double == -21.072)
        let expected = -21.0721
        for key in ["LCeq", "LZeq", "LAFmax", "LAF_end"] {
            #expect(abs((levels[key] as? Double ?? 0) - expected) < 0.02, "\(key)")
        }
        #expect(abs((levels["LZpeak"] as? Double ?? 0) - 20 * log10(0.125)) < 0.02)
        let percentiles = try #require(levels["Ln"] as? [String: Double])
        #expect(percentiles.values.allSatisfy { abs($0 - expected) < 0.11 })
        let thirds = try #require(levels["bands_1_3"] as? [String: Double])
        let octaves = try #require(levels["bands_1_1"] as? [String: Double])
        #expect(abs((thirds["1000"] ?? 0) - expected) < 0.02)
        #expect(abs((octaves["1000"] ?? 0) - expected) < 0.02)
        let seconds = try #require((levels["series"] as? [String: Any])?["LAeq"] as? [Double])
        #expect(seconds.count == 4 && seconds.allSatisfy { abs($0 - expected) < 0.01 })
    }

    @Test func withoutAScaleLevelsAreRelativeToFullScale() async throws {
        let path = try write(tone(hertz: 1_000, amplitude: 1, seconds: 1))
        let levels = try await levels([path])
        #expect(abs((levels["LAeq"] as? Double ?? 0) - -3.0103) < 0.02)
        #expect(levels["calibration"] as? String == "uncalibrated")
        #expect(levels["full_scale_db"] is NSNull)
        let text = try await run([path]).standardOutput
        #expect(text.contains("LAeq -3.0 dB re FS, LAFmax -3.0, LCpeak"))
        #expect(text.contains(", uncalibrated"))
    }

    @Test func flagsSayWhatIsWrongWithTheSound() async throws {
        let clipped = try write(tone(hertz: 200, amplitude: 1.5, seconds: 1), .wav16)
        var flags = try await levels([clipped])["flags"] as? [String: Bool]
        #expect(flags == ["overload": true, "underrange": false, "stuck": false])
        let soft = try write(tone(hertz: 1_000, amplitude: 0.001, seconds: 1))
        flags =
            try await levels([soft, "--full-scale-db", "100", "--noise-floor-db", "40"])["flags"]
            as? [String: Bool]
        #expect(flags == ["overload": false, "underrange": true, "stuck": false])
        let silence = try write([Float](repeating: 0, count: 48_000))
        let levels = try await levels([silence])
        #expect(levels["LAeq"] is NSNull)
        #expect(
            levels["flags"] as? [String: Bool]
                == ["overload": false, "underrange": true, "stuck": true])
    }

    /// A microphone that hears 4 kHz 6 dB too loud: the correction removes that.
    @Test func theResponseOfTheMicrophoneIsTakenOut() async throws {
        let response = directory.path("microphone.txt")
        try Data("20 0\n1000 0\n2000 0\n3000 6\n5000 6\n8000 0\n20000 0\n".utf8).write(
            to: URL(filePath: response))
        let path = try write(tone(hertz: 4_000, amplitude: 0.1, seconds: 2))
        let plain = try await levels([path])["LZeq"] as? Double
        let corrected = try await levels([path, "--microphone-correction", response])
        let difference = (plain ?? 0) - (corrected["LZeq"] as? Double ?? 0)
        #expect(abs(difference - 6) < 0.1)
    }

    /// 60 dB up and down within a twentieth of a hertz: no filter can follow.
    @Test func aCorrectionThatCannotBeMetIsSaid() async throws {
        let response = directory.path("microphone.txt")
        let rows = (0..<200).map { "\(20 + 0.05 * Double($0)) \($0 % 2 == 0 ? 30 : -30)\n" }
        try Data(rows.joined().utf8).write(to: URL(filePath: response))
        let path = try write(tone(hertz: 1_000, amplitude: 0.1, seconds: 1))
        let output = try await run([path, "--microphone-correction", response])
        #expect(output.status == 0)
        #expect(
            output.standardError.hasPrefix(
                "monitorctl: warning: the microphone correction is met within "))
    }

    @Test func aRateWithoutFiltersIsRefusedWithTheList() async throws {
        let path = try write(tone(hertz: 440, amplitude: 0.1, seconds: 1), rate: 37_800)
        let message =
            "levels cannot be measured at 37800 Hz; accepted are "
            + Self.rates.map(String.init).joined(separator: ", ") + " Hz\n"
        let wanted = try await run([path, "--full-scale-db", "100"])
        #expect(wanted.status == 65)
        #expect(wanted.standardError == "monitorctl: error: " + message)
        #expect(wanted.standardOutput == "")
        let events = try await run([path, "--format", "json"])
        #expect(events.status == 0)
        #expect(events.standardError == "monitorctl: warning: " + message)
        #expect(events.standardOutput.contains("\"levels\":null"))
    }

    @Test(arguments: ["nan", "201", "-200.5", "loud"])
    func impossibleScalesAreUsageErrors(text: String) async throws {
        let output = try await run([directory.path("sound.wav"), "--full-scale-db", text])
        #expect(output.status == 64)
        #expect(output.standardError.contains(text))
    }

    /// The filters ring on for a second; then there is nothing, not a level of -1,000 dB.
    @Test func digitalSilenceAfterASoundHasNoLevel() async throws {
        let path = try write(
            tone(hertz: 1_000, amplitude: 0.1, seconds: 1) + [Float](repeating: 0, count: 240_000))
        let levels = try await levels([path])
        let series = try #require(levels["series"] as? [String: Any])
        for key in ["LAeq", "LCeq", "LZeq"] {
            let seconds = try #require(series[key] as? [Any])
            #expect(seconds.count == 6 && seconds[0] is Double, "\(key)")
            #expect(seconds[2...].allSatisfy { $0 is NSNull }, "\(key): \(seconds)")
        }
    }
}
