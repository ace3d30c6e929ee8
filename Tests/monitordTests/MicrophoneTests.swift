import Acoustics
import EventStore
import Foundation
import TestSupport
import Testing

/// The whole way at the pace of a microphone: libasound, ring, analysis, database, rules, hooks.
@Suite struct MicrophoneTests {
    private static let tailSeconds = 5.0

    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// Writes down its environment and what it gets on standard input, whole or not at all.
    private func configuration() throws -> String {
        let note = place.directory.path("heard-$EARWITNESS_EVENT_ID")
        return try place.file(
            "monitord.yaml",
            """
            rules:
              - name: siren-alert
                labels: [siren]
                cooldown: 1s
                shell: >-
                  { env | grep ^EARWITNESS_; grep ^SigIgn /proc/self/status; } > "\(note).part";
                  cat > "\(note).json"; mv "\(note).part" "\(note).env"
            """)
    }

    @Test func theSceneIsHeardStoredAndActedOn() async throws {
        let silence = [Float](repeating: 0, count: Int(Self.tailSeconds) * Scene.rate)
        let samples = try Scene.part(0, Scene.lengthSeconds) + silence
        let microphone = try TestMicrophone(
            frames: signed16(samples), formats: ["S16_LE"], rates: [Scene.rate])
        let process = try place.start(
            ["--config", configuration(), "--source", "alsa:" + microphone.deviceName],
            environment: TestMicrophone.environment)
        // The replay is the reference for the live run.
        let replay = try Workplace()
        let start = UTCTime(microseconds: 1_795_366_800_000_000)  // 2026-11-22T17:00:00Z
        let path = try replay.recording("scene.wav", samples)
        let output = try await replay.hear(path, ["--start-time", "2026-11-22T17:00:00Z"])
        #expect(output.status == 0, "\(output.standardError)")
        let reference = try replay.events().map { HeardSound($0, since: start) }

        try await waitUntil("the scene has been played", within: .seconds(120)) {
            guard try process.standardError().contains("listening at 32000 Hz") else {
                return false
            }
            let started = try place.onlyRecording().started
            return UTCTime.now().seconds(since: started) > Scene.lengthSeconds + 1
        }
        process.send(SIGTERM)
        let ended = try await process.wait(within: .seconds(30))
        #expect(ended.status == 0, "\(ended.standardError)")
        #expect(ended.standardOutput == "")

        let recording = try expectWholeRecording()
        try expectEvents(of: recording, like: reference)
        try await expectList()
        try expectHooks(of: recording)
    }

    private func expectWholeRecording() throws -> Recording {
        let recording = try place.onlyRecording()
        #expect(recording.status == .complete)
        #expect(recording.source == "microphone")
        #expect(recording.lostSamples == 0)
        #expect(try EventReader(path: place.database).gaps().isEmpty)
        // The two ends lie on the wall clock, which follows the device within 0.5 ms a second.
        let heard = recording.sampleRate.seconds(recording.capturedSamples)
        #expect(abs(recording.ended.seconds(since: recording.started) - heard) < 0.1)
        #expect(heard > Scene.lengthSeconds)
        return recording
    }

    /// Live, the same sounds are heard at the same times as in the file.
    private func expectEvents(of recording: Recording, like reference: [HeardSound]) throws {
        let events = try place.events()
        #expect(events.allSatisfy { $0.status == .complete && $0.source == "microphone" })
        let heard = events.map { HeardSound($0, since: recording.started) }
        #expect(heard.count == reference.count, "\(heard)\n\(reference)")
        for sound in reference {
            let isHeard = heard.contains {
                $0.label == sound.label && abs($0.onset - sound.onset) < 0.1
                    && abs($0.offset - sound.offset) < 0.1
            }
            #expect(isHeard, "\(sound) is not in \(heard)")
        }
        try expectTruth(heard)
    }

    /// `monitorctl` lists what the database holds.
    private func expectList() async throws {
        let events = try place.events()
        let listed = try await place.listed()
        #expect(listed.map(\.id) == events.map(\.id))
        #expect(listed.map(\.label) == events.map(\.label))
        #expect(listed.allSatisfy { $0.status == "complete" })
        for (line, event) in zip(listed, events) {
            let offset = try #require(line.offset)
            #expect(abs(try secondsSince1970(line.onset) - event.onset.secondsSince1970) < 0.0011)
            #expect(abs(try secondsSince1970(offset) - event.heardUntil.secondsSince1970) < 0.0011)
            #expect(abs(line.durationSeconds - event.durationSeconds) < 0.001)
        }
    }

    private func expectHooks(of recording: Recording) throws {
        let runs = try EventReader(path: place.database).hookRuns()
        let sirens = try place.events().filter { $0.label == "siren" }
        #expect(!runs.isEmpty && runs.count <= sirens.count)
        for run in runs {
            #expect(run.rule == "siren-alert" && run.outcome == .exited && run.exitStatus == 0)
            #expect(run.outputTail == "")
            let event = try #require(sirens.first { $0.id == run.eventID })
            #expect(run.firedAt > event.onset && run.firedAt <= event.heardUntil)
            try expectNotes(of: run)
            try printLatency(of: run, recording)
        }
    }

