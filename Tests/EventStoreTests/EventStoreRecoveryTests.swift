import AlertTypes
import Database
import Foundation
import GRDB
import LevelTypes
import SoundTypes
import TestSupport
import Testing
import Timekeeping

@testable import EventStore

/// A damaged database is moved aside, and what can be read of it is in the new one.
@Suite struct EventStoreRecoveryTests {
    /// As SQLite's dbstat sees it (sqlite.org/dbstat.html).
    private struct Page {
        let table: String
        let number: Int
        let isLeaf: Bool
        let cells: Int
    }

    private let directory: TemporaryDirectory
    private let path: String

    /// Some 130 pages; each table has rows, and the larger ones have several pages.
    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        let store = try EventStore(path: path)
        var changes: [StoreChange] = (1...900).map { id in
            .event(event(Int64(id), source: id % 3 == 0 ? "yard" : "mic", at: Double(id)))
        }
        changes += [.event(event(900, part: 2, at: 901)), .event(event(901, at: 902))]
        changes += (0..<400).map { number in
            .gap(
                AudioGap(
                    source: number % 2 == 0 ? "mic" : "yard", start: time(number),
                    end: time(number + 1), lostSamples: 100, cause: .overrun))
        }
        changes += (0..<200).map { _ in
            .hookRun(
                HookRun(
                    id: store.nextHookRunID(), rule: "alert", eventID: 7, firedAt: time(1),
                    startedAt: time(1), outcome: .exited, exitStatus: 0, durationSeconds: 1,
                    outputTail: "a line of output that takes some room on a page"))
        }
        changes.append(
            .session(
                ListeningSession(
                    id: 1, source: "mic", started: time(0), ended: time(2_000),
                    sampleRate: .hz48000, capturedSamples: 1, lostSamples: 0, model: "m",
                    status: .running)))
        changes += (0..<1_500).map { .level(source: "mic", record($0)) }
        changes += (0..<120).map { id in .alerts(decided(Int64(id + 1))) }
        changes.append(.reload(ConfigurationReload(time: time(9), isAccepted: true, message: "")))
        changes.append(.scores((0..<400).map { scores($0) }))
        try store.write(changes)
        try store.add(
            Calibration(
                source: "mic", input: "x", time: time(0), note: "", calibratorLevel: 94,
                calibratorFrequency: 1_000, measuredFrequency: 1_000, spread: 0.1, before: 119,
                after: 120))
        _ = try EventMarker(path: path).mark(event: 1, EventMark(verdict: .right), at: time(3))
        _ = try AlertMarker(path: path).acknowledge(alert: 3, at: time(5), comment: "heard")
        _ = try SilenceWriter(path: path).add(
            Silence(id: 0, createdAt: time(0), startsAt: time(0), endsAt: time(9)))
        try store.close()
        // What that left open is closed, so that the next opening changes nothing.
        try EventStore(path: path).close()
    }

    /// An alert with two events, and what else was decided with it.
    private func decided(_ id: Int64) -> AlertChanges {
        let events = (0..<2).map { number in
            AlertEvent(
                id: id + Int64(number), source: "mic", label: "dog", onset: time(Int(id)),
                heardUntil: time(Int(id) + 1), confidence: 0.5)
        }
        let alert = Alert(
            id: id, rule: "bark", source: "mic", soundAt: time(Int(id)), detectedAt: time(Int(id)),
            firedAt: time(Int(id)), decidedAt: time(Int(id)),
            readings: [ConditionReading(condition: "confidence at least 0.6", value: "0.82")],
            events: events, eventCount: 2)
        let held = Suppression(
            rule: "bark", reason: .cooldown, by: "", hour: time(Int(id) * 3_600),
            first: time(Int(id)), last: time(Int(id)), count: 1)
        return AlertChanges(
            alerts: [alert], rules: [RuleRecord(rule: "bark", json: "{}")], suppressions: [held])
    }

    private func scores(_ second: Int) -> SecondScores {
        SecondScores(
            source: "mic", start: time(second), labels: (0..<36).map { "label \($0)" },
            maxima: (0..<36).map { UInt8(truncatingIfNeeded: 1 + (second &* 31 &+ $0 &* 7) % 255) })
    }

    private static let tables = [
        "source", "label", "event", "event_picture", "recording", "gap", "hook_run", "scale",
        "measurement",
        "level_second", "level_histogram", "level_rollup", "level_open", "calibration", "mark",
        "alert", "alert_event", "acknowledgement", "rule_state", "silence", "suppression", "reload",
        "score_series", "score_block",
    ]

    /// What is made anew, or is in an index as a whole.
    private static let restored = [
        "measurement", "source", "label", "level_rollup", "score_series",
    ]

    /// The rows of each table as text.
    private func rows(_ path: String) throws -> [String: Set<String>] {
        try inside(path) { db in
            try Dictionary(
                uniqueKeysWithValues: Self.tables.map { table in
                    let rows = try Row.fetchAll(db, sql: "SELECT * FROM \(table)")
                    return (table, Set(rows.map { $0.description }))
                })
        }
    }

    private func pages() throws -> [Page] {
        try inside(path) { db in
            try Row.fetchAll(
                db, sql: "SELECT name, pageno, pagetype, ncell FROM dbstat WHERE pageno > 1"
            ).map { row in
                let type: String = row[2]
                return Page(table: row[0], number: row[1], isLeaf: type == "leaf", cells: row[3])
            }
        }
    }

    private func overwrite(_ bytes: [UInt8], at offset: Int) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: bytes)
        try file.close()
    }

    /// Opens the database as the monitor does, and lets it recover.
    private func recovered() throws -> RecoveredDatabase {
        let store = try EventStore(path: path, isPatient: true)
        let recovered = try store.recover()
        let next = store.nextEventID()
        try store.write([.event(event(next, label: "siren", at: 5_000))])
        try store.close()
        let faults = try faults()
        #expect(faults == [], "\(recovered)")
        return recovered
    }

    /// What is wrong with the database, and rows that refer to one that is not there.
    private func faults() throws -> [String] {
        try inside(path) { db in
            let lost = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check")
            return try DatabaseCheck.faults("integrity_check", db) + lost.map(\.description)
        }
    }

    /// The rows that the new database has no longer.
    private func lostRows(
        _ before: [String: Set<String>], substituting: Set<String> = []
    ) throws -> [String: Int] {
        let after = try rows(path)
        return before.compactMapValues { rows in rows.isEmpty ? nil : rows }.reduce(into: [:]) {
            lost, entry in
            let rest = entry.value.subtracting(after[entry.key] ?? [])
            if !rest.isEmpty { lost[entry.key] = rest.count }
        }
    }

    @Test func nothingOfAWholeDatabaseIsLost() throws {
        let before = try rows(path)
        let recovered = try recovered()
        let lost = try lostRows(before)
        #expect(lost == [:])
        #expect(recovered.unreadable.isEmpty)
        #expect(recovered.rows == before.values.map(\.count).reduce(0, +))
        let aside = FileManager.default.fileExists(atPath: recovered.aside)
        #expect(aside && recovered.aside.hasPrefix(path + ".damaged-20"))
        let reader = try EventReader(path: path)
        let said = try reader.events(EventQuery(labels: [SoundEvent.damageLabel]))
        #expect(said.map(\.source) == [SoundEvent.boxSource] && said.map(\.id) == [902])
        #expect(try reader.gaps(since: nil, until: nil, source: nil).count == 400)
        #expect(try EventReader(path: recovered.aside).events(EventQuery()).count == 902)
    }

    /// The first, the middle and the last leaf, and an inner page, of each table and index.
    private func samplePages() throws -> [Page] {
        Dictionary(grouping: try pages(), by: \.table).values.flatMap { pages in
            let leaves = pages.filter(\.isLeaf)
            let places = Set([0, leaves.count / 2, leaves.count - 1])
            return places.map { leaves[$0] } + pages.filter { !$0.isLeaf }.prefix(1)
        }.filter { $0.table != "sqlite_schema" && !$0.table.hasPrefix("grdb_") }
    }

    /// Pages of the file in turn are filled with zeros. An index costs nothing, a leaf of a table
    /// the rows that were on it, and no other row is lost.
    @Test func aZeroedPageCostsItsRowsOnly() throws {
        let before = try rows(path)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let pages = try samplePages()
        #expect(pages.count > 30)
        var losses = 0
        for page in pages {
            try whole.write(to: URL(fileURLWithPath: path))
            try overwrite([UInt8](repeating: 0, count: 4_096), at: (page.number - 1) * 4_096)
            let recovered = try recovered()
            let lost = try lostRows(before)
            let unreadable = recovered.unreadable.map(\.table)
            let isOfTable = Self.tables.contains(page.table)
            switch (isOfTable, page.isLeaf) {
            case (false, _):
                #expect(lost.isEmpty && unreadable.isEmpty, "\(page): \(lost)")
            case (true, true):
                let isLost = page.cells > 0 && !Self.restored.contains(page.table)
                #expect(lost == (isLost ? [page.table: page.cells] : [:]), "\(page)")
                #expect(unreadable == [page.table], "\(page)")
            case (true, false):
                #expect(Set(lost.keys).isSubset(of: [page.table]), "\(page): \(lost)")
                #expect(unreadable == [page.table], "\(page)")
            }
            losses += lost.values.reduce(0, +)
            try FileManager.default.removeItem(atPath: recovered.aside)
        }
        #expect(losses > 500)
    }

    /// What is lost of the levels is a gap, and what is lost of the events has a number.
    @Test func unreadableSecondsBecomeAGap() throws {
        let page = try #require(
            try pages().first { $0.table == "level_second" && $0.isLeaf && $0.number > 40 })
        try overwrite([UInt8](repeating: 0, count: 4_096), at: (page.number - 1) * 4_096)
        _ = try recovered()
        let reader = try EventReader(path: path)
        let gaps = try reader.gaps(since: nil, until: nil, source: "mic")
            .filter { $0.cause == .unstored }
        let gap = try #require(gaps.count == 1 ? gaps[0] : nil)
        #expect(gap.end.seconds(since: gap.start) == Double(page.cells))
        #expect(gap.lostSamples == Int64(page.cells * 48_000))
        let stored = try inside(path) { db in
            try Int.fetchOne(
                db,
                sql: "SELECT count(*) FROM level_second WHERE second >= ? AND second < ?",
                arguments: [gap.start.microseconds / 1_000_000, gap.end.microseconds / 1_000_000])
        }
        #expect(stored == 0)
    }

    /// Random bytes, some or many, anywhere behind the header.
    @Test(arguments: 0..<24) func randomBytesStopNothing(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let before = try rows(path)
        let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
        let offsets = (0..<(seed < 12 ? 5 : 200)).map { _ in
            Int.random(in: 100..<size, using: &random)
        }
        // Without the schema no table is found.
        let schema = Set(
            [1] + (try pages().filter { $0.table == "sqlite_schema" }.map(\.number)))
        for offset in offsets {
            try overwrite([UInt8.random(in: 0...255, using: &random)], at: offset)
        }
        let recovered = try recovered()
        let lost = try lostRows(before).values.reduce(0, +)
        if seed < 12, !offsets.contains(where: { schema.contains($0 / 4_096 + 1) }) {
            #expect(lost < 300, "\(recovered)")
        }
        let store = try EventStore(path: path)
        #expect(store.openingFault == nil)
        try store.close()
    }

    /// What the schema says is known: one letter of it costs nothing.
    @Test(arguments: 0..<16) func aDamagedSchemaIsMended(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let before = try rows(path)
        let content = try Data(contentsOf: URL(fileURLWithPath: path))
        var statements: [Int] = []
        var place = content.startIndex
        while let found = content.range(of: Data("CREATE TABLE".utf8), in: place..<content.endIndex)
        {
            statements.append(found.lowerBound)
            place = found.upperBound
        }
        #expect(statements.count > 12)
        let offset = try #require(statements.randomElement(using: &random))
        try overwrite(
            [UInt8.random(in: 0...255, using: &random)],
            at: offset + Int.random(in: 0..<60, using: &random))
        let recovered = try recovered()
        let lost = try lostRows(before)
        #expect(lost == [:], "\(recovered)")
    }

    /// A database that has lost its beginning was ours if the lock of a monitor lies beside it.
    @Test func aLostHeaderIsDamageBesideALock() throws {
        try overwrite([UInt8](repeating: 0, count: 4_096), at: 0)
        #expect(openingError(path)?.kind == .damaged)
        let recovered = try recovered()
        #expect(recovered.rows == 0)
        let names = try EventReader(path: path).events(EventQuery()).map(\.label)
        #expect(Set(names) == [SoundEvent.damageLabel, "siren"])
        for name in [path, path + "-wal", path + "-shm", path + ".lock"] {
            try FileManager.default.removeItem(atPath: name)
        }
        try Data("notes".utf8).write(to: URL(fileURLWithPath: path))
        #expect(openingError(path)?.kind == .notADatabase)
    }

    /// Events are stored under the ids they were given, whatever could be read then.
    @Test func idsNeverCollide() throws {
        let root = try #require(
            try pages().first { $0.table == "event" && !$0.isLeaf })
        try overwrite([UInt8](repeating: 0, count: 4_096), at: (root.number - 1) * 4_096)
        let store = try EventStore(path: path, isPatient: true)
        #expect(store.openingFault == nil || store.openingFault?.kind == .damaged)
        let id = store.nextEventID()
        #expect(id > 901)
        try #require(throws: StoreError.self) { try store.write([.event(event(id))]) }
        _ = try store.recover()
        try store.write([.event(event(id, label: "siren"))])
        #expect(store.nextEventID() > id + 1)
        try store.close()
    }

    /// What is damaged again at once is not copied; the third time the disk is to blame.
    @Test func recoveriesAreBounded() throws {
        let store = try EventStore(path: path)
        #expect(try store.recover().rows > 2_000)
        #expect(try store.recover().rows == 0)
        let third = #expect(throws: StoreError.self) { try store.recover() }
        #expect(third?.kind == .inputOutput)
        #expect(third?.description.contains("two damaged ones were moved aside") == true)
        #expect(store.recoveries == 2)
        try store.write([.event(event(store.nextEventID()))])
        try store.close()
        let names = try directory.contents().filter { $0.contains(".damaged-") }
        #expect(names.filter { !$0.hasSuffix("-wal") }.count == 2, "\(names)")
    }

    /// Rows that nobody can read back do not keep the monitor from storing, nor cost the others.
    @Test func whatMakesNoSenseIsLeftBehind() throws {
        let before = try rows(path)
        try inside(path) { db in
            try db.execute(sql: "UPDATE event SET status = 'open', ended_order = NULL WHERE id = 5")
            try db.execute(
                sql: "UPDATE event SET onset_us = 9e18, heard_until_us = 9e18 WHERE id = 5")
            try db.execute(sql: "UPDATE scale SET full_scale_db = 9e999")
            try db.execute(sql: "INSERT INTO level_open SELECT id, 1795366800 FROM measurement")
            try db.execute(
                sql: "UPDATE level_histogram SET data = x'00' WHERE minute = 1795366800")
        }
        let store = try EventStore(path: path, isPatient: true)
        #expect(store.openingFault?.kind == .damaged)
        let recovered = try store.recover()
        #expect(recovered.refused >= 2 && store.recoveries == 1)
        try store.write([.event(event(store.nextEventID()))])
        try store.close()
        let (faults, lost) = (try faults(), try lostRows(before))
        #expect(faults == [])
        #expect(lost["event"] == 1 && lost["gap"] == nil && lost["hook_run"] == nil, "\(lost)")
    }

    /// One second that cannot be read does not stand in the way of a report for ever.
    @Test func anUnreadableSecondIsLeftBehind() throws {
        try inside(path) { db in
            try db.execute(
                sql: "UPDATE level_second SET data = x'00' WHERE second = ?",
                arguments: [time(200).microseconds / 1_000_000])
        }
        #expect(throws: StoreError.self) {
            try EventReader(path: path).levels(source: "mic", boundaries: [time(190), time(210)])
        }
        let recovered = try recovered()
        #expect(recovered.refused == 1)
        let levels = try EventReader(path: path).levels(
            source: "mic", boundaries: [time(190), time(210)])
        #expect(levels.map(\.summary.seconds) == [19])
    }

    /// Where nothing helps, the new database is empty, and it is said why.
    @Test func whatCannotBeUsedIsNotCopied() throws {
        try inside(path) { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            try db.execute(sql: "UPDATE measurement SET id = \(1 << 40)")
        }
        let store = try EventStore(path: path, isPatient: true)
        let recovered = try store.recover()
        #expect(recovered.rows == 0 && store.recoveries == 1)
        #expect(recovered.description.contains("was not copied: table measurement: id is"))
        try store.write([.event(event(store.nextEventID()))])
        try store.close()
        #expect(try EventReader(path: recovered.aside).path == recovered.aside)
    }

    /// Of a large table with garbage in its pages, every row that is lost has a key that is named,
    /// or was refused: nothing is lost without a word, and nothing takes for ever.
    @Test(arguments: 0..<30) func nothingIsLostUnnamed(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let pages = try pages().filter { $0.table == "level_second" && $0.isLeaf }
        let keys = { path in
            try inside(path) { db in
                Set(try Int64.fetchAll(db, sql: "SELECT id FROM level_second"))
            }
        }
        let before = try keys(path)
        for _ in 0..<(seed < 15 ? 60 : 4) {
            let page = try #require(pages.randomElement(using: &random))
            let length = seed < 15 ? 1 : 512
            let offset = Int.random(in: 0...(4_096 - length), using: &random)
            try overwrite(
                (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) },
                at: (page.number - 1) * 4_096 + offset)
        }
        let recovered = try recovered()
        let lost = before.subtracting(try keys(path))
        let named = recovered.unreadable.filter { $0.table == "level_second" }
        let silent = lost.filter { key in !named.contains { ($0.first...$0.last).contains(key) } }
        // A row whose key was changed is lost under the one it had, and there under another, unless
        // there is a row of that key.
        let renamed = try keys(path).subtracting(before).count
        #expect(silent.count <= recovered.refused + renamed + 2, "\(recovered)")
    }

    /// A recovery that fails changes nothing, is not begun again at once, and does not count.
    @Test func aRecoveryThatIsNotWantedChangesNothing() throws {
        let before = try rows(path)
        let store = try EventStore(path: path)
        let error = #expect(throws: StoreError.self) { try store.recover(isWanted: { false }) }
        #expect(error?.kind == .abandoned && store.recoveries == 0)
        try store.write([.event(event(store.nextEventID()))])
        #expect(try store.recover().rows > 2_000)
        try store.close()
        #expect(try lostRows(before) == [:])
        #expect(try !directory.contents().contains { $0.hasSuffix(".new") })
    }

    /// What was known of the old database is not taken for the new one.
    @Test func picturesStayWithinTheirBound() throws {
        let store = try EventStore(
            path: path, maximumBytes: nil, pictureBytes: 50_000, schema: .current)
        try store.write((1...8).map { .picture(picture(Int64($0))) })
        _ = try store.recover()
        _ = try store.recover()
        try store.write([.event(event(2_000)), .picture(picture(2_000))])
        #expect(try EventReader(path: path).picture(ofEvent: 2_000) != nil)
        try store.close()
    }

    private func picture(_ event: Int64) -> EventPicture {
        EventPicture(
            eventID: event, start: time(0), features: FeatureParameters(bands: 64),
            frames: [UInt8](repeating: 1, count: 6_400), labels: ["dog"], scores: [1],
            framesPerStep: 4, model: "m", parameters: LabelParameters())
    }

    /// The owner is told that a mark went into the database that was replaced.
    @Test func aMarkMadeMeanwhileIsRefused() throws {
        let marker = try EventMarker(path: path)
        let store = try EventStore(path: path)
        _ = try store.recover()
        let error = #expect(throws: StoreError.self) {
            try marker.mark(event: 2, EventMark(verdict: .wrong), at: time(5))
        }
        #expect(error?.kind == .replaced)
        try store.close()
    }
}
