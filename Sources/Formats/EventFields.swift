internal import LevelTypes
package import SoundTypes
internal import Timekeeping

/// The fields of an event as programs read them, in order. The names are a promise: scripts depend
/// on them.
package enum EventFields {
    package static let names = [
        "id", "source", "label", "onset", "offset", "duration_s", "confidence",
        "mean_confidence", "status", "part", "laeq", "lafmax", "lae", "background", "rise",
        "calibration", "mark", "marked_label",
    ]

    /// One value per name. Times are local with their UTC offset; the offset of an open event is
    /// null. Levels are in dB, and null where none were measured.
    package static func values(_ event: SoundEvent) -> [JSONValue] {
        [
            .integer(event.id),
            .string(event.source),
            .string(event.label),
            .string(event.onset.rfc3339),
            event.offset.map { .string($0.rfc3339) } ?? .null,
            .decimal(event.durationSeconds, places: 3),
            .decimal(event.peakConfidence, places: 4),
            .decimal(event.meanConfidence, places: 4),
            .string(event.status.rawValue),
            .integer(Int64(event.part)),
            LevelFields.level(event.levels?.laeq),
            LevelFields.level(event.levels?.lafMaximum),
            LevelFields.level(event.levels?.lae),
            LevelFields.level(event.levels?.backgroundLevel),
            LevelFields.level(event.levels?.rise),
            event.levels.map { .string($0.scale.state.rawValue) } ?? .null,
            event.mark.map { .string($0.verdict.rawValue) } ?? .null,
            event.mark?.label.map { .string($0) } ?? .null,
        ]
    }

    /// What is known only of stored events: what their owner says.
    package static let storedOnly: Set = ["mark", "marked_label"]

    package static func members(_ event: SoundEvent) -> [(key: String, value: JSONValue)] {
        zip(names, values(event)).map { (key: $0, value: $1) }
    }
}
