internal import AlertTypes
internal import EventStore
internal import Formats
internal import HostSystem
internal import LevelTypes
internal import SoundTypes
internal import Timekeeping

extension StoreChange {
    /// What the log says about a change that was not stored: all of it, as one JSON object with the
    /// table and the columns of its row (of what the rules decided, an array of rows), except that
    /// for the levels of a second, which are many numbers and many seconds, it gives only the main
    /// one, for a picture only its event, and for scores only how many seconds. Sources, labels and
    /// scales are there themselves in place of their numbers.
    var logText: String {
        switch self {
        case .event(let event): event.row.text
        case .gap(let gap): gap.row.text
        case .session(let session): session.row.text
        case .hookRun(let run): run.row.text
        case .alerts(let changes): changes.rows.text
        case .reload(let reload): reload.row.text
        case .scores(let seconds): Self.text(seconds)
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

extension StoreChange {
    private static func text(_ seconds: [SecondScores]) -> String {
        let from = seconds.first.map { " of \($0.source) from \($0.start.rfc3339)" } ?? ""
        return "scores\(from): \(seconds.count) s"
    }
}

/// The row of a table.
private func tableRow(_ table: String, _ columns: [(key: String, value: JSONValue)]) -> JSONValue {
    .object([("table", .string(table))] + columns)
}

extension UTCTime {
    fileprivate var column: JSONValue { .integer(microseconds) }
}

extension SoundEvent {
    fileprivate var row: JSONValue {
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
    fileprivate var row: JSONValue {
        tableRow(
            "gap",
            [
                ("source", .string(source)), ("start_us", start.column), ("end_us", end.column),
                ("lost_samples", .integer(lostSamples)), ("cause", .string(cause.name)),
            ])
    }
}

extension ListeningSession {
    fileprivate var row: JSONValue {
        tableRow(
            "recording",
            [
                ("id", .integer(id)), ("source", .string(source)),
                ("started_us", started.column), ("ended_us", ended.column),
                ("sample_rate", .integer(Int64(sampleRate.hertz))),
                ("captured_samples", .integer(capturedSamples)),
                ("lost_samples", .integer(lostSamples)), ("model", .string(model)),
                ("status", .string(status.rawValue)), ("clock_step_s", decimal(clockStepSeconds)),
                ("drift_ppm", decimal(driftPPM)),
            ])
    }
}

private func decimal(_ value: Double?) -> JSONValue {
    value.map { .decimal($0, places: 6) } ?? .null
}

private func number(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }

extension HookRun {
    fileprivate var row: JSONValue {
        tableRow(
            "hook_run",
            [
                ("id", .integer(id)), ("rule", .string(rule)), ("event_id", .integer(eventID)),
                ("fired_us", firedAt.column), ("started_us", startedAt.column),
                ("outcome", .string(outcome.rawValue)), ("exit_status", number(exitStatus)),
                ("signal", number(signal)),
                ("duration_s", decimal(durationSeconds)),
                ("output_tail", .string(outputTail)), ("alert_id", .integer(alertID)),
                ("action", .string(action)), ("occasion", .string(occasion.rawValue)),
                ("attempt", .integer(Int64(attempt))), ("input", .string(input)),
                ("is_test", .integer(isTest ? 1 : 0)), ("due_us", dueAt.column),
            ])
    }
}

extension AlertChanges {
    fileprivate var rows: JSONValue {
        .array(
            alerts.flatMap(\.rows) + runs.map(\.row) + rules.map(\.row) + suppressions.map(\.row))
    }
}

extension Alert {
    /// Its own, and those of its events.
    fileprivate var rows: [JSONValue] {
        let own = tableRow(
            "alert",
            [
                ("id", .integer(id)), ("rule", .string(rule)), ("alert_group", .string(group)),
                ("source", source.map { .string($0) } ?? .null),
                ("is_test", .integer(isTest ? 1 : 0)), ("sound_us", soundAt.column),
                ("detected_us", detectedAt.column), ("fired_us", firedAt.column),
                ("decided_us", decidedAt.column), ("resolved_us", resolvedAt?.column ?? .null),
                ("resolution", resolution.map { .string($0.rawValue) } ?? .null),
                ("readings", .array(readings.map(\.columns))),
                ("event_count", .integer(Int64(eventCount))),
                ("repeats", .integer(Int64(repeats))),
            ])
        return [own] + events.enumerated().map { $1.row(ofAlert: id, position: $0) }
    }
}

extension ConditionReading {
    fileprivate var columns: JSONValue {
        .object([("condition", .string(condition)), ("value", .string(value))])
    }
}

extension AlertEvent {
    fileprivate func row(ofAlert alert: Int64, position: Int) -> JSONValue {
        tableRow(
            "alert_event",
            [
                ("alert", .integer(alert)), ("position", .integer(Int64(position))),
                ("event_id", .integer(id)), ("source", .string(source)),
                ("label", .string(label)), ("onset_us", onset.column),
                ("heard_until_us", heardUntil.column),
                ("confidence", .decimal(confidence, places: 6)),
                ("lafmax_db", lafMaximum.map { .decimal($0, places: 3) } ?? .null),
                ("is_retracted", .integer(isRetracted ? 1 : 0)),
            ])
    }
}

extension RuleRecord {
    fileprivate var row: JSONValue {
        tableRow("rule_state", [("rule", .string(rule)), ("json", .string(json))])
    }
}

extension Suppression {
    fileprivate var row: JSONValue {
        tableRow(
            "suppression",
            [
                ("rule", .string(rule)), ("reason", .string(reason.rawValue)),
                ("held_by", .string(by)), ("hour_us", hour.column), ("first_us", first.column),
                ("last_us", last.column), ("count", .integer(Int64(count))),
            ])
    }
}

extension ConfigurationReload {
    fileprivate var row: JSONValue {
        tableRow(
            "reload",
            [
                ("time_us", time.column), ("is_accepted", .integer(isAccepted ? 1 : 0)),
                ("message", .string(message)),
            ])
    }
}
