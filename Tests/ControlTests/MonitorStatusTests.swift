import Foundation
import TestSupport
import Testing
import Timekeeping

@testable import Control

@Suite struct MonitorStatusTests {
    private var status: MonitorStatus {
        var source = MonitorStatus.Source(name: "yard", input: "alsa:hw:1", state: .heard)
        source.level = .init(laeq: 43.2, lafMaximum: nil, lcPeak: 70.1, scale: "calibrated")
        source.sounds = [.init(label: "bird", score: 0.81)]
        source.lastEvent = .init(id: 4, label: "dog_bark", confidence: 0.93, age: 3.5)
        source.behind = .infinity
        return MonitorStatus(
            at: UTCTime(microseconds: 1_800_000_000_000_000), pid: 7, uptime: 12.5, cpuTime: 1,
            residentMegabytes: 43.1, model: "built in", database: "/events.db",
            store: .init(waiting: 1, waitingMessages: 2, isHeldUp: false), sources: [source],
            rules: .init(count: 2, alerts: [.init(id: 9, rule: "dogs", age: 3)]),
            hooks: .init(running: 1, waiting: 0))
    }

    @Test func itComesBackAsItWas() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("control.sock")
        let status = status
        let server = try ControlServer(path: path) { _ in status.json }
        defer { server.stop() }
        #expect(try MonitorStatus.ask(at: path) == status)
    }

    /// The keys are what scripts of owners read.
    @Test func theJSONIsAsDocumented() throws {
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(status.json.utf8)) as? [String: Any])
        #expect(
            object.keys.sorted() == [
                "at", "cpu_s", "database", "hooks", "model", "pid", "resident_mb", "rules",
                "sources", "store", "uptime_s", "version",
            ])
        let source = try #require((object["sources"] as? [[String: Any]])?.first)
        #expect(
            source.keys.sorted() == [
                "behind_s", "clock_steps", "disconnections", "events", "gaps", "input",
                "last_event", "level", "lost_by_cause_s", "lost_s", "name", "omits", "omitted_s",
                "overruns", "reopens", "sounds", "stalls", "state", "suspensions",
            ])
        #expect((object["at"] as? String)?.hasPrefix("2027-01-1") == true)
        #expect(!status.json.contains("\n"))
    }

    @Test func anAnswerOfAnotherVersionIsNamed() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("control.sock")
        let server = try ControlServer(path: path) { _ in "{}" }
        defer { server.stop() }
        #expect(throws: ControlError.misunderstood(path: path)) {
            try MonitorStatus.ask(at: path)
        }
    }
}
