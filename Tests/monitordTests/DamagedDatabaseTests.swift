import EventStore
import Foundation
import SoundTypes
import TestSupport
import Testing
import Timekeeping

/// A monitor whose database is damaged goes on hearing, and recovers what can be read.
@Suite struct DamagedDatabaseTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
    }

    private func zeroPage(_ number: Int) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: place.database))
        try file.seek(toOffset: UInt64(number * 4_096))
        try file.write(contentsOf: [UInt8](repeating: 0, count: 4_096))
        try file.close()
    }

    /// Pages in turn, the header among them: whatever was on it, the monitor hears, says what it
    /// did, stores new events, and ends with 0; a start later there is nothing left to mend.
    @Test func aMonitorStartsOnADamagedDatabase() async throws {
        let path = try place.recording("part.wav", Scene.birdAndSiren())
        // The pages of a picture have no structure that could be damaged.
        let configuration = [
            "--config", try place.file("monitord.yaml", Scene.tracking + "pictures: off\n"),
        ]
        let start = configuration + ["--start-time", "2026-11-22 10:00"]
        #expect(try await place.hear(path, start).status == 0)
        let whole = try Data(contentsOf: URL(fileURLWithPath: place.database))
        let pages = whole.count / 4_096
        for page in [0, pages / 3, pages * 2 / 3, pages - 1] {
            try whole.write(to: URL(fileURLWithPath: place.database))
            try zeroPage(page)
            let process = try place.listen(to: Scene.birdAndSiren(), configuration)
            try await waitUntil("page \(page): the database is replaced") {
                try process.standardError().contains("the damaged database was replaced")
            }
            try await waitUntil("page \(page): a sound is stored") {
                try place.events().contains {
                    $0.onset > UTCTime.now().adding(seconds: -3_600)
                        && $0.label != SoundEvent.damageLabel
                }
            }
            process.send(SIGTERM)
            let output = try await process.wait(within: .hang)
            #expect(output.status == 0, "page \(page): \(output.standardError)")
            let listed = try await place.listed(["--since", "1h"])
            #expect(listed.filter { $0.label == SoundEvent.damageLabel }.count == 1)
            let next = try await place.hear(path, start)
            #expect(next.status == 0 && !next.standardError.contains("damaged"), "page \(page)")
        }
        let names = try place.directory.contents().filter {
            $0.contains(".damaged-") && !$0.hasSuffix("-wal")
        }
        #expect(names.count == 4, "\(names)")
    }
}
