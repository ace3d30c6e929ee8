import AlertTypes
import Database
import EventStore
import TestSupport
import Testing
import Timekeeping

/// What the owner says with `monitorctl` while the monitor writes.
@Suite struct OwnerWriterTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let store: EventStore

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("events.db")
        store = try EventStore(path: path)
        try store.write([.alerts(AlertChanges(alerts: [alert(1), alert(2, at: 5, until: 7)]))])
    }

    private func silence(
        _ starts: Int, _ ends: Int, rule: String? = nil, label: String? = nil,
        source: String? = nil
    ) -> Silence {
        Silence(
            id: 0, createdAt: time(0), startsAt: time(starts), endsAt: time(ends), rule: rule,
            label: label, source: source, comment: "guests \"tonight\"")
    }

    @Test func silencesComeBackAsTheyWere() throws {
        let writer = try SilenceWriter(path: path)
        let all = try [
            silence(0, 60), silence(30, 90, rule: "bark", label: "dog", source: "yard"),
            silence(-90, -30),
        ].map { try writer.add($0) }
        #expect(all.map(\.id) == [1, 2, 3])
        let reader = try EventReader(path: path)
        #expect(try reader.silences(all: true) == all)
        #expect(try reader.silences(now: time(59)) == Array(all[..<2]))
        #expect(try reader.silences(now: time(60)) == [all[1]])
        #expect(try store.controls(at: time(0)).silences == Array(all[..<2]))
    }

    @Test func aSilenceIsEnded() throws {
        let writer = try SilenceWriter(path: path)
        for silence in [silence(0, 60), silence(30, 60)] { _ = try writer.add(silence) }
        var first = silence(0, 20)
        first.id = 1
        #expect(try writer.expire(1, at: time(20)) == .expired(first))
        #expect(try writer.expire(1, at: time(20)) == .over(first))
        // One that has not begun.
        var second = silence(20, 20)
        second.id = 2
        #expect(try writer.expire(2, at: time(20)) == .expired(second))
        #expect(try writer.expire(3, at: time(20)) == .unknown)
        #expect(try store.controls(at: time(20)).silences == [])
        #expect(try EventReader(path: path).silences(all: true) == [first, second])
    }

    @Test func aSilenceThatEndsBeforeItStartsIsRefused() throws {
        let writer = try SilenceWriter(path: path)
        let error = #expect(throws: StoreError.self) { try writer.add(silence(9, 8)) }
        #expect(error?.kind == .invalidValue)
    }

    /// The monitor writes on about an alert; what the owner said of it stays.
    @Test func anAcknowledgementOutlastsWhatTheMonitorWrites() throws {
        let marker = try AlertMarker(path: path)
        #expect(try marker.acknowledge(alert: 1, at: time(3), comment: "I know"))
        #expect(try !marker.acknowledge(alert: 9, at: time(3), comment: ""))
        var known = alert(1, events: 4)
        try store.write([.alerts(AlertChanges(alerts: [known]))])
        (known.acknowledgedAt, known.acknowledgement) = (time(3), "I know")
        #expect(try EventReader(path: path).alert(1) == known)
        #expect(try store.unresolvedAlerts() == [known])
        #expect(try marker.acknowledge(alert: 1, at: time(6), comment: ""))
        #expect(try EventReader(path: path).alert(1)?.acknowledgement == "")
    }

    /// The monitor needs those of alerts that last.
    @Test func acknowledgementsOfAlertsThatLastAreFound() throws {
        let marker = try AlertMarker(path: path)
        for id in [1, 2] as [Int64] {
            #expect(try marker.acknowledge(alert: id, at: time(3), comment: "\(id)"))
        }
        let expected = [Acknowledgement(alert: 1, time: time(3), comment: "1")]
        #expect(try store.controls(at: time(0)).acknowledgements == expected)
    }

    /// Two who write at a time wait for each other, and neither loses anything.
    @Test func theOwnerAndTheMonitorWriteAtATime() async throws {
        let (store, path) = (store, path)
        let writing = Task.detached {
            for id in 10..<60 as Range<Int64> {
                try store.write([.alerts(AlertChanges(alerts: [alert(id)]))])
            }
        }
        let writer = try SilenceWriter(path: path)
        for number in 0..<50 { _ = try writer.add(silence(number, number + 1)) }
        try await writing.value
        #expect(try EventReader(path: path).silences(all: true).map(\.id) == Array(1...50))
        #expect(try EventReader(path: path).alerts().count == 52)
    }

    /// Only what others write changes the number.
    @Test func changesOfOthersAreSeen() throws {
        let before = try store.changeCounter()
        try store.write([.alerts(AlertChanges(alerts: [alert(3)]))])
        #expect(try store.changeCounter() == before)
        _ = try SilenceWriter(path: path).add(silence(0, 60))
        let after = try store.changeCounter()
        #expect(after != before)
        #expect(try store.changeCounter() == after)
        _ = try store.recover()
        #expect(try store.changeCounter() != after)
        #expect(try store.controls(at: time(0)).silences.count == 1)
    }

    @Test func whatIsSaidOfADatabaseThatWasReplacedIsRefused() throws {
        let (writer, marker) = (try SilenceWriter(path: path), try AlertMarker(path: path))
        _ = try store.recover()
        let errors = [
            #expect(throws: StoreError.self) { try writer.add(silence(0, 1)) },
            #expect(throws: StoreError.self) {
                try marker.acknowledge(alert: 1, at: time(0), comment: "")
            },
        ]
        #expect(errors.map { $0?.kind } == [.replaced, .replaced])
    }

    @Test func aMissingDatabaseIsNotCreated() throws {
        let missing = directory.path("other.db")
        let errors = [
            #expect(throws: StoreError.self) { try SilenceWriter(path: missing) },
            #expect(throws: StoreError.self) { try AlertMarker(path: missing) },
        ]
        #expect(errors.allSatisfy { $0?.kind == .missing })
    }
}
