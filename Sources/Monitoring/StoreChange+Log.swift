internal import EventStore
internal import Formats
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

extension StoreChange {
    /// What the log says about a change that was not stored: all of it, as one JSON object with the
    /// table and the columns of its row, except that for the levels of a second, which are many
    /// numbers and many seconds, it gives only the main one, and for a picture only its event.
    /// Sources, labels and scales are there themselves in place of their numbers.
    var logText: String {
        switch self {
        case .event(let event): event.row
        case .gap(let gap): gap.row
        case .session(let session): session.row
        case .hookRun(let run): run.row
        case .picture(let picture): "picture of event \(picture.eventID)"
        case .level(let source, let record): Self.text(record, of: source)
        }
    }

    private static func text(_ record: LevelRecord, of source: String) -> String {
        let level = record.summary.laeq.flatMap { fixedPoint($0, places: 1) }
        return "level of \(source) at \(record.start.rfc3339): "
            + "LAeq \(level ?? "unknown") dB re full scale, "
            + "\(record.samples) samples"
    }
}

/// The row of a table on one line.
private func tableRow(_ table: String, _ columns: [(key: String, value: JSONValue)]) -> String {
    JSONValue.object([("table", .string(table))] + columns).text
}

extension UTCTime {
    fileprivate var column: JSONValue { .integer(microseconds) }
}

extension SoundEvent {
    fileprivate var row: String {
        tableRow(
            "event",
            [
                ("id", .integer(id)), ("part", .integer(Int64(part))),
                ("source", .string(source)), ("label", .string(label)),
                ("onset_us", onset.column), ("heard_until_us", heardUntil.column),
                ("peak_confidence", .decimal(peakConfidence, places: 6)),
                ("mean_confidence", .decimal(meanConfidence, places: 6)),
                ("status", .string(status.rawValue)),
            ] + (levels?.columns ?? []))
    }
}

extension EventLevels {
    fileprivate var columns: [(key: String, value: JSONValue)] {
        let level = { (power: Double?) -> JSONValue in
            power.map { .decimal(Decibels.level(power: $0), places: 3) } ?? .null
        }
        return [
            ("level_seconds", .decimal(seconds, places: 6)),
            ("laeq_dbfs", level(seconds > 0 ? exposureA / seconds : nil)),
            ("lafmax_dbfs", level(seconds > 0 ? fastMaximum : nil)),
            ("background_dbfs", level(background)),
            (
                "scale",
                .object([
                    ("full_scale_db", .decimal(scale.fullScaleDecibels, places: 6)),
                    ("calibration", .string(scale.state.rawValue)),
                    ("correction", scale.correction.map { .string($0) } ?? .null),
                ])
            ),
        ]
    }
}

extension AudioGap {
    fileprivate var row: String {
        tableRow(
            "gap",
            [
                ("source", .string(source)), ("start_us", start.column), ("end_us", end.column),
                ("lost_samples", .integer(lostSamples)), ("cause", .string(cause.name)),
            ])
    }
}

extension ListeningSession {
    fileprivate var row: String {
        tableRow(
            "recording",
            [
                ("id", .integer(id)), ("source", .string(source)),
                ("started_us", started.column), ("ended_us", ended.column),
                ("sample_rate", .integer(Int64(sampleRate.hertz))),
                ("captured_samples", .integer(capturedSamples)),
                ("lost_samples", .integer(lostSamples)), ("model", .string(model)),
                ("status", .string(status.rawValue)),
            ])
    }
}

extension HookRun {
    fileprivate var row: String {
        let number = { (value: Int?) -> JSONValue in value.map { .integer(Int64($0)) } ?? .null }
        return tableRow(
            "hook_run",
            [
                ("id", .integer(id)), ("rule", .string(rule)), ("event_id", .integer(eventID)),
                ("fired_us", firedAt.column), ("started_us", startedAt.column),
                ("outcome", .string(outcome.rawValue)), ("exit_status", number(exitStatus)),
                ("signal", number(signal)),
                ("duration_s", durationSeconds.map { .decimal($0, places: 6) } ?? .null),
                ("output_tail", .string(outputTail)),
            ])
    }
}
