internal import Formats
internal import HostSystem
public import LevelTypes
public import Listening
internal import SoundTypes
internal import Timekeeping

/// What is heard, a line for each message as it comes.
public struct LiveLines: Sendable {
    /// Events that have begun and not yet ended.
    private var openEvents: Set<Int64> = []

    public init() {}

    // MARK: For people

    /// `nil` for a message that is of no interest to people.
    public mutating func line(_ message: AnalysisMessage) -> String? {
        switch message {
        case .listening(let source, let since, _, _):
            "\(since.localDescription)  listening to \(source)"
        case .event(let event): line(event)
        case .level(_, let record): Self.line(record)
        case .began, .heard, .picture, .scores, .drift: nil
        case .gap(let gap, _) where gap.cause.isPartial: nil
        case .effort(_, let effort, let time): "\(time.localDescription)  \(effort.sentence)"
        case .gap(let gap, _):
            "\(gap.start.localDescription)  not heard: "
                + "\(Self.seconds(gap.end.seconds(since: gap.start))) (\(gap.cause.name))"
        case .clockStepped(_, let step, let time):
            "\(time.localDescription)  the clock was set by \(Self.seconds(step))"
        case .ended(let source, let end, _):
            end.map { "\($0.localDescription)  \(source) has ended" }
        }
    }

    private mutating func line(_ event: SoundEvent) -> String? {
        let isNew =
            event.status == .open
            ? openEvents.insert(event.id).inserted : openEvents.remove(event.id) == nil
        let confidence = fixedPoint(event.peakConfidence, places: 2) ?? "-"
        return switch event.status {
        case .open where isNew:
            "\(event.onset.localDescription)  >> \(event.label) begins (\(confidence))"
        case .open:
            nil
        case .retracted:
            "\(event.heardUntil.localDescription)  -- \(event.label) is retracted"
        case .complete, .interrupted:
            "\(event.heardUntil.localDescription)  << \(event.label) ends after "
                + "\(Self.seconds(event.durationSeconds)) (\(confidence))"
        }
    }

    private static func line(_ record: LevelRecord) -> String {
        let (summary, scale) = (record.summary, record.scale)
        func text(_ level: Double?) -> String {
            let text = level.flatMap { fixedPoint($0 + scale.fullScaleDecibels, places: 1) } ?? "-"
            return String(repeating: " ", count: max(0, 6 - text.count)) + text
        }
        let flags = summary.flaggedSeconds.filter { $0.seconds > 0 }.map { "  \($0.flag)" }
        return "\(record.start.localDescription)  LAeq \(text(summary.laeq))  "
            + "LAFmax \(text(summary.lafMaximum))  LCpeak \(text(summary.lcPeak)) "
            + scale.unit + flags.joined()
    }

    private static func seconds(_ length: Double) -> String {
        (fixedPoint(length, places: 1) ?? "-") + " s"
    }

    // MARK: JSON

    /// An object with the key `type`: `level`, `event`, `scores`, `gap` or `ended`. `nil` for other
    /// messages.
    public static func json(_ message: AnalysisMessage) -> String? {
        switch message {
        case .event(let event): object("event", EventFields.members(event))
        case .level(let source, let record): object("level", members(record, source))
        case .scores(let scores):
            object(
                "scores",
                [
                    ("source", .string(scores.source)), ("at", .string(scores.start.rfc3339)),
                    ("labels", .object(likeliest(scores))),
                ])
        case .gap(let gap, _):
            object(
                "gap",
                [
                    ("source", .string(gap.source)), ("start", .string(gap.start.rfc3339)),
                    ("end", .string(gap.end.rfc3339)), ("cause", .string(gap.cause.name)),
                ])
        case .ended(let source, let end, _):
            object(
                "ended",
                [
                    ("source", .string(source)),
                    ("at", end.map { .string($0.rfc3339) } ?? .null),
                ])
        case .began, .listening, .heard, .picture, .effort, .drift, .clockStepped: nil
        }
    }

    private static func object(
        _ type: String, _ members: [(key: String, value: JSONValue)]
    ) -> String {
        JSONValue.object([(key: "type", value: .string(type))] + members).text
    }

    private static func members(
        _ record: LevelRecord, _ source: String
    ) -> [(key: String, value: JSONValue)] {
        func level(_ level: Double?) -> JSONValue {
            LevelFields.level(level.map { $0 + record.scale.fullScaleDecibels })
        }
        return [
            ("source", .string(source)), ("at", .string(record.start.rfc3339)),
            ("laeq", level(record.summary.laeq)), ("lafmax", level(record.summary.lafMaximum)),
            ("lcpeak", level(record.summary.lcPeak)),
            ("calibration", .string(record.scale.state.rawValue)),
        ]
    }

    private static let likeliestCount = 3

    /// The labels with the highest scores of a second.
    private static func likeliest(
        _ scores: SecondScores
    ) -> [(key: String, value: JSONValue)] {
        scores.labels.indices.map { (scores.labels[$0], scores.maximum($0)) }
            .sorted { $0.1 > $1.1 }.prefix(likeliestCount)
            .map { (key: $0.0, value: .decimal($0.1, places: 2)) }
    }
}

extension LevelScale {
    /// What levels on it are in.
    public var unit: String {
        switch state {
        case .calibrated: "dB"
        case .indicative: "dB (indicative)"
        case .uncalibrated: "dB re full scale"
        }
    }
}
