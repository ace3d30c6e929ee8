import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// The whole way at the pace of a microphone: libasound, ring, analysis, database, rules, hooks.
@Suite struct MicrophoneTests {
    /// The silence in front of the scene.
    private static let leadSeconds = 1.0

    private static let rate = Double(Scene.rate)

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
        let scene = try Scene.part(0, Scene.lengthSeconds)
        let epochNanoseconds = monotonicNanoseconds()
        let epoch = UTCTime(monotonicNanoseconds: epochNanoseconds)
        let microphone = try TestMicrophone(
            frames: bytes(of: Scene.silence(seconds: Scene.lengthSeconds + 10)),
            formats: ["S16_LE"], rates: [Scene.rate], epochNanoseconds: epochNanoseconds)
        let process = try place.start(
            ["--config", configuration(), "--source", "alsa:" + microphone.deviceName],
            environment: TestMicrophone.environment)
        try await waitUntil("the monitor listens") {
            try process.standardError().contains("listening at 32000 Hz")
        }
        let lead = Int((UTCTime.now().seconds(since: epoch) + Self.leadSeconds) * Self.rate)
        try microphone.overwrite(bytes(of: scene), from: 2 * lead)
        let start = epoch.adding(seconds: Double(lead) / Self.rate)

        let reference = try await replay(scene)
        try await waitUntil("the scene has been played") {
            UTCTime.now().seconds(since: start) > Scene.lengthSeconds + 1
        }
        process.send(SIGTERM)
        let ended = try await process.wait(within: .seconds(30))
        #expect(ended.status == 0, "\(ended.standardError)")
        #expect(ended.standardOutput == "")

        try expectWholeRecording(from: start)
        try expectEvents(since: start, like: reference)
        try await expectList()
        try expectHooks(since: start)
    }

    /// What is heard in the same sound as a recording, on the time line of the scene.
    private func replay(_ scene: [Int16]) async throws -> [HeardSound] {
        let place = try Workplace()
        let silence = Scene.silence(seconds: Self.leadSeconds)
        let output = try await place.hear(
            try place.recording("scene.wav", silence + scene + silence),
            ["--start-time", "2026-11-22T17:00:00Z"])
        #expect(output.status == 0, "\(output.standardError)")
        let start = UTCTime(microseconds: 1_795_366_800_000_000)
        return try place.events().map {
            HeardSound($0, since: start.adding(seconds: Self.leadSeconds))
        }
    }

    private func expectWholeRecording(from start: UTCTime) throws {
        let session = try place.onlySession()
        #expect(session.status == .complete)
        #expect(session.source == "microphone")
        #expect(session.lostSamples == 0)
        #expect(try EventReader(path: place.database).gaps().isEmpty)
        #expect(session.started < start)
        // The two ends lie on the wall clock, which follows the device within 0.5 ms a second.
        let heard = session.sampleRate.seconds(session.capturedSamples)
        #expect(abs(session.ended.seconds(since: session.started) - heard) < 0.1)
        #expect(heard > Scene.lengthSeconds)
    }

    /// Live, the sounds are those of the replay, at the same times, and no others. A sound that the
    /// model is not sure of may differ, and one may be cut in two: the two do not begin with the
    /// same sample, so their steps do not match.
    private func expectEvents(since start: UTCTime, like reference: [HeardSound]) throws {
        let events = try place.events()
        #expect(events.allSatisfy { $0.status == .complete && $0.source == "microphone" })
        let heard = events.map { HeardSound($0, since: start) }
        try expectTruth(heard)
        for (sounds, others) in [(reference, heard), (heard, reference)] {
            for sound in sounds where sound.confidence > 0.8 && sound.offset - sound.onset > 1 {
                #expect(sound.share(coveredBy: others) > 0.7, "\(sound) is not in \(others)")
            }
        }
        let shifts = reference.flatMap { sound in
            heard.filter { sound.agreement(with: $0) > 0.5 }.flatMap { twin in
                [twin.onset - sound.onset, twin.offset - sound.offset]
            }
        }
        let median = try #require(shifts.sorted().dropFirst(shifts.count / 2).first)
        #expect(abs(median) < 0.1, "\(shifts)")
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
            #expect(try millisecondsApart(line.onset, event.onset) <= 1)
            #expect(try millisecondsApart(offset, event.heardUntil) <= 1)
            #expect(abs(line.durationS - event.durationSeconds) < 0.001)
        }
    }

    private func millisecondsApart(_ text: String, _ time: UTCTime) throws -> Double {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let seconds = try Date(text, strategy: style).timeIntervalSince1970
        return abs(seconds * 1_000 - Double(time.microseconds) / 1_000).rounded()
    }

    private func expectHooks(since start: UTCTime) throws {
        let runs = try EventReader(path: place.database).hookRuns()
        let sirens = try place.events().filter { $0.label == "siren" }
        #expect(!runs.isEmpty && runs.count <= sirens.count)
        for run in runs {
            #expect(run.rule == "siren-alert" && run.outcome == .exited && run.exitStatus == 0)
            #expect(run.outputTail == "")
            let event = try #require(sirens.first { $0.id == run.eventID })
            #expect(run.firedAt > event.onset && run.firedAt <= event.heardUntil)
            try expectNotes(of: run)
            try printLatency(of: run, since: start)
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
        // The signals that the monitor ignores, SIGPIPE and SIGXFSZ, have their usual effect on
        // commands.
        let ignored = try #require(lines.first { $0.hasPrefix("SigIgn:\t") })
        let mask = try #require(UInt64(ignored.dropFirst(8), radix: 16))
        #expect(mask & (1 << UInt64(SIGPIPE - 1) | 1 << UInt64(SIGXFSZ - 1)) == 0)
        let json = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: note + ".json")))
        let object = try #require(json as? [String: Any])
        #expect(object["label"] as? String == "siren")
        #expect(object["id"] as? Int64 == run.eventID)
    }

    /// How late the command is: after the sound began, and after the rule could know it.
    private func printLatency(of run: HookRun, since start: UTCTime) throws {
        let delay = run.startedAt.seconds(since: run.firedAt)
        #expect((0..<30).contains(delay))
        let fired = run.firedAt.seconds(since: start)
        let sound = try Scene.truth().last { $0.label == "siren" && $0.onset < fired }
        guard let sound else { return }
        let total = run.startedAt.seconds(since: start) - sound.onset
        let text = String(format: "%.3f s, of which %.3f s after firing", total, delay)
        print("from the sound to the command: \(text)")
    }
}

