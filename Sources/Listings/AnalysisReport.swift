internal import Formats
internal import HostSystem
public import SoundLevels
public import SoundTypes
public import Timekeeping
public import Tracking

/// What was heard in one recording.
public struct AnalysisReport: Sendable {
    /// The name of the recording, as the user gave it.
    public var file: String
    public var sampleRate: SampleRate
    /// The length of the recording.
    public var durationSeconds: Double
    /// The time of the first sample, from which event times count.
    public var start: UTCTime
    /// In order of onset.
    public var events: [SoundEvent]
    /// Listed if there are no events, the nearest first.
    public var nearMisses: [NearMiss]
    /// `nil` if levels cannot be measured.
    public var levels: RecordingLevels?

    public init(
        file: String, sampleRate: SampleRate, durationSeconds: Double, start: UTCTime,
        events: [SoundEvent], nearMisses: [NearMiss] = [], levels: RecordingLevels?
    ) {
        self.file = file
        self.sampleRate = sampleRate
        self.durationSeconds = durationSeconds
        self.start = start
        self.events = events
        self.nearMisses = events.isEmpty ? Array(nearMisses.prefix(Self.listedMisses)) : []
        self.levels = levels
    }

    /// For people: a line about the file, one about its levels, and a table. Onset and offset count
    /// from the start of the file.
    public var text: String {
        let rows = events.map(cells)
        let table = TextTable(Self.columns, fitting: rows)
        let count = events.count == 1 ? "1 event" : "\(events.count) events"
        let length = "\(durationText(durationSeconds)) at \(sampleRate.hertz) Hz"
        let title = "\(printable(file)): \(length), \(count)\n"
        let head = title + (levels.map(RecordingLevelFields.text) ?? "")
        return head
            + (events.isEmpty ? missText : table.header + rows.map(table.line).joined())
    }

    /// One JSON object with the levels on one line and one event per line. Each event has the
    /// fields of `monitorctl events`, plus `onset_s` and `offset_s`, in seconds from the start of
    /// the file.
    public var json: String {
        let head: [(key: String, value: JSONValue)] = [
            ("file", .string(file)), ("sample_rate", .integer(Int64(sampleRate.hertz))),
            ("duration_s", .decimal(durationSeconds, places: 3)),
        ]
        let list = JSONValue.lines(events.map { JSONValue.object(members($0)).text })
        let levels = levels.map { JSONValue.object(RecordingLevelFields.members($0)) } ?? .null
        // The head object, reopened for what follows.
        return JSONValue.object(head).text.dropLast() + ",\n" + JSONValue.member("levels", levels)
            + ",\n" + JSONValue.member("near_misses", .array(nearMisses.map(miss)))
            + ",\n\"events\":" + list.dropLast() + "}\n"
    }

    private func miss(_ miss: NearMiss) -> JSONValue {
        .object([
            ("label", .string(miss.label)), ("at_s", .decimal(miss.onsetSeconds, places: 3)),
            ("peak", .decimal(Double(miss.peak), places: 4)),
            ("duration_s", miss.durationSeconds.map { .decimal($0, places: 3) } ?? .null),
            ("on", .decimal(Double(miss.onThreshold), places: 4)),
            ("minimum_duration_s", .decimal(miss.minimumDurationSeconds, places: 3)),
        ])
    }

    private static let listedMisses = 3

    /// Which labels came nearest, and what they lack.
    private var missText: String {
        guard !nearMisses.isEmpty else { return "" }
        let rows = nearMisses.map { miss in
            [
                position(start.adding(seconds: miss.onsetSeconds)),
                printable(miss.label), miss.shortfall,
            ]
        }
        let table = TextTable(
            [
                TextTable.Column(title: "AT", alignment: .right),
                TextTable.Column(title: "NEAREST"), TextTable.Column(title: "SCORE"),
            ], fitting: rows)
        return table.header + rows.map(table.line).joined()
    }

    private func members(_ event: SoundEvent) -> [(key: String, value: JSONValue)] {
        EventFields.members(event) + [
            ("onset_s", seconds(event.onset)), ("offset_s", event.offset.map(seconds) ?? .null),
        ]
    }

    private func seconds(_ moment: UTCTime) -> JSONValue {
        .decimal(moment.seconds(since: start), places: 3)
    }

    private static let columns = [
        TextTable.Column(title: "ONSET", alignment: .right),
        TextTable.Column(title: "OFFSET", alignment: .right),
        TextTable.Column(title: "DURATION", alignment: .right),
        TextTable.Column(title: "LABEL"),
        TextTable.Column(title: "CONFIDENCE", alignment: .right),
    ]

    private func cells(_ event: SoundEvent) -> [String] {
        [
            position(event.onset), event.offset.map(position) ?? "-",
            durationText(event.durationSeconds), printable(event.label),
            fixedPoint(event.peakConfidence, places: 2) ?? "-",
        ]
    }

    /// A position in the file: `0:07.250`, `1:00:07.250`.
    private func position(_ moment: UTCTime) -> String {
        let milliseconds = (moment.microseconds - start.microseconds) / 1_000
        let seconds = Int(milliseconds / 1_000)
        let rest = String(1_000 + Int(milliseconds % 1_000)).dropFirst()
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
        let end = "\(twoDigits(seconds % 60)).\(rest)"
        return hours > 0 ? "\(hours):\(twoDigits(minutes)):\(end)" : "\(minutes):\(end)"
    }
}