    private func expectNotes(of run: HookRun) throws {
        let note = place.directory.path("heard-\(run.eventID)")
        let lines = try String(contentsOfFile: note + ".env", encoding: .utf8).split(
            separator: "\n")
        for line in [
            "EARWITNESS_LABEL=siren", "EARWITNESS_RULE=siren-alert", "EARWITNESS_SOURCE=microphone",
            "EARWITNESS_EVENT_ID=\(run.eventID)", "EARWITNESS_STATUS=open",
        ] {
            #expect(lines.contains(Substring(line)), "\(lines)")
        }
        // What the monitor ignores is not ignored by commands.
        #expect(lines.contains("SigIgn:\t0000000000000000"), "\(lines)")
        let json = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: note + ".json")))
        let object = try #require(json as? [String: Any])
        #expect(object["label"] as? String == "siren")
        #expect(object["id"] as? Int64 == run.eventID)
    }

    /// How late the command is: after the sound began, and after the rule could know it.
    private func printLatency(of run: HookRun, _ recording: Recording) throws {
        let heard = run.firedAt.seconds(since: recording.started)
        let sound = try Scene.truth().last { $0.label == "siren" && $0.onset < heard }
        let onset = recording.started.adding(seconds: sound?.onset ?? 0)
        let delay = run.startedAt.seconds(since: run.firedAt)
        let total = String(format: "%.3f", run.startedAt.seconds(since: onset))
        print("sound to hook: \(total) s, of which \(String(format: "%.3f", delay)) s after firing")
        #expect(delay < 5)
    }
}

/// Microphones that go away and come back. The plugin plays by the clock, whatever was missed, so
/// every sound has its time.
@Suite struct LostMicrophoneTests {
    /// The siren sounds from 0.5 s to 9.9 s, again and again.
    private static let roundSeconds = 10.0
    private static let rate = Double(Scene.rate)

    @Test(arguments: [
        (TestMicrophone.Condition.disconnected, GapCause.disconnected, 3.0),
        (.stalled, .stalled, 4.0),
    ])
    func theMonitorSurvives(
        _ fault: TestMicrophone.Condition, _ cause: GapCause, _ seconds: Double
    ) async throws {
        let place = try Workplace()
        let epoch = UTCTime.now()
        let microphone = try TestMicrophone(
            frames: signed16(Scene.siren()), formats: ["S16_LE"], rates: [Scene.rate],
            epochNanoseconds: monotonicNanoseconds())
        let process = try place.start(
            ["--source", "alsa:" + microphone.deviceName], environment: TestMicrophone.environment)
        try await waitUntil("the siren is heard") {
            try place.events().contains { $0.label == "siren" && $0.status == .open }
        }
        let away = UTCTime.now()
        try microphone.set(fault)
        try await Task.sleep(for: .seconds(seconds))
        #expect(lines(try process.standardError(), with: "lost, trying to get it back").count == 1)
        try microphone.set(.ok)
        let back = UTCTime.now()
        try await waitUntil("the log says that it is back") {
            try process.standardError().contains("microphone: it is back")
        }
        let later = UTCTime.now()
        try await waitUntil("the siren begins again") {
            try sirens(place).contains { $0.onset > later && isBeginning($0.onset, epoch) }
        }
        process.send(SIGTERM)
        let output = try await process.wait(within: .seconds(30))
        #expect(output.status == 0, "\(output.standardError)")
        let gap = try expectGap(place, cause, away: away, back: back)
        try expectEvents(place, around: gap)
    }

    /// Whether the siren has just begun, as the plugin plays it.
    private func isBeginning(_ time: UTCTime, _ epoch: UTCTime) -> Bool {
        let seconds = time.seconds(since: epoch)
        return (0...2).contains(seconds.truncatingRemainder(dividingBy: Self.roundSeconds))
    }

    private func sirens(_ place: Workplace) throws -> [SoundEvent] {
        try place.events().filter { $0.label == "siren" }
    }

    /// The gap may be stored in pieces, which adjoin.
    private func expectGap(
        _ place: Workplace, _ cause: GapCause, away: UTCTime, back: UTCTime
    ) throws -> Range<UTCTime> {
        let gaps = try EventReader(path: place.database).gaps()
        let first = try #require(gaps.first)
        let last = try #require(gaps.last)
        for (gap, next) in zip(gaps, gaps.dropFirst()) {
            #expect(abs(next.start.seconds(since: gap.end)) < 0.01)
        }
        #expect(gaps.allSatisfy { $0.cause == cause && $0.source == "microphone" })
        // What was in the buffer when the device went is lost with it.
        #expect((-0.5...0.5).contains(first.start.seconds(since: away)))
        // Once a second it is tried again.
        #expect((-0.1...2.5).contains(last.end.seconds(since: back)))
        let length = last.end.seconds(since: first.start)
        let lost = gaps.reduce(0) { $0 + $1.lostSamples }
        #expect(abs(Double(lost) / Self.rate - length) < 0.01)
        let recording = try place.onlyRecording()
        #expect(recording.lostSamples == lost && recording.status == .complete)
        return first.start..<last.end
    }

    /// No event reaches into the gap.
    private func expectEvents(_ place: Workplace, around gap: Range<UTCTime>) throws {
        for event in try place.events() {
            let isBefore = event.heardUntil.seconds(since: gap.lowerBound) < 0.01
            let isAfter = event.onset.seconds(since: gap.upperBound) > -0.01
            #expect(isBefore || isAfter, "\(event) in \(gap)")
        }
        #expect(try sirens(place).contains { $0.onset < gap.lowerBound })
    }

    private func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
