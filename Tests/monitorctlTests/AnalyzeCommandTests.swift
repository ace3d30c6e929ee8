import Foundation
import TestSupport
import Testing

/// `monitorctl analyze` and `monitorctl scores`: recordings without a database.
@Suite struct AnalyzeCommandTests {
    private static let scene = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "demo/scene.flac").path

    private let directory: TemporaryDirectory
    private let product: BuiltProduct

    init() throws {
        directory = try TemporaryDirectory()
        product = try BuiltProduct("monitorctl")
    }

    private func run(_ arguments: [String]) async throws -> RunningProcess.Output {
        try await product.start(arguments, environment: ["TZ": "Europe/Berlin"])
            .wait(within: .hang)
    }

    /// 5.01 s of a siren from the scene, at some rate.
    private func siren(rate: Int) throws -> String {
        let scene = try SoundFileReader(Self.scene)
        let part = scene.samples[(50 * scene.rate)..<(50 * scene.rate + 160_320)]
        let path = directory.path("siren-\(rate).wav")
        try SoundFileWriter.write(
            resample(Array(part), from: scene.rate, to: rate), to: path, rate: rate)
        return path
    }

    private struct Report: Decodable {
        struct Event: Decodable {
            let id: Int64
            let label: String
            let onset: String
            let offset: String
            let durationS: Double
            let onsetS: Double
            let offsetS: Double
        }

        let file: String
        let sampleRate: Int
        let durationS: Double
        let events: [Event]

        init(_ json: String) throws {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            self = try decoder.decode(Report.self, from: Data(json.utf8))
        }
    }

    private func report(_ arguments: [String]) async throws -> Report {
        let output = try await run(["analyze", "--format", "json"] + arguments)
        #expect(output.status == 0)
        #expect(output.standardError == "")
        return try Report(output.standardOutput)
    }

    @Test func theReportIsOneObject() async throws {
        let path = try siren(rate: 32_000)
        let report = try await report([path, "--start-time", "2026-11-22 18:00"])
        #expect(report.file == path)
        #expect(report.sampleRate == 32_000)
        #expect(report.durationS == 5.01)
        let event = try #require(report.events.first { $0.label == "siren" })
        #expect(event.onsetS < event.offsetS && event.offsetS <= report.durationS)
        #expect(abs(event.durationS - (event.offsetS - event.onsetS)) < 0.0011)
        let milliseconds = String(format: "%06.3f", event.onsetS)
        #expect(event.onset == "2026-11-22T18:00:\(milliseconds)+01:00")
    }

    /// A file name is bytes. It is shown as far as it is text, and nothing in it moves the cursor.
    @Test(arguments: [("caf\\351", "caf\\xe9"), ("a\\033[2Jb", "a?[2Jb")])
    func anyFileNameOpens(_ octal: String, _ shown: String) async throws {
        let path = try siren(rate: 16_000)
        let script = """
            name="$(printf '\(octal)').wav"
            cp "\(path)" "$name" && "\(product.path)" analyze "$name" && "\(product.path)" \
              explain "$name" && "\(product.path)" scores "$name" > /dev/null && \
              test -s "$(printf '\(octal)').explain.png" && "\(product.path)" analyze "no$name"
            """
        let shell = try RunningProcess(
            ["/bin/sh", "-c", "cd '\(directory.path("."))'\n" + script])
        let output = try await shell.wait(within: .hang)
        #expect(output.standardOutput.hasPrefix(shown + ".wav: "), "\(output)")
        #expect(output.standardError.contains("the image is \(shown).explain.png\n"))
        #expect(output.standardError.contains("file:no\(shown).wav"), "\(output)")
        #expect(!(output.standardError + output.standardOutput).contains("\u{1B}"))
        #expect(output.status == 66)
    }

    /// A configuration that asks for a minute of siren.
    @Test func withoutAnEventTheNearestMissesAreNamed() async throws {
        let path = try siren(rate: 32_000)
        let configuration = directory.path("monitord.yaml")
        try "tracking: {minimum_duration: 60s}".write(
            toFile: configuration, atomically: true, encoding: .utf8)
        let output = try await run(["analyze", path, "--config", configuration])
        #expect(output.status == 0, "\(output.standardError)")
        let text = output.standardOutput
        #expect(text.contains("0 events\n"))
        #expect(text.contains("     AT  NEAREST"))
        let siren = try #require(text.split(separator: "\n").first { $0.contains("  siren  ") })
        #expect(siren.hasSuffix(" s; needs 60.00 s"))
        let json = try await run(["analyze", path, "--config", configuration, "--format", "json"])
        #expect(json.standardOutput.contains(#""minimum_duration_s":60.000}"#))
    }

    @Test func theSensitivityDecides() async throws {
        let path = try siren(rate: 32_000)
        var heard: [Double] = []
        for name in ["low", "normal", "high"] {
            let events = try await report([path, "--sensitivity", name]).events
            heard.append(events.map(\.durationS).reduce(0, +))
        }
        #expect(heard == heard.sorted())
        #expect(heard[2] > 0)
        let output = try await run(["analyze", path, "--sensitivity", "keen"])
        #expect(output.status == 64)
        #expect(output.standardError.contains("'low', 'normal' or 'high'"))
    }

    /// The same steps, each score the median of those around it.
    @Test func smoothedScoresAreMedians() async throws {
        let path = try siren(rate: 32_000)
        let plain = try await table(["scores", path])
        let smoothed = try await table(["scores", path, "--smoothed"])
        #expect(smoothed.map { $0[..<2] } == plain.map { $0[..<2] })
        #expect(smoothed[0] == plain[0])
        #expect(smoothed != plain)
        for (label, name) in plain[0].enumerated().dropFirst(2) {
            let before = Set(plain.dropFirst().map { $0[label] })
            // A median is one of the scores.
            #expect(smoothed.dropFirst().allSatisfy { before.contains($0[label]) }, "\(name)")
        }
    }

    private func table(_ arguments: [String]) async throws -> [[Substring]] {
        let output = try await run(arguments)
        #expect(output.status == 0, "\(output.standardError)")
        return output.standardOutput.split(separator: "\n").map { $0.split(separator: "\t") }
    }

    @Test(arguments: [16_000, 44_100, 48_000, 96_000])
    func everyRateGivesTheSameSounds(_ rate: Int) async throws {
        let reference = try await report([try siren(rate: 32_000)]).events.filter {
            $0.label == "siren"
        }
        let report = try await report([try siren(rate: rate)])
        #expect(report.sampleRate == rate)
        #expect(abs(report.durationS - 5.01) < 0.001)
        let sirens = report.events.filter { $0.label == "siren" }
        #expect(!sirens.isEmpty && sirens.count == reference.count)
        for (event, expected) in zip(sirens, reference) {
            #expect(abs(event.onsetS - expected.onsetS) < 0.1)
            #expect(abs(event.offsetS - expected.offsetS) < 0.1)
        }
    }

    @Test(arguments: [16_000, 44_100])
    func scoresCoverTheWholeFile(_ rate: Int) async throws {
        let output = try await run(["scores", try siren(rate: rate)])
        #expect(output.status == 0)
        #expect(output.standardError == "")
        let table = output.standardOutput.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
        }
        #expect(table[0].prefix(2) == ["onset", "offset"])
        #expect(table[0].contains("siren") && Set(table[0]).count == table[0].count)
        var end = 0.0
        for row in table.dropFirst() {
            #expect(row.count == table[0].count)
            let numbers = row.compactMap { Double($0) }
            guard numbers.count == row.count else {
                Issue.record("\(row)")
                continue
            }
            #expect(numbers[0] == end && numbers[1] > numbers[0])
            #expect(numbers.dropFirst(2).allSatisfy { (0...1).contains($0) })
            end = numbers[1]
        }
        #expect(abs(end - 5.01) < 0.001)
    }

    /// Forty minutes of silence.
    private func longRecording() throws -> String {
        let path = directory.path("long.flac")
        try SoundFileWriter.write(
            [Float](repeating: 0, count: 2_400 * 16_000), to: path, format: .flac16, rate: 16_000)
        return path
    }

    @Test func scoresComeWhileTheRecordingIsHeard() async throws {
        let process = try product.start(["scores", try longRecording()])
        try waitOnThread(until: "the first lines are there") {
            try process.standardOutput().split(separator: "\n").count > 2
        }
        process.send(SIGTERM)
        #expect(try process.wait().signal == SIGTERM)
    }

    /// Nobody is reading any more, so nothing more is analysed; that is not a fault.
    @Test func aReaderThatGoesAwayStopsTheAnalysis() async throws {
        let whole = directory.path("whole")
        let line = "{ \"$0\" scores \"$1\"; echo $? >&2; } | tee \"$2\" | head -n 2"
        let output = try await RunningProcess(
            ["/bin/sh", "-c", line, product.path, try longRecording(), whole]
        ).wait(within: .hang)
        #expect(output.standardOutput.split(separator: "\n").count == 2)
        #expect(output.standardError == "0\n")
        let written = try String(contentsOfFile: whole, encoding: .utf8)
        #expect(written.split(separator: "\n").count < 5_000)
    }

    @Test func scoresThatCannotBeWrittenAreAFault() async throws {
        let output = try await RunningProcess(
            ["/bin/sh", "-c", "exec \"$0\" scores \"$1\" >/dev/full", product.path, Self.scene]
        ).wait(within: .hang)
        #expect(output.status == 74)
        #expect(output.standardError.contains("No space left on device"))
    }

    @Test(arguments: ["analyze", "scores"])
    func aRecordingThatCannotBeReadIsExplained(_ command: String) async throws {
        let missing = directory.path("missing.wav")
        let output = try await run([command, missing])
        #expect(output.status == 66)
        #expect(output.standardOutput == "")
        #expect(
            output.standardError == "monitorctl: error: file:\(missing): cannot be opened: "
                + "No such file or directory (error 2)\n")
        #expect(try await run([command, missing, "--channel", "0"]).status == 64)
        #expect(try await run([command, directory.url.path]).status == 66)
    }

    /// What is there is listed; the exit code says that it was not everything.
    @Test func aRecordingThatIsCutOffIsListedAsFarAsItGoes() async throws {
        let path = try siren(rate: 32_000)
        let content = try Data(contentsOf: URL(fileURLWithPath: path))
        try content.prefix(44 + 64_000 * 4).write(to: URL(fileURLWithPath: path))
        let output = try await run(["analyze", path, "--format", "json"])
        #expect(output.status == 65)
        #expect(
            output.standardError == "monitorctl: error: file:\(path): the file ends early: its "
                + "header promises 5.010 s, 4.000 s could be read\n")
        let report = try Report(output.standardOutput)
        #expect(report.durationS == 4)
        #expect(report.events.contains { $0.label == "siren" })
    }
}

