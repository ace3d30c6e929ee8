import AlertTypes
import EventStore
import Foundation
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// Levels all the way: measured, stored, read by `monitorctl`.
@Suite struct LevelsTests {
    /// 2026-11-22T17:00:00Z
    private static let start = UTCTime(microseconds: 1_795_366_800_000_000)

    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// A tone of 1 kHz: soft, 30 dB louder for 4 s, soft again. 70 s in all.
    private func recording(seconds: Int = 70) throws -> String {
        let rate = Scene.rate
        let samples = (0..<(seconds * rate)).map { index in
            let second = index / rate
            let amplitude = (40..<44).contains(second) ? 0.5 : 0.5 / 31.6227766
            return Int16(
                (32_767 * amplitude * sin(2 * .pi * 1_000 / Double(rate) * Double(index)))
                    .rounded())
        }
        return try place.recording("site.wav", samples)
    }

    private func configuration(_ path: String) throws -> String {
        try place.file(
            "monitord.yaml",
            """
            sources:
              - name: site
                input: file:\(path)
                full_scale_db: 110
            loud:
              above: 95
              hold: 1s
            rules:
              - name: loud-alert
                labels: [loud]
                shell: printf '%s %s' "$EARWITNESS_LAFMAX" "$EARWITNESS_CALIBRATION"
            """)
    }

    private func monitorctl(_ arguments: [String]) async throws -> RunningProcess.Output {
        try await place.monitorctl.start(
            arguments + ["--database", place.database], environment: ["TZ": "UTC"]
        ).wait(within: .hang)
    }

