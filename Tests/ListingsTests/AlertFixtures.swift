import AlertTypes
import Foundation
import Timekeeping

/// 2026-11-22T17:00:00Z
let evening = UTCTime(microseconds: 1_795_366_800_000_000)

/// An alert about one event, told at once: the sound at `second`, detected 0.4 s later.
func eventAlert(
    _ id: Int64, at second: Double = 0, rule: String = "siren-alert", label: String = "siren"
) -> Alert {
    let sound = evening.adding(seconds: second)
    return Alert(
        id: id, rule: rule, group: "event \(id + 100)", source: "yard", soundAt: sound,
        detectedAt: sound.adding(seconds: 0.4), firedAt: sound.adding(seconds: 0.4),
        decidedAt: sound.adding(seconds: 0.45),
        readings: [ConditionReading(condition: "confidence at least 0.6", value: "0.82")],
        events: [
            AlertEvent(
                id: id + 100, source: "yard", label: label, onset: sound,
                heardUntil: sound.adding(seconds: 1.5), confidence: 0.82, lafMaximum: 61.25)
        ], eventCount: 1)
}

/// An alert about a level, which its rule waited for.
func levelAlert(_ id: Int64, at second: Double) -> Alert {
    let start = evening.adding(seconds: second)
    return Alert(
        id: id, rule: "noise", group: "hall", source: "hall", soundAt: start,
        detectedAt: start.adding(seconds: 900), firedAt: start.adding(seconds: 1_000),
        decidedAt: start.adding(seconds: 1_000.5), resolvedAt: start.adding(seconds: 1_300),
        resolution: .cleared,
        readings: [ConditionReading(condition: "LAeq over 15m above 65 dB", value: "67.3 dB")])
}

/// Reads fields as programs get them.
var snakeCaseDecoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
}
