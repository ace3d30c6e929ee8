package import AlertTypes
internal import Timekeeping

/// The fields of an alert as programs read them, in order: those of `monitorctl alerts`, and of
/// what an action is told. The names are a promise: scripts depend on them.
package enum AlertFields {
    /// Counted up when a field is removed or changes its meaning. The fields of version 1, those of
    /// a single event, are still there.
    package static let version: Int64 = 2

    package static let names = [
        "version", "id", "rule", "group", "source", "status", "test", "sound_at", "detected_at",
        "fired_at", "decided_at", "resolved_at", "resolution", "acknowledged_at",
        "acknowledgement", "repeats", "conditions", "event_count", "events",
    ]

    /// One value per name. Times are local with their UTC offset.
    package static func values(_ alert: Alert) -> [JSONValue] {
        [
            .integer(version),
            .integer(alert.id),
            .string(alert.rule),
            .string(alert.group),
            alert.source.map { .string($0) } ?? .null,
            .string(alert.isResolved ? "resolved" : "firing"),
            .boolean(alert.isTest),
            time(alert.soundAt), time(alert.detectedAt), time(alert.firedAt),
            time(alert.decidedAt), time(alert.resolvedAt),
            alert.resolution.map { .string($0.rawValue) } ?? .null,
            time(alert.acknowledgedAt),
            alert.acknowledgement.map { .string($0) } ?? .null,
            .integer(Int64(alert.repeats)),
            .array(
                alert.readings.map {
                    .object([
                        ("condition", .string($0.condition)), ("value", .string($0.value)),
                    ])
                }),
            .integer(Int64(alert.eventCount)),
            .array(alert.events.map { .object(members($0)) }),
        ]
    }

    package static func members(_ alert: Alert) -> [(key: String, value: JSONValue)] {
        zip(names, values(alert)).map { (key: $0, value: $1) }
    }

    /// An event of an alert. What `EventFields` has, too, has the same name there.
    package static func members(_ event: AlertEvent) -> [(key: String, value: JSONValue)] {
        [
            ("id", .integer(event.id)),
            ("source", .string(event.source)),
            ("label", .string(event.label)),
            ("onset", time(event.onset)),
            ("heard_until", time(event.heardUntil)),
            ("duration_s", .decimal(event.heardUntil.seconds(since: event.onset), places: 3)),
            ("confidence", .decimal(event.confidence, places: 4)),
            ("lafmax", LevelFields.level(event.lafMaximum)),
            ("retracted", .boolean(event.isRetracted)),
        ]
    }

    private static func time(_ time: UTCTime?) -> JSONValue {
        time.map { .string($0.rfc3339) } ?? .null
    }
}
