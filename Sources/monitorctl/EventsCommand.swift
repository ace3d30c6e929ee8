internal import ArgumentParser
internal import EventStore
internal import Foundation
internal import HostSystem
internal import Listings
internal import SoundTypes
internal import Timekeeping

/// `monitorctl events`: what was heard.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "List what was heard.",
        discussion: """
            Without --since: the events of the 24 hours before --until, or before now; with \
            --limit, all of the past. The oldest event comes first. An event belongs to a period \
            when any of it does.

            With --follow: the last \(followCount) events that have ended, or those that --since \
            and --limit ask for, then each event when it ends, without a limit, until Ctrl-C. A \
            very long sound comes in parts. When the database is removed or replaced, its \
            successor is followed from its beginning.

            Times: 30s, 90m, 1h30m, 2d, 1w (before now), now, today, yesterday, 18:00, \
            2026-11-22, "2026-11-22 18:00", 2026-11-22T18:00:00+01:00. Without an offset they \
            are local times.

            Examples:
              monitorctl events --since 1h
              monitorctl events --since yesterday --until today --label dog_bark
              monitorctl events --since 1w --min-confidence 0.8 --format csv > week.csv
              monitorctl events --limit 5 --reverse
              monitorctl events --format json | jq '.[] | select(.duration_s > 9)'
              monitorctl events --follow --format jsonl

            An event is announced as soon as the evidence suffices, which is when rules act on it, \
            and settled by a second look, up to a second or two later. What did not survive that \
            is retracted: --all lists it too.

            On a terminal too narrow for all columns the least important are left out.

            Where levels are measured, LAFmax is the highest level in dB(A), and RISE how far it \
            is above the background of the minutes before (LA90). ~61.2 is indicative, not \
            calibrated; -38.8 FS is of an uncalibrated source, relative to full scale.

            Fields of json, jsonl and csv: id, source, label, onset, offset (null while the \
            sound is heard), duration_s, confidence (the highest), mean_confidence, status \
            (open, complete, interrupted, retracted), part, laeq, lafmax, lae, background, rise \
            (null where no levels are measured), calibration (calibrated, indicative, \
            uncalibrated, null), \
            mark (right, wrong, null: monitorctl mark), marked_label (what it was instead, or null).
            """)

    /// How far to look back if nothing else is asked for, in seconds.
    private static let usualPeriod = 86_400.0
    /// How many events are shown before new ones are followed.
    private static let followCount = 10

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only events heard at this time or later.", valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only events that began before this time.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("Only events with this label. May be repeated.", valueName: "name"))
    var label: [String] = []

    @Option(help: ArgumentHelp("Only events at least this sure, 0 to 1.", valueName: "number"))
    var minConfidence = 0.0

    @Option(help: ArgumentHelp("Only events of this source.", valueName: "name"))
    var source: String?

    @Flag(help: "Also what was announced and then retracted.")
    var all = false

    @Option(help: ArgumentHelp("Only the newest events, so many.", valueName: "count"))
    var limit: Int?

    @Flag(help: "The newest event first.")
    var reverse = false

    @Flag(name: .shortAndLong, help: "Go on with each event when it ends.")
    var follow = false

    @Option(help: "How to write the events.")
    var format = EventFormat.table

    @OptionGroup
    var database: DatabaseOption

    func validate() throws {
        guard (0...1).contains(minConfidence) else {
            throw ValidationError("--min-confidence \(minConfidence) is not from 0 to 1")
        }
        if let limit, limit < 1 {
            throw ValidationError("--limit \(limit) is not 1 or more")
        }
        if follow, reverse || until != nil {
            throw ValidationError("--follow goes with neither --reverse nor --until")
        }
        if follow, format == .json {
            throw ValidationError("--follow has no end, so no JSON array; use --format jsonl")
        }
        _ = try query(now: .now())
    }

    func run() throws {
        let path = database.path()
        let query = try query(now: .now())
        if follow {
            try warn(EventReader(path: path))
            try EventFollower(path: path, query: query, format: format).run()
        } else {
            let reader = try EventReader(path: path)
            try warn(reader)
            try list(reader, query)
        }
    }
}

extension EventsCommand {
    private func query(now: UTCTime) throws -> EventQuery {
        let limit = limit ?? (follow && since == nil ? Self.followCount : nil)
        let bounds = try TimeOption.bounds(
            since: since, until: until, now: now,
            usualSeconds: limit == nil ? Self.usualPeriod : nil)
        return EventQuery(
            since: bounds.since, until: bounds.until, labels: Set(label),
            minimumConfidence: minConfidence, source: source, includesRetracted: all, limit: limit,
            newestFirst: reverse)
    }

    private func list(_ reader: EventReader, _ query: EventQuery) throws {
        let events = try reader.events(query)
        try StandardStream.output.write(
            format.document(events, within: StandardStream.output.terminalColumns))
        try tellIncomplete(reader, query)
        if events.isEmpty, format == .table {
            let since = query.since.map { " since \($0.localDescription)" } ?? ""
            StandardError.write("no such event\(since) in \(reader.path)")
        }
    }

    /// Says when not all that was heard could be stored or recognised.
    private func tellIncomplete(_ reader: EventReader, _ query: EventQuery) throws {
        let gaps = try reader.gaps(since: query.since, until: query.until, source: query.source)
        tellUnrecognised(gaps.filter { $0.cause == .unrecognised })
        for gap in gaps where gap.cause == .unstored {
            let session = try reader.sessions(
                since: gap.start, until: gap.end, source: gap.source
            ).first
            let missing = session.map { durationText($0.sampleRate.seconds(gap.lostSamples)) }
            StandardError.write(
                "warning: not all that \(gap.source) heard from \(gap.start.localDescription) to "
                    + "\(gap.end.localDescription) could be stored; levels are missing for "
                    + (missing ?? "\(gap.lostSamples) samples"))
        }
    }

    private func tellUnrecognised(_ gaps: [AudioGap]) {
        let bySource = Dictionary(grouping: gaps, by: \.source)
        for (source, gaps) in bySource.sorted(by: { $0.key < $1.key }) {
            guard let first = gaps.first, let last = gaps.last else { continue }
            let seconds = gaps.reduce(0) { $0 + $1.end.seconds(since: $1.start) }
            StandardError.write(
                "warning: sounds of \(source) were not looked for in \(durationText(seconds)) "
                    + "from \(first.start.localDescription) to \(last.end.localDescription): "
                    + "the machine did not keep up; see monitorctl coverage")
        }
    }

    /// A misspelt name matches nothing; say so.
    private func warn(_ reader: EventReader) throws {
        try warn("label", label, known: reader.knownLabels())
        try warn("source", source.map { [$0] } ?? [], known: reader.knownSources())
    }

    private func warn(_ kind: String, _ names: [String], known: [String]) {
        for name in names where !known.contains(name) {
            let list = known.isEmpty ? "none yet" : known.joined(separator: ", ")
            StandardError.write(
                "warning: no event with the \(kind) \"\(name)\" was ever stored; known: \(list)")
        }
    }
}
