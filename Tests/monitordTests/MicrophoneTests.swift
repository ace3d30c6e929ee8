import AlertTypes
import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// All the way at the pace of a microphone: libasound, ring, analysis, database, rules, hooks.
@Suite struct MicrophoneTests {
    /// The silence before the scene.
    private static let leadSeconds = 1.0

    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    /// Records its environment and what it gets on standard input, completely or not at all.
    private func configuration() throws -> String {
        let note = place.directory.path("heard-$EARWITNESS_EVENT_ID")
        return try place.file(
            "monitord.yaml",
            Scene.tracking + """
                rules:
                  - name: siren-alert
                    labels: [siren]
                    cooldown: 1s
                    shell: >-
                      { env | grep ^EARWITNESS_; grep ^SigIgn /proc/self/status; } > "\(note).part";
                      cat > "\(note).json"; mv "\(note).part" "\(note).env"
                """)
    }

    /// The microphone begins with the first sample of the scene and waits for a late reader, so
    /// what it is heard to say is what a recording of the same samples says, to the last bit,
    /// however busy the machine is.
    @Test func theSceneIsHeardStoredAndActedOn() async throws {
        let (scene, truth) = try Scene.digest()
        let samples = Scene.silence(seconds: Self.leadSeconds) + scene
        // Enough silence follows that it does not begin again while the test lasts.
        let microphone = try Workplace.microphone(samples + Scene.silence(seconds: 300))
        let process = try place.start(
            ["--config", configuration(), "--source", "alsa:" + microphone.deviceName],
            environment: TestMicrophone.environment)
        let length = Double(samples.count) / Double(Scene.rate)
        try await waitUntil("the scene has been heard") { try heardSeconds() > length + 1 }
        process.send(SIGTERM)
        let ended = try await process.wait(within: .hang)
        #expect(ended.status == 0, "\(ended.standardError)")
        #expect(ended.standardOutput == "")

        let epoch = UTCTime(monotonicNanoseconds: try #require(try microphone.epochNanoseconds()))
        try expectWholeRecording(from: epoch, seconds: length)
        try await expectEvents(like: samples, truth)
        try await expectList()
        try expectHooks(since: epoch, truth)
    }

    /// How many seconds of levels are stored.
    private func heardSeconds() throws -> Double {
        guard FileManager.default.fileExists(atPath: place.database) else { return 0 }
        let range = try EventReader(path: place.database).levelRange(source: "microphone")
        return range.map { $0.last.seconds(since: $0.first) } ?? 0
    }

    private func expectWholeRecording(from epoch: UTCTime, seconds: Double) throws {
        let recording = try place.onlySession()
        #expect(recording.status == .complete)
        #expect(recording.source == "microphone")
        #expect(recording.lostSamples == 0)
        #expect(try EventReader(path: place.database).gaps().isEmpty)
        // The two ends are on the wall clock, which follows the device within 0.5 ms a second. A
        // thread may be held up between two clocks, but no buffer of 400 ms may be forgotten.
        #expect(abs(recording.started.seconds(since: epoch)) < 0.2)
        let heard = recording.sampleRate.seconds(recording.capturedSamples)
        #expect(abs(recording.ended.seconds(since: recording.started) - heard) < 0.2)
        #expect(heard > seconds)
    }

    /// Live, the sounds are those of a recording of the same samples.
    private func expectEvents(like samples: [Int16], _ truth: [Scene.Sound]) async throws {
        let events = try place.events()
        #expect(events.allSatisfy { $0.status == .complete && $0.source == "microphone" })
        let other = try Workplace()
        let path = try other.recording("scene.wav", samples)
        let output = try await other.hear(path)
        #expect(output.status == 0, "\(output.standardError)")
        let expected = try other.events()
        #expect(events.map(\.label) == expected.map(\.label))
        #expect(events.map(\.peakConfidence) == expected.map(\.peakConfidence))
        #expect(events.map(\.meanConfidence) == expected.map(\.meanConfidence))
        let start = try other.onlySession().started
        let sounds = expected.map { HeardSound($0, since: start) }
        let liveStart = try place.onlySession().started
        for (event, sound) in zip(events, sounds) {
            // The clock of the microphone is corrected as it goes, by 0.5 ms a second at most.
            let live = HeardSound(event, since: liveStart)
            #expect(abs(live.onset - sound.onset) < 0.05, "\(live), not \(sound)")
            #expect(abs(live.offset - sound.offset) < 0.05, "\(live), not \(sound)")
        }
        expectTruth(
            sounds,
            truth.map {
                Scene.Sound(
                    label: $0.label, onset: $0.onset + Self.leadSeconds,
                    offset: $0.offset + Self.leadSeconds)
            })
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

    private func expectHooks(since epoch: UTCTime, _ truth: [Scene.Sound]) throws {
        let runs = try EventReader(path: place.database).hookRuns()
        let sirens = try place.events().filter { $0.label == "siren" }
        #expect(!runs.isEmpty && runs.count <= sirens.count)
        for run in runs {
            #expect(run.rule == "siren-alert" && run.outcome == .exited && run.exitStatus == 0)
            #expect(run.outputTail == "")
            let event = try #require(sirens.first { $0.id == run.eventID })
            #expect(run.firedAt > event.onset && run.firedAt <= event.heardUntil)
            try expectNotes(of: run)
            try printLatency(of: run, since: epoch.adding(seconds: Self.leadSeconds), truth)
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

    /// How late the command is: after the sound began, and after the rule could know about it.
    private func printLatency(
        of run: HookRun, since start: UTCTime, _ truth: [Scene.Sound]
    ) throws {
        let delay = run.startedAt.seconds(since: run.firedAt)
        // The sample clock may be ahead by as long as a thread is held up.
        #expect(delay > -0.2)
        let fired = run.firedAt.seconds(since: start)
        let sound = truth.last { $0.label == "siren" && $0.onset < fired }
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
        (TestMicrophone.Condition.disconnected, GapCause.disconnected, "No such device"),
        (.stalled, .stalled, "back"),
    ])
    func theMonitorSurvives(
        _ fault: TestMicrophone.Condition, _ cause: GapCause, _ reason: String
    ) async throws {
        let place = try Workplace()
        let epochNanoseconds = monotonicNanoseconds()
        let epoch = UTCTime(monotonicNanoseconds: epochNanoseconds)
        let microphone = try TestMicrophone(
            frames: bytes(of: Scene.siren() + Scene.silence(seconds: 2)), formats: ["S16_LE"],
            rates: [Scene.rate],
            epochNanoseconds: epochNanoseconds)
        try microphone.set(.hurried)
        let process = try place.start(
            place.configured(["--source", "alsa:" + microphone.deviceName]),
            environment: TestMicrophone.environment)
        // Long enough to be settled.
        try await waitUntil("the siren is heard") {
            try place.events().contains {
                $0.label == "siren" && $0.status == .open && $0.durationSeconds > 1
            }
        }
        let away = UTCTime.now()
        try microphone.set(fault)
        let gone = UTCTime.now()
        try await waitUntil("the log says that it is lost, and why") {
            let log = try process.standardError()
            let losses = lines(log, with: "error: microphone: lost, trying to get it back")
            // Once more with the reason, after the first attempt to open it again has failed.
            #expect(losses.count <= 2, "\(log)")
            return losses.last?.contains(reason) == true
        }
        let back = UTCTime.now()
        try microphone.set(.hurried)
        try await waitUntil("the log says that it is back") {
            try process.standardError().contains("microphone: it is back")
        }
        let later = UTCTime.now()
        try await waitUntil("the siren begins again") {
            try sirens(place).contains { $0.onset > later && isBeginning($0.onset, epoch) }
        }
        process.send(SIGTERM)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
        let gap = try expectGap(place, cause, away: away, gone: gone, back: back)
        try expectEvents(place, around: gap)
    }

    /// It is opened as at a fresh start: the new rate has a session of its own.
    @Test func aMicrophoneThatReturnsWithAnotherRateIsHeard() async throws {
        let place = try Workplace()
        let microphone = try TestMicrophone(
            frames: bytes(of: Scene.siren()), formats: ["S16_LE"], rates: [48_000, 44_100])
        let process = try place.start(
            place.configured(["--source", "alsa:" + microphone.deviceName]),
            environment: TestMicrophone.environment)
        try await waitUntil("it listens") {
            try process.standardError().contains("microphone: listening at 48000 Hz")
        }
        try microphone.set(.disconnected)
        try await waitUntil("the log says that it is lost") {
            try process.standardError().contains("microphone: lost, trying to get it back")
        }
        try microphone.set(.rate(44_100))
        try await waitUntil("it listens again") {
            try process.standardError().contains("microphone: listening at 44100 Hz")
        }
        process.send(SIGTERM)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(
            output.standardError.contains("the device came back with 44100 Hz; it had 48000 Hz"))
        let sessions = try EventReader(path: place.database).sessions()
        #expect(Set(sessions.map(\.sampleRate.hertz)) == [48_000, 44_100])
        #expect(sessions.count == 2 && sessions.allSatisfy { $0.status == .complete })
        let old = try #require(sessions.first { $0.sampleRate.hertz == 48_000 })
        let new = try #require(sessions.first { $0.sampleRate.hertz == 44_100 })
        #expect(old.lostSamples > 0 && new.lostSamples == 0 && new.capturedSamples > 0)
        #expect(old.ended.seconds(since: new.started) < 0.1)
    }

    /// It is away at the start, plugged in, and comes back under another number: the name of the
    /// configuration leads to it each time, and is what is told of it.
    @Test func aNamedMicrophoneIsFoundWheneverItIsPluggedIn() async throws {
        let place = try Workplace()
        let cards = try TestSoundCards()
        let name = "by-id/usb-Blue_Snowball-00"
        let scene = try bytes(of: Scene.siren().flatMap { [$0, $0] })
        let other = try TestMicrophone(frames: scene, formats: ["S16_LE"])
        let configuration = try place.file(
            "named.yaml",
            Scene.tracking + """
                sources:
                  - {name: yard, input: "alsa:\(name)"}
                  - {name: desk, input: "alsa:\(other.deviceName)"}

                """)
        let process = try place.start(
            ["--config", configuration], environment: cards.environment)
        try await waitUntil("the log says that there is none") {
            try process.standardError().contains(
                "yard: alsa:\(name): no sound card of this name is plugged in")
        }
        let first = try cards.plugIn(scene, names: [name])
        try await waitUntil("it is heard") {
            try process.standardError().contains("yard: listening at 48000 Hz")
        }
        try cards.unplug(first)
        try await waitUntil("it is lost") {
            try process.standardError().contains("yard: lost, trying to get it back; no sound card")
        }
        let second = try cards.plugIn(scene, names: [name])
        #expect(second != first)
        try await waitUntil("it is back") {
            try process.standardError().contains("yard: it is back")
        }
        let status = try await place.monitorctl.start(["status", "--database", place.database])
            .wait(within: .hang)
        #expect(status.standardOutput.contains("yard  alsa:\(name): heard"), "\(status)")
        process.send(SIGTERM)
        let output = try await process.wait(within: .hang)
        #expect(output.status == 0, "\(output.standardError)")
        let sessions = try EventReader(path: place.database).sessions()
        #expect(sessions.filter { $0.source == "yard" }.count == 1, "one session, with a gap")
        #expect(
            try EventReader(path: place.database).gaps().contains {
                $0.source == "yard" && $0.cause == .disconnected
            })
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
        _ place: Workplace, _ cause: GapCause, away: UTCTime, gone: UTCTime, back: UTCTime
    ) throws -> AudioGap {
        let gaps = try EventReader(path: place.database).gaps()
        let gap = try #require(gaps.first { $0.cause == cause })
        // On a machine with too much to do the capture may be late as well.
        #expect(gaps.allSatisfy { $0 == gap || $0.cause == .overrun })
        #expect(gap.source == "microphone")
        // What was in the buffer when the device went away is lost with it, and no more: it is
        // missing from then on, not from when that is noticed, a second or three later.
        #expect(gap.start.seconds(since: away) > -0.8)
        #expect(gap.start.seconds(since: gone) < 0.3)
        // It is retried once a second.
        #expect((-0.3...15).contains(gap.end.seconds(since: back)))
        let length = Double(gap.lostSamples) / Double(Scene.rate)
        #expect(abs(gap.end.seconds(since: gap.start) - length) < 0.001)
        let session = try place.onlySession()
        #expect(session.lostSamples == gaps.reduce(0) { $0 + $1.lostSamples })
        #expect(session.status == .complete)
        return gap
    }

    /// No event extends into the gap.
    private func expectEvents(_ place: Workplace, around gap: AudioGap) throws {
        for event in try place.events() {
            let isBefore = event.heardUntil.seconds(since: gap.start) < 0.05
            let isAfter = event.onset.seconds(since: gap.end) > -0.05
            #expect(isBefore || isAfter, "\(event) in \(gap)")
        }
        #expect(try sirens(place).contains { $0.onset < gap.start })
    }
}