/// Samples at another rate, using a windowed sinc. Each position an output can have between two
/// inputs has its own filter.
private func resample(_ samples: [Int16], from: Int, to: Int) -> [Int16] {
    let divisor = greatestCommonDivisor(from, to)
    let (up, down) = (to / divisor, from / divisor)
    let filters = (0..<up).map { filter(offset: Double($0) / Double(up), down: down, up: up) }
    let reach = filters[0].count / 2
    return samples.withUnsafeBufferPointer { samples in
        (0..<(samples.count * up / down)).map { index in
            let (center, phase) = (index * down).quotientAndRemainder(dividingBy: up)
            return filters[phase].withUnsafeBufferPointer { filter in
                var sum: Float = 0
                var tap = max(0, reach - center)
                let end = min(filter.count, samples.count - center + reach)
                while tap < end {
                    sum += Float(samples[center + tap - reach]) * filter[tap]
                    tap += 1
                }
                return Int16(max(-32_768, min(32_767, sum.rounded())))
            }
        }
    }
}

/// A low pass below the Nyquist frequency of the lower rate, [2 * reach + 1], around a point
/// `offset` after an input.
private func filter(offset: Double, down: Int, up: Int) -> [Float] {
    let scale = max(1, Double(down) / Double(up))
    let reach = Int(16 * scale)
    return (-reach...reach).map { tap in
        let distance = (Double(tap) - offset) / scale
        let angle = 0.94 * Double.pi * distance
        let sinc = angle == 0 ? 1 : sin(angle) / angle
        let window = abs(distance) < 16 ? 0.5 + 0.5 * cos(Double.pi * distance / 16) : 0
        return Float(0.94 / scale * sinc * window)
    }
}

private func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
    second == 0 ? first : greatestCommonDivisor(second, first % second)
}
