import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@Suite struct CoverageCommandTests {
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
        try store.write([
            session(1, "yard", from: 600, to: 1_800), session(2, "yard", from: 2_400, to: 3_000),
            session(3, "attic", from: 0, to: 3_600),
            .gap(
                AudioGap(
                    source: "yard", start: start.adding(seconds: 700),
                    end: start.adding(seconds: 760), lostSamples: 1, cause: .disconnected)),
        ])
        try store.close()
    }

    private func session(
        _ id: Int64, _ source: String, from: Double, to: Double
    ) -> StoreChange {
        .session(
            ListeningSession(
                id: id, source: source, started: start.adding(seconds: from),
                ended: start.adding(seconds: to), sampleRate: .hz48000, capturedSamples: 1,
                lostSamples: 0, model: "m", status: .complete))
    }

    private func run(_ arguments: [String]) throws -> RunningProcess.Output {
        try product.run(["coverage", "--database", path] + arguments)
    }

    @Test func eachSourceAndPiece() throws {
        let output = try run([
            "--since", "2026-11-22T17:00:00Z", "--until", "2026-11-22T18:00:00Z", "--every", "1h",
            "--format", "csv",
        ])
        #expect(output.status == 0 && output.standardError.isEmpty)
        let lines = output.standardOutput.split(separator: "\r\n").map(String.init)
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("attic,") && lines[1].contains(",100.000,3600.000,0.000,"))
        // Of 1800 s of two sessions 60 were missing.
        #expect(lines[2].contains(",48.333,1740.000,1800.000,0.000,0.000,0.000,60.000,"))
        let one = try run([
            "--since", "2026-11-22T17:00:00Z", "--until", "2026-11-22T17:30:00Z", "--every", "15m",
            "--source", "yard",
        ])
        #expect(one.standardOutput.contains("disconnected 1 m 00 s"))
        #expect(one.standardOutput.hasSuffix("yard: 63.33 % heard\n"))
    }

    @Test func whenNothingWasListenedTo() throws {
        let until = ["--since", "2026-11-20T00:00:00Z", "--until", "2026-11-21T00:00:00Z"]
        let table = try run(until)
        #expect(table.status == 0 && table.standardOutput.isEmpty)
        #expect(table.standardError.contains("nothing was listened to"))
        #expect(try run(until + ["--format", "json"]).standardOutput == "[]\n")
        #expect(try run(["--every", "2h"]).status == 64)
    }
}
