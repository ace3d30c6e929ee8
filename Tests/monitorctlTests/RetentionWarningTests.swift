import EventStore
import Foundation
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// Whoever asks for seconds that were removed is told so, instead of taking them for unheard.
@Suite struct RetentionWarningTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let product: BuiltProduct
    /// 2026-11-22T17:00:00Z
    private let start = UTCTime(microseconds: 1_795_366_800_000_000)

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        product = try BuiltProduct("monitorctl")
        let store = try EventStore(path: path)
        try store.write(
            (0..<7_200).map { second in
                var summary = LevelSummary()
                (summary.seconds, summary.exposureA) = (1, 1e-6)
                return .level(
                    source: "yard",
                    LevelRecord(
                        start: start.adding(seconds: Double(second)), samples: 48_000,
                        sampleRate: .hz48000, summary: summary, histogram: LevelHistogram(),
                        scale: LevelScale(fullScaleDecibels: 120, state: .calibrated)))
            } + [
                .session(
                    ListeningSession(
                        id: 1, source: "yard", started: start,
                        ended: start.adding(seconds: 7_200), sampleRate: .hz48000,
                        capturedSamples: 1, lostSamples: 0, model: "m", status: .complete))
            ])
        #expect(
            try store.remove(.seconds, before: start.adding(seconds: 3_600), limit: 10_000)
                == 3_600)
        try store.close()
    }

    private func warnings(_ arguments: [String]) throws -> Int {
        let period = ["--since", "2026-11-22T17:00:00Z", "--until", "2026-11-22T17:01:00Z"]
        let output = try product.run(arguments + period + ["--database", path])
        #expect(output.status == 0, "\(output.standardError)")
        return output.standardError.split(separator: "\n").count {
            $0.contains("yard: levels of single seconds before") && $0.contains("were removed")
        }
    }

    @Test func levels() throws {
        #expect(try warnings(["levels", "--every", "1s"]) == 1)
        #expect(try warnings(["levels", "--every", "1m"]) == 0)
    }

    @Test(arguments: [
        ("level: {of: LAeq, over: 1m, above: 60}", 1), ("labels: [siren]", 0),
    ])
    func rulesThatAreReplayed(_ condition: String, count: Int) throws {
        let file = directory.path("rules.yaml")
        let rules = "rules:\n  - {name: a, \(condition), then: [{log: info}]}\n"
        try Data(rules.utf8).write(to: URL(filePath: file))
        #expect(try warnings(["rules", "replay", file]) == count)
    }
}