private func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Microphones that go away and come back. The plugin plays by the clock, whatever was missed, so
/// every sound has its time.
@Suite struct LostMicrophoneTests {
    /// The siren sounds from 0.5 s to 9.9 s, again and again.
    private static let roundSeconds = 12.0

    @Test(arguments: [
        (TestMicrophone.Condition.disconnected, GapCause.disconnected, 3.0),
        (.stalled, .stalled, 4.0),
    ])
    func theMonitorSurvives(
        _ fault: TestMicrophone.Condition, _ cause: GapCause, _ seconds: Double
    ) async throws {
        let place = try Workplace()
        let epochNanoseconds = monotonicNanoseconds()
        let epoch = UTCTime(monotonicNanoseconds: epochNanoseconds)
        let microphone = try TestMicrophone(
            frames: bytes(of: Scene.siren() + Scene.silence(seconds: 2)), formats: ["S16_LE"],
            rates: [Scene.rate],
            epochNanoseconds: epochNanoseconds)
        let process = try place.start(
            ["--source", "alsa:" + microphone.deviceName], environment: TestMicrophone.environment)
        try await waitUntil("the siren is heard") {
            try place.events().contains { $0.label == "siren" && $0.status == .open }
        }
        let away = UTCTime.now()
        try microphone.set(fault)
        try await Task.sleep(for: .seconds(seconds))
        let log = try process.standardError()
        let losses = lines(log, with: "error: microphone: lost, trying to get it back")
        // Once more with the reason, when the first attempt to open it again has failed.
        #expect((1...2).contains(losses.count), "\(log)")
        #expect(losses.first?.hasSuffix("back") == true, "\(log)")
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

    private func expectGap(
        _ place: Workplace, _ cause: GapCause, away: UTCTime, back: UTCTime
    ) throws -> AudioGap {
        let gaps = try EventReader(path: place.database).gaps()
        let gap = try #require(gaps.first { $0.cause == cause })
        // On a machine with too much to do the capture may be late besides.
        #expect(gaps.allSatisfy { $0 == gap || $0.cause == .overrun })
        #expect(gap.source == "microphone")
        // What was in the buffer when the device went is lost with it.
        #expect((-0.5...0.5).contains(gap.start.seconds(since: away)))
        // It is tried again once a second.
        #expect((-0.1...2.5).contains(gap.end.seconds(since: back)))
        let length = Double(gap.lostSamples) / Double(Scene.rate)
        #expect(abs(gap.end.seconds(since: gap.start) - length) < 0.001)
        let session = try place.onlySession()
        #expect(session.lostSamples == gaps.reduce(0) { $0 + $1.lostSamples })
        #expect(session.status == .complete)
        return gap
    }

    /// No event reaches into the gap.
    private func expectEvents(_ place: Workplace, around gap: AudioGap) throws {
        for event in try place.events() {
            let isBefore = event.heardUntil.seconds(since: gap.start) < 0.01
            let isAfter = event.onset.seconds(since: gap.end) > -0.01
            #expect(isBefore || isAfter, "\(event) in \(gap)")
        }
        #expect(try sirens(place).contains { $0.onset < gap.start })
    }
}
