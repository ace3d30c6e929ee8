import AlertTypes
import Timekeeping

/// An alert of a rule that fired so many seconds after 17:00, with so many events.
func alert(
    _ id: Int64, rule: String = "bark", source: String? = "mic", at second: Int = 0,
    events: Int = 2, until end: Int? = nil, isTest: Bool = false
) -> Alert {
    Alert(
        id: id, rule: rule, group: "event \(id)", source: source, isTest: isTest,
        soundAt: time(second - 3), detectedAt: time(second - 2), firedAt: time(second),
        decidedAt: time(second + 1), resolvedAt: end.map(time),
        resolution: end.map { _ in isTest ? .test : .cleared },
        readings: [
            ConditionReading(condition: "confidence at least 0.6", value: "0.82"),
            ConditionReading(condition: "\"quoted\" / ü\n", value: ""),
        ],
        events: (0..<events).map { number in
            AlertEvent(
                id: id * 100 + Int64(number), source: number == 0 ? "mic" : "yard",
                label: number == 0 ? "dog" : "cat", onset: time(second + number),
                heardUntil: time(second + number + 1), confidence: 0.25,
                lafMaximum: number == 0 ? nil : 61.5, isRetracted: number == 1)
        }, eventCount: events + 3, repeats: 2)
}

/// A run of the action `phone` for an alert.
func run(
    _ id: Int64, alert: Int64, _ outcome: HookRun.Outcome = .waiting, action: String = "phone",
    occasion: Occasion = .fired, attempt: Int = 1, at second: Int = 0, output: String = ""
) -> HookRun {
    HookRun(
        id: id, rule: "bark", alertID: alert, action: action, occasion: occasion, attempt: attempt,
        eventID: alert * 100, firedAt: time(second), startedAt: time(second), outcome: outcome,
        outputTail: output, input: #"{"id":\#(alert)}"#)
}
