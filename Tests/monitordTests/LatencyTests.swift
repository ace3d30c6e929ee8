import AlertTypes
import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// How long after a sound its command runs, in real time. `EARWITNESS_ONSETS=60` measures as many
/// onsets, on a machine that does nothing else, and asks for what is promised: 0.3 s for half of
/// them, 0.6 s for 99 of 100. Without it the test only sees that each onset has its command.
@Suite struct LatencyTests {
    private let place: Workplace
    /// A horn that is clear at once, from 0.1 s on, and silence.
    private static let hornOnset = 0.1

    init() throws {
        place = try Workplace()
    }

    @Test func fromTheSoundToTheCommand() async throws {
        let asked = ProcessInfo.processInfo.environment["EARWITNESS_ONSETS"].flatMap(Int.init)
        let count = asked ?? 3
        let round = try Scene.part(27.2, 28.7) + Scene.silence(seconds: 2.5)
        let microphone = try Workplace.microphone(round)
        let configuration = try place.file(
            "monitord.yaml",
            "rules: [{name: horn, labels: [car_horn], cooldown: 2s, command: ['true']}]\n")
        let process = try place.start(
            ["--config", configuration, "--source", "alsa:" + microphone.deviceName],
            environment: TestMicrophone.environment)
        try await waitUntil("every horn was told", within: .seconds(120 + 8 * count)) {
            try latencies().count { $0.hookStartedAt != nil } >= count
        }
        process.send(SIGTERM)
        #expect(try await process.wait(within: .hang).status == 0)
        let epoch = UTCTime(monotonicNanoseconds: try #require(try microphone.epochNanoseconds()))
        let period = Double(round.count) / Double(Scene.rate)
        let known = try latencies().compactMap { latency in
            latency.hookStartedAt.map { (latency.alert, $0) }
        }
        let fromEvent = known.map { $1.seconds(since: $0.soundAt) }.sorted()
        let fromOnset = known.map { alert, started in
            let position = alert.soundAt.seconds(since: epoch) - Self.hornOnset
            let onset = (position / period).rounded() * period + Self.hornOnset
            return started.seconds(since: epoch) - onset
        }.sorted()
        print("sound to hook, from the onset of the event: \(summary(fromEvent))")
        print("sound to hook, from the true onset: \(summary(fromOnset))")
        #expect(fromEvent.allSatisfy { $0 > 0 })
        guard asked != nil else { return }
        #expect(percentile(50, fromEvent) <= 0.3)
        #expect(percentile(99, fromEvent) <= 0.6)
    }

    private func latencies() throws -> [AlertLatency] {
        guard FileManager.default.fileExists(atPath: place.database) else { return [] }
        return try EventReader(path: place.database).alertLatencies()
    }

    private func summary(_ seconds: [Double]) -> String {
        let values = [50, 95, 99, 100].map { String(format: "%.3f", percentile($0, seconds)) }
        return "p50 \(values[0]) s, p95 \(values[1]) s, p99 \(values[2]) s, max \(values[3]) s, "
            + "of \(seconds.count)"
    }

    /// By nearest rank.
    private func percentile(_ percent: Int, _ sorted: [Double]) -> Double {
        sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
}