    @Test func aRecordingIsMeasuredStoredAndReported() async throws {
        let output = try await place.run([
            "--config", configuration(recording()), "--speed", "max",
            "--start-time", "2026-11-22T17:00:00.500Z",
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let scale = "site: levels are indicative, full scale is 110.0 dB"
        #expect(output.standardError.contains(scale))
        try await expectLevels()
        try await expectLoudEvent()
        let report = try await monitorctl(["report", "--day", "2026-11-22"])
        #expect(report.status == 0, "\(report.standardError)")
        #expect(report.standardOutput.contains("Indicative"))
    }

    /// LAeq of the soft tone is 110 - 6.02 - 3.01 - 30 dB, of the loud one 30 dB more.
    private func expectLevels() async throws {
        let output = try await monitorctl([
            "levels", "--since", "2026-11-22T17:00:00Z", "--until", "2026-11-22T17:02:00Z",
            "--every", "1m", "--format", "json",
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let object = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8))
        let minutes = try #require((object as? [String: Any])?["periods"] as? [[String: Any]])
        try #require(minutes.count == 2)
        let soft = 110 - 6.0206 - 3.0103 - 30
        let first = 10 * log10((55.5 + 4 * 1_000) / 59.5) + soft
        #expect(abs((minutes[0]["LAeq"] as? Double ?? 0) - first) < 0.02)
        #expect(abs((minutes[1]["LAeq"] as? Double ?? 0) - soft) < 0.02)
        #expect(abs((minutes[0]["LAFmax"] as? Double ?? 0) - (soft + 30)) < 0.02)
        #expect(abs((minutes[0]["L90"] as? Double ?? 0) - soft) < 0.11)
        #expect(minutes[0]["coverage_percent"] as? Double == 99.16)
        #expect(minutes[1]["coverage_percent"] as? Double == 17.5)
        #expect(minutes.allSatisfy { $0["calibration"] as? String == "indicative" })
    }

    private func expectLoudEvent() async throws {
        let reader = try EventReader(path: place.database)
        let loud = try reader.events(EventQuery(labels: ["loud"]))
        try #require(loud.count == 1)
        #expect(abs(loud[0].onset.seconds(since: Self.start) - 40.5) < 0.1)
        #expect(loud[0].status == .complete && loud[0].peakConfidence == 1)
        let levels = try #require(loud[0].levels)
        let level = 110 - 6.0206 - 3.0103
        #expect(abs((levels.lafMaximum ?? 0) - level) < 0.02)
        #expect(abs((levels.lae ?? 0) - (level + 10 * log10(4))) < 0.2)
        #expect(abs((levels.rise ?? 0) - 30) < 0.2)
        let runs = try reader.hookRuns()
        #expect(runs.map(\.exitStatus) == [0])
        // The rule fires while the sound goes on.
        #expect(runs.first?.outputTail.hasSuffix(" indicative") == true)
    }

    /// K of the last calibration of this source and input takes precedence over the configuration.
    @Test func theCalibrationInTheDatabaseIsUsed() async throws {
        let path = try recording(seconds: 10)
        let configuration = try configuration(path)
        let store = try EventStore(path: place.database)
        try store.add(
            Calibration(
                source: "site", input: "file:" + path, time: Self.start, note: "",
                calibratorLevel: 94, calibratorFrequency: 1_000, measuredFrequency: 1_000,
                spread: 0, before: nil, after: 121.5))
        try store.close()
        let output = try await place.run([
            "--config", configuration, "--speed", "max", "--start-time", "2026-11-22T17:00:00Z",
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let scale = "site: levels are calibrated, full scale is 121.5 dB"
        #expect(output.standardError.contains(scale))
        let reader = try EventReader(path: place.database)
        let minute = try #require(
            reader.levels(source: "site", boundaries: [Self.start, Self.start.adding(seconds: 10)])
                .first)
        #expect(minute.state == .calibrated)
        #expect(abs((minute.summary.laeq ?? 0) - (121.5 - 39.0309)) < 0.02)
    }

    /// Samples that never change are not silence: the log says so.
    @Test func aDeadMicrophoneIsToldInTheLog() async throws {
        let silence = [Int16](repeating: -3, count: 12 * Scene.rate)
        let output = try await place.hear(try place.recording("dead.wav", silence))
        #expect(output.status == 0, "\(output.standardError)")
        let told = lines(output.standardError, with: "the microphone is dead or muted")
        #expect(told.count == 1, "\(output.standardError)")
    }

    /// The microphone is not dead: it is on the other channel.
    @Test func silenceOnTheWrongChannelIsTold() async throws {
        let path = place.directory.path("stereo.wav")
        let samples = (0..<12 * 16_000).flatMap { frame -> [Float] in [0, Float(frame % 32) / 64] }
        try SoundFileWriter.write(samples, to: path, format: .wav16, rate: 16_000, channels: 2)
        let output = try await place.hear(path)
        #expect(output.status == 0, "\(output.standardError)")
        let told = lines(output.standardError, with: "error: stereo.wav: ")
        #expect(
            told.count == 1
                && told[0].hasSuffix(
                    "stereo.wav: channel 1 of 2 is digital silence; channel 2 has a signal "
                        + "(`channel: 2`)"),
            "\(output.standardError)")
    }

    /// How many seconds of levels the database holds.
    private func storedSeconds() throws -> Int {
        guard FileManager.default.fileExists(atPath: place.database),
            let range = try EventReader(path: place.database).levelRange(source: "microphone")
        else { return 0 }
        return Int(range.last.seconds(since: range.first)) + 1
    }

    /// Killed while it listens, the monitor loses a second of levels at most: what it had printed
    /// is stored, except for the last line. A disk that is slow for a while makes it lose more; so
    /// the test asks only that this is seen at some point for each of four lines in a row.
    @Test func aKilledMonitorLosesASecondOfLevels() async throws {
        let process = try place.listen(to: Scene.birdAndSiren(), ["--live"])
        var inTime: [Int] = []
        var stored = 0
        try await waitUntil("each second is stored before the next") {
            // Counted first, because more is printed while the database is read.
            let printed = lines(try process.standardOutput(), with: "LAeq").count
            stored = try storedSeconds()
            if printed > 0, stored >= printed - 1, inTime.last != printed {
                if let last = inTime.last, last < printed - 1 { inTime = [] }
                inTime.append(printed)
            }
            return inTime.count >= 4
        }
        process.send(SIGKILL)
        let output = try await process.wait(within: .hang)
        #expect(output.signal == SIGKILL)
        let printed = lines(output.standardOutput, with: "LAeq").map { $0.prefix(19) }
        let seconds = try storedSeconds()
        #expect(seconds >= stored && seconds <= printed.count, "\(printed)")
        let reader = try EventReader(path: place.database)
        let range = try #require(try reader.levelRange(source: "microphone"))
        let boundaries = [range.first, range.last.adding(seconds: 1)]
        let period = try #require(
            try reader.levels(source: "microphone", boundaries: boundaries).first)
        // The first second may have begun at its end.
        #expect(period.coverage > 0.5 && period.state == .uncalibrated)
    }
}
