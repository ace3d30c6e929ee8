internal import Acoustics
internal import FoundationEssentials
internal import Rules

/// What a command is told about the event: environment variables, and the same as JSON.
struct HookMessage: Encodable {
    private let id: Int64
    private let part: Int
    private let source: String
    private let label: String
    private let onset: String
    private let offset: String?
    private let duration: Double
    private let confidence: Double
    private let meanConfidence: Double
    private let status: String
    private let rule: String
    private let firedAt: String
    private let laeq: Double?
    private let lafmax: Double?
    private let lae: Double?
    private let background: Double?
    private let rise: Double?
    private let calibration: String?

    private enum CodingKeys: String, CodingKey {
        case id, part, source, label, onset, offset, confidence, status, rule
        case laeq, lafmax, lae, background, rise, calibration
        case duration = "duration_s"
        case meanConfidence = "mean_confidence"
        case firedAt = "fired_at"
    }

    init(_ firing: Firing) {
        let event = firing.event
        id = event.id
        part = event.part
        source = event.source
        label = event.label
        onset = event.onset.rfc3339
        offset = event.offset?.rfc3339
        duration = rounded(event.durationSeconds, perUnit: 1_000)
        confidence = rounded(event.peakConfidence, perUnit: 10_000)
        meanConfidence = rounded(event.meanConfidence, perUnit: 10_000)
        status = event.status.rawValue
        rule = firing.rule
        firedAt = firing.firedAt.rfc3339
        laeq = level(event.levels?.laeq)
        lafmax = level(event.levels?.lafMaximum)
        lae = level(event.levels?.lae)
        background = level(event.levels?.backgroundLevel)
        rise = level(event.levels?.rise)
        calibration = event.levels?.scale.state.rawValue
    }

    /// The variables of the environment. A NUL cannot be part of one and becomes U+FFFD.
    var environment: [(name: String, value: String)] {
        [
            ("RULE", rule), ("EVENT_ID", String(id)), ("PART", String(part)), ("LABEL", label),
            ("SOURCE", source), ("ONSET", onset), ("OFFSET", offset ?? ""),
            ("DURATION_S", decimal(duration)), ("CONFIDENCE", decimal(confidence)),
            ("MEAN_CONFIDENCE", decimal(meanConfidence)), ("STATUS", status),
            ("FIRED_AT", firedAt), ("LAEQ", decimal(laeq)), ("LAFMAX", decimal(lafmax)),
            ("LAE", decimal(lae)), ("BACKGROUND", decimal(background)), ("RISE", decimal(rise)),
            ("CALIBRATION", calibration ?? ""),
        ].map { name, value in
            let scalars = value.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }
            return ("EARWITNESS_" + name, String(String.UnicodeScalarView(scalars)))
        }
    }

    /// One JSON object on one line, with its newline.
    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + [UInt8(ascii: "\n")]
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(id, forKey: .id)
        try object.encode(part, forKey: .part)
        try object.encode(source, forKey: .source)
        try object.encode(label, forKey: .label)
        try object.encode(onset, forKey: .onset)
        // What is not known has a key too, with null.
        try object.encode(offset, forKey: .offset)
        try object.encode(duration, forKey: .duration)
        try object.encode(confidence, forKey: .confidence)
        try object.encode(meanConfidence, forKey: .meanConfidence)
        try object.encode(status, forKey: .status)
        try object.encode(rule, forKey: .rule)
        try object.encode(firedAt, forKey: .firedAt)
        try object.encode(laeq, forKey: .laeq)
        try object.encode(lafmax, forKey: .lafmax)
        try object.encode(lae, forKey: .lae)
        try object.encode(background, forKey: .background)
        try object.encode(rise, forKey: .rise)
        try object.encode(calibration, forKey: .calibration)
    }
}

private func rounded(_ value: Double, perUnit: Double) -> Double {
    (value * perUnit).rounded() / perUnit
}

/// In hundredths of a decibel; digital silence has no level.
private func level(_ decibels: Double?) -> Double? {
    guard let decibels, decibels.isFinite else { return nil }
    return rounded(decibels, perUnit: 100)
}

/// Digits with a point and never an exponent: `12.5`, `0.0003`. Empty for nothing.
private func decimal(_ value: Double?) -> String {
    guard let value else { return "" }
    let units = Int64((value.magnitude * 10_000).rounded())
    let digits = String(units % 10_000)
    var fraction = String(repeating: "0", count: 4 - digits.count) + digits
    while fraction.count > 1, fraction.last == "0" { fraction.removeLast() }
    return (value < 0 ? "-" : "") + String(units / 10_000) + "." + fraction
}
