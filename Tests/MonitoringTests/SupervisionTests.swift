import Foundation
import MonitorConfig
import SourceTypes
import Synchronization
import TestSupport
import Testing

@testable import Monitoring

/// What a supervisor hears of a whole monitor, with a test microphone and a network that hears
/// nothing.
@Suite struct SupervisionTests {
    private let directory: TemporaryDirectory
    private let microphone: TestMicrophone
    private let log = TestLog()
    private let heard = Heard()
    private var configuration = MonitorConfig.Configuration()

    /// What the supervisor has heard.
    private final class Heard: Sendable {
        private let state = Mutex((progress: 0, lines: [String]()))
        var progress: Int { state.withLock { $0.progress } }
        var lines: [String] { state.withLock { $0.lines } }
        func note() { state.withLock { $0.progress += 1 } }
        func note(_ line: String) { state.withLock { $0.lines.append(line) } }
    }

    init() throws {
        directory = try TemporaryDirectory()
        configuration.database = directory.path("events.db")
        configuration.taught = directory.path("taught")
        configuration.model = directory.path("light.soundnet")
        try Data(LightModel.bytes()).write(to: directory.url.appending(path: "light.soundnet"))
        microphone = try Self.noise()
        configuration.sources = [
            SourceConfiguration(name: "yard", input: .alsa(microphone.deviceName))
        ]
    }

    private static func noise() throws -> TestMicrophone {
        let bytes = (0..<32_000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
        return try TestMicrophone(frames: bytes, formats: ["S16_LE"], rates: [16_000])
    }

    private func monitor(_ configuration: MonitorConfig.Configuration) -> Monitor {
        let heard = heard
        return Monitor(
            configuration: configuration,
            options: Monitor.Options(
                onProgress: { heard.note() }, progressInterval: .milliseconds(200),
                onStatus: { heard.note($0) }),
            logger: log.logger)
    }

    /// Waits until it was told of progress some more times.
    private func expectProgress(_ what: String) async throws {
        let before = heard.progress
        try await waitUntil("\(what): it goes on") {
            heard.progress >= before + 3
        }
    }

    /// A microphone that goes away is recorded as a gap and tried again: that is no stall.
    @Test func aMicrophoneThatIsGoneIsNoStall() async throws {
        let monitor = monitor(configuration)
        let running = Task { try await monitor.run() }
        try await expectProgress("sound")
        try await waitUntil("the line says that it is heard") {
            heard.lines.last?.hasPrefix("listening to 1 of 1 source; ") == true
        }
        try microphone.set(.disconnected)
        try await waitUntil("the line says that it is lost") {
            heard.lines.last == "listening to 0 of 1 source; yard is lost"
        }
        try await expectProgress("no microphone")
        try microphone.set(.ok)
        try await waitUntil("the line says that it is back") {
            heard.lines.last?.hasPrefix("listening to 1 of 1 source; ") == true
        }
        running.cancel()
        try await running.value
    }

    /// Nor is one that was not there from the beginning.
    @Test func aMicrophoneThatIsNotThereYetIsNoStall() async throws {
        let late = try Self.noise()
        try late.set(.disconnected)
        var configuration = configuration
        configuration.sources.append(
            SourceConfiguration(name: "late", input: .alsa(late.deviceName)))
        let monitor = monitor(configuration)
        let running = Task { try await monitor.run() }
        // Each of them takes another attempt, of which there is one in five seconds.
        try await expectProgress("a device is missing")
        #expect(heard.lines.last?.contains("late could not be opened yet") == true)
        running.cancel()
        try await running.value
    }

    /// The analysis thread waits for a subscriber that takes nothing: the capture goes on, the
    /// timer of the supervision runs, and it is a stall all the same.
    @Test func anAnalysisThatStandsStillIsAStall() async throws {
        let monitor = monitor(configuration)
        let stuck = monitor.subscribe(capacity: 8, whenFull: .wait)
        let running = Task { try await monitor.run() }
        try await waitUntil("the subscriber is full") {
            stuck.waitingCount == 8
        }
        // Ten intervals without progress; what came before it was full may still be told of.
        var last = (progress: -1, since: ContinuousClock.now)
        try await waitUntil("no progress is told of") {
            if heard.progress != last.progress { last = (heard.progress, .now) }
            return .now - last.since > .seconds(2)
        }
        // It is read after all.
        let reading = Task { while await stuck.next() != nil {} }
        try await expectProgress("it is read")
        running.cancel()
        try await running.value
        await reading.value
    }
}
