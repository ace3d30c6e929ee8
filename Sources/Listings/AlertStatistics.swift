public import AlertTypes
internal import Formats
internal import HostSystem
public import Timekeeping

/// How soon the owner was told, and how often.
public struct AlertStatistics: Sendable {
    /// A rule that fired within so many seconds of its detection did not wait.
    private static let promptSeconds = 1.0

    /// The alerts, tests left out.
    public let alertCount: Int
    /// From the beginning of the sound to the start of the first action, of alerts about events
    /// whose rule did not wait.
    public let soundToHook: Latency?
    /// From the beginning of the sound to its detection, of alerts about events.
    public let soundToDetected: Latency?
    /// From detection to firing: what the rule asks to wait, and what held it back.
    public let detectedToFired: Latency?
    /// From firing on the clock of the audio to the decision on the clock of the wall: how far the
    /// analysis is behind.
    public let firedToDecided: Latency?
    /// From the decision to the start of the first action.
    public let decidedToHook: Latency?
    private let suppressed: SuppressionCount

    /// - Parameter alerts: each with the start of its first action, `nil` if none was started
    public init(
        _ alerts: [(alert: Alert, hookStartedAt: UTCTime?)], suppressions: [Suppression]
    ) {
        let alerts = alerts.filter { !$0.alert.isTest }
        let heard = alerts.filter { $0.alert.eventCount > 0 }
        let prompt = heard.filter {
            $0.alert.firedAt.seconds(since: $0.alert.detectedAt) <= Self.promptSeconds
        }
        alertCount = alerts.count
        soundToHook = Latency(
            prompt.compactMap { $0.hookStartedAt?.seconds(since: $0.alert.soundAt) })
        soundToDetected = Latency(
            heard.map { $0.alert.detectedAt.seconds(since: $0.alert.soundAt) })
        detectedToFired = Latency(
            alerts.map { $0.alert.firedAt.seconds(since: $0.alert.detectedAt) })
        firedToDecided = Latency(
            alerts.map { $0.alert.decidedAt.seconds(since: $0.alert.firedAt) })
        decidedToHook = Latency(
            alerts.compactMap { $0.hookStartedAt?.seconds(since: $0.alert.decidedAt) })
        suppressed = SuppressionCount(suppressions)
    }
}

extension AlertStatistics {
    /// One JSON object. Times are in seconds, and null where there is no alert.
    public var json: String {
        JSONValue.object(
            [
                ("alerts", .integer(Int64(alertCount))),
                ("suppressed", .integer(Int64(suppressed.total))),
                ("suppressed_by_reason", suppressed.json),
            ] + latencies.map { ($0.key, Self.json($0.latency)) }
        ).text + "\n"
    }

    /// For people.
    public var text: String {
        let rows = latencies.map { [$0.title] + Self.cells($0.latency) }
        let titles = ["ALERTS", "p50", "p95", "p99", "MAX"]
        let table = TextTable(
            [TextTable.Column(title: "SECONDS FROM")]
                + titles.map { TextTable.Column(title: $0, alignment: .right, width: 6) },
            fitting: rows)
        return """
            alerts       \(alertCount), tests left out
            held back    \(suppressed.text ?? "0")

            \(table.header)\(rows.map(table.line).joined())
            Sound to hook is of alerts about events whose rule did not wait: it fired within
            1 s of the detection, and a command was started. Percentiles: nearest rank.

            """
    }

    private var latencies: [(key: String, title: String, latency: Latency?)] {
        [
            ("sound_to_hook_s", "sound to hook", soundToHook),
            ("sound_to_detected_s", "  sound to detected", soundToDetected),
            ("detected_to_fired_s", "  detected to fired", detectedToFired),
            ("fired_to_decided_s", "  fired to decided", firedToDecided),
            ("decided_to_hook_s", "  decided to hook", decidedToHook),
        ]
    }

    private static func json(_ latency: Latency?) -> JSONValue {
        guard let latency else { return .null }
        return .object([
            ("count", .integer(Int64(latency.count))), ("p50", .decimal(latency.p50, places: 3)),
            ("p95", .decimal(latency.p95, places: 3)), ("p99", .decimal(latency.p99, places: 3)),
            ("max", .decimal(latency.maximum, places: 3)),
        ])
    }

    private static func cells(_ latency: Latency?) -> [String] {
        guard let latency else { return ["0", "-", "-", "-", "-"] }
        return ["\(latency.count)"]
            + [latency.p50, latency.p95, latency.p99, latency.maximum].map {
                fixedPoint($0, places: 3) ?? "-"
            }
    }
}
