import EventStore
import Foundation
import HostSystem
import LevelTypes
import TestSupport
import Testing

@testable import Capture
@testable import Timekeeping
@testable import monitorctl

/// `monitorctl calibrate`, with recordings of calibrators.
@Suite struct CalibrateCommandTests {
    private let directory: TemporaryDirectory
    private let product: BuiltProduct
    private let database: String

    init() throws {
        directory = try TemporaryDirectory()
        product = try BuiltProduct("monitorctl")
        database = directory.path("events.db")
        try write(
            """
            database: events.db
            sources: [{name: yard, input: 'alsa:hw:9,0'}]
            """, to: "monitord.yaml")
        try record(1_000, amplitude: 0.1, to: "good.wav")
    }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: directory.path(name)))
    }

    private func record(
        _ hertz: Double, amplitude: Double, seconds: Double = 4, to name: String
    ) throws {
        let samples = (0..<Int(seconds * 48_000)).map {
            Float(amplitude * sin(2 * .pi * hertz * Double($0) / 48_000))
        }
        try SoundFileWriter.write(samples, to: directory.path(name), format: .wavFloat)
    }

    private func start(
        _ file: String, _ arguments: [String] = [], standardInput: String = "/dev/null"
    ) throws -> RunningProcess {
        let command = [
            product.path, "calibrate", "--config", directory.path("monitord.yaml"), "--level", "94",
            "--input", "file:" + directory.path(file),
        ]
        return try RunningProcess(
            command + arguments, environment: ["TZ": "UTC"], standardInput: standardInput)
    }

    private func run(_ file: String, _ arguments: String...) async throws -> RunningProcess.Output {
        try await start(file, arguments).wait(within: .hang)
    }

    private func stored() throws -> [Calibration] {
        guard FileManager.default.fileExists(atPath: database) else { return [] }
        return try EventReader(path: database).calibrations()
    }

    @Test func theCalibrationIsStored() async throws {
        let output = try await run("good.wav", "--yes", "--note", "spring")
        #expect(output.status == 0 && output.standardError == "")
        let calibration = try #require(try stored().first)
        let expected = 94 - 20 * log10(0.1 / 2.0.squareRoot())
        #expect(abs(calibration.after - expected) < 0.001)
        #expect(abs(calibration.measuredFrequency - 1_000) < 0.001)
        #expect(calibration.before == nil && calibration.note == "spring")
        // It is valid for the input of the source, whichever way the calibrator was recorded.
        #expect(calibration.source == "yard" && calibration.input == "alsa:hw:9,0")
        #expect((calibration.calibratorLevel, calibration.calibratorFrequency) == (94, 1_000))
        #expect(output.standardOutput.contains("full scale   117.01 dB\n"))
        #expect(output.standardOutput.contains("before       not calibrated\n"))
    }

    @Test func aDriftIsSaidWithThePeriodInDoubt() async throws {
        _ = try await run("good.wav", "--yes")
        try record(1_000, amplitude: 0.1 * pow(10, 0.55 / 20), to: "drifted.wav")
        let output = try await run("drifted.wav", "--yes")
        #expect(output.status == 0)
        let calibrations = try stored()
        #expect(calibrations.count == 2)
        let drift = try #require(calibrations.last?.drift)
        #expect(abs(drift - 0.55) < 0.001)
        #expect(calibrations[1].before == calibrations[0].after)
        let since = UTCTime(microseconds: calibrations[0].time.microseconds)
        let text = withTimeZone("UTC") { "in doubt\nfrom \(since.localDescription) to " }
        #expect(output.standardOutput.contains("drift        +0.55 dB\nTHE DRIFT EXCEEDS 0.5 dB."))
        #expect(output.standardOutput.contains(text))
        // Another input has its own history.
        try write(
            "database: events.db\nsources: [{name: yard, input: 'alsa:other'}]\n",
            to: "monitord.yaml")
        let other = try await run("good.wav", "--check")
        #expect(other.standardOutput.contains("before       not calibrated\n"))
    }

    @Test func checkWritesNothing() async throws {
        let first = try await run("good.wav", "--check")
        #expect(first.status == 0 && first.standardOutput.contains("not calibrated"))
        #expect(try directory.contents() == ["good.wav", "monitord.yaml"])
        _ = try await run("good.wav", "--yes")
        let before = try Data(contentsOf: URL(filePath: database))
        try record(1_000, amplitude: 0.11, to: "other.wav")
        let second = try await run("other.wav", "--check")
        #expect(second.status == 0 && second.standardOutput.contains("drift        +0.83 dB\n"))
        #expect(try Data(contentsOf: URL(filePath: database)) == before)
        #expect(try stored().count == 1)
    }

    @Test func nothingIsStoredUnasked() async throws {
        let output = try await run("good.wav")
        #expect(output.status == 64)
        #expect(output.standardError.contains("no terminal to ask"))
        #expect(output.standardOutput == "")
        #expect(try directory.contents() == ["good.wav", "monitord.yaml"])
    }

    /// The answer of an operator at a terminal.
    @Test(arguments: [
        ("", "y\n", 1), ("", "yes\n", 1), ("", "n\n", 0), ("", "\n", 0), ("", "\u{4}", 0),
        ("y\n", "n\n", 0),
    ])
    func theOperatorIsAsked(typedAhead: String, answer: String, count: Int) async throws {
        let terminal = try PseudoTerminal()
        try terminal.type(typedAhead)
        let process = try start("good.wav", standardInput: terminal.path)
        try await waitUntil("asked") {
            try process.standardError().hasSuffix("Store this calibration of yard? [y/N] ")
        }
        try terminal.type(answer)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0)
        #expect(try stored().count == count)
        #expect(output.standardError.contains("nothing was stored") == (count == 0))
    }

    /// If it is not the calibrator, what was measured is reported, and nothing is stored.
    @Test func refusedMeasurements() async throws {
        try record(990, amplitude: 1.1, to: "clipped.wav")
        try record(1_100, amplitude: 0.1, to: "high.wav")
        try record(1_000, amplitude: 0, to: "silent.wav")
        try record(1_000, amplitude: 0.1, seconds: 2.5, to: "short.wav")
        try SoundFileWriter.write(
            (0..<192_000).map { index in
                let step = index > 96_000 ? 0.11 : 0.1
                return Float(step * sin(2 * .pi * 1_000 * Double(index) / 48_000))
            }, to: directory.path("unstable.wav"), format: .wavFloat)
        let cases = [
            ("clipped.wav", "the tone is clipped: it stays at full scale"),
            ("high.wav", "the tone has 1100 Hz; accepted is 1000 Hz within 2 %"),
            ("silent.wav", "there is no tone: the level is -inf dB re full scale"),
            ("short.wav", "2.5 s of the calibrator are too short; at least 3 s are needed"),
            ("unstable.wav", "the level of the tone wavers by 0.83 dB; accepted is 0.2 dB"),
        ]
        for (file, message) in cases {
            let output = try await run(file, "--yes")
            #expect(output.status == 65)
            #expect(output.standardError.contains(message))
        }
        #expect(try stored().isEmpty)
        let missing = try await run("none.wav", "--yes")
        #expect(missing.status == 66)
        #expect(!FileManager.default.fileExists(atPath: database))
    }

    /// A pistonphone has 250 Hz, where the microphone correction matters.
    @Test func theCorrectionIsApplied() async throws {
        try write("20 -6\n250 -1.5\n1000 0\n20000 0\n", to: "mic.txt")
        try write(
            """
            database: events.db
            sources: [{name: yard, input: 'alsa:hw:9,0', microphone_correction: mic.txt}]
            """, to: "monitord.yaml")
        try record(250, amplitude: 0.1, to: "piston.wav")
        let output = try await run(
            "piston.wav", "--yes", "--frequency", "250", "--correction-db", "-0.2")
        #expect(output.status == 0)
        #expect(output.standardOutput.contains("correction   mic.txt\n"))
        let calibration = try #require(try stored().first)
        let expected = 94 - 0.2 - (20 * log10(0.1 / 2.0.squareRoot()) + 1.5)
        #expect(abs(calibration.after - expected) < 0.01)
        #expect(abs(calibration.calibratorLevel - 93.8) < 1e-9)
        try write("20 -6\n250 x\n", to: "mic.txt")
        let refused = try await run("piston.wav", "--yes", "--frequency", "250")
        #expect(refused.status == 65)
        #expect(
            refused.standardError.contains("mic.txt:2: '250 x': 'x' is not a number such as"))
    }

    private func configure(_ microphone: TestMicrophone) throws {
        try write(
            """
            database: events.db
            sources: [{name: yard, input: 'alsa:\(microphone.deviceName)'}]
            """, to: "monitord.yaml")
    }

    /// A calibrator on a microphone, and a microphone that is unplugged meanwhile.
    @Test func theMicrophoneOfTheSourceIsMeasured() throws {
        let frames = (0..<48_000).flatMap { index -> [UInt8] in
            let sample = Int16((8_000 * sin(2 * .pi * Double(index) / 48)).rounded())
            return [UInt8(truncatingIfNeeded: sample), UInt8(truncatingIfNeeded: sample >> 8)]
        }
        let microphone = try TestMicrophone(frames: frames, formats: ["S16_LE"])
        try configure(microphone)
        let arguments = [
            "calibrate", "--config", directory.path("monitord.yaml"), "--level", "114", "--yes",
            "--seconds",
        ]
        let output = try product.run(arguments + ["4"])
        #expect(output.status == 0)
        let calibration = try #require(try stored().first)
        let expected = 114 - 20 * log10(8_000 / 32_768 / 2.0.squareRoot())
        #expect(abs(calibration.after - expected) < 0.001)
        #expect(calibration.input == "alsa:" + microphone.deviceName)

        let unplugged = try TestMicrophone(frames: frames, formats: ["S16_LE"])
        try configure(unplugged)
        let process = try product.start(arguments + ["120"])
        try waitOnThread(until: "it listens") { try unplugged.epochNanoseconds() != nil }
        try unplugged.set(.disconnected)
        let start = ContinuousClock.now
        let interrupted = try process.wait()
        #expect(ContinuousClock.now - start < .seconds(120))
        #expect(interrupted.status == 75)
        #expect(interrupted.standardError.contains("samples were lost (disconnected); try again"))
        #expect(try stored().count == 1)
    }

    @Test func aRunningMonitorIsInTheWay() async throws {
        let store = try EventStore(path: database)
        let output = try await run("good.wav", "--yes")
        #expect(output.status == 75)
        #expect(output.standardError.contains("(pid \(getpid())) writes to"))
        #expect(output.standardError.contains("systemctl stop monitord"))
        #expect(output.standardOutput == "")
        try store.close()
        let busy = CaptureError(
            .deviceUnavailable, code: -EBUSY, subject: "alsa:hw:1,0", message: "busy")
        let advised = try #require(CalibrateError.advising(busy) as? CalibrateError)
        #expect(advised.exitStatus == .unavailable)
        #expect("\(advised)".hasPrefix("alsa:hw:1,0: busy. The monitor holds"))
        let missing = CaptureError(
            .deviceUnavailable, code: -ENOENT, subject: "alsa:hw:1,0", message: "no such device")
        #expect(CalibrateError.advising(missing) is CaptureError)
    }

    @Test func theSourceMustBeKnown() async throws {
        try write(
            "sources: [{name: a, input: 'alsa:x'}, {name: b, input: 'alsa:y'}]",
            to: "monitord.yaml")
        let several = try await run("good.wav", "--check", "--database", database)
        #expect(several.status == 64)
        #expect(several.standardError.contains("name one of the sources with --source: a, b"))
        let unknown = try await run("good.wav", "--check", "--source", "c")
        #expect(unknown.status == 64)
        #expect(unknown.standardError.contains("there is no source 'c'; known: a, b"))
        let known = try await run(
            "good.wav", "--check", "--source", "b", "--database", database)
        #expect(known.status == 0)
        #expect(known.standardOutput.hasPrefix("source       b, alsa:y\n"))
    }

    @Test(arguments: [
        ["--level", "140"], ["--frequency", "500"], ["--seconds", "2"], ["--yes", "--check"],
        ["--correction-db", "7"], ["--note", String(repeating: "x", count: 1_001)],
        ["--input", "good.wav"],
    ])
    func wrongArguments(arguments: [String]) async throws {
        let output = try await start("good.wav", ["--check"] + arguments).wait(within: .hang)
        #expect(output.status == 64)
        #expect(output.standardError.contains(arguments.first ?? "") || arguments[0] == "--input")
    }

    @Test func theHistory() async throws {
        _ = try await run("good.wav", "--yes", "--note", "one")
        _ = try await run("good.wav", "--yes")
        let arguments = ["calibrate", "--history", "--database", database]
        let table = try product.run(arguments)
        #expect(table.status == 0)
        #expect(table.standardOutput.split(separator: "\n").count == 3)
        #expect(table.standardOutput.contains("one\n"))
        let json = try product.run(arguments + ["--format", "json"])
        let rows = try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8))
        let objects = try #require(rows as? [[String: Any]])
        #expect(objects.map { $0["drift"] as? Double } == [nil, 0])
        let none = try product.run(arguments + ["--source", "cellar"])
        #expect(none.status == 0 && none.standardOutput == "")
        #expect(none.standardError.contains("no calibration of the source \"cellar\""))
    }
}
