public import AlertTypes
internal import Formats
internal import FoundationEssentials
internal import HostSystem
public import Rules
internal import SoundTypes
internal import Timekeeping

/// What an action is told: the alert as JSON, and for a command also in environment variables.
///
/// The text is made when the rule fires and stored with the run. All that an attempt gets is
/// derived from that text, so that an attempt after a restart is told the same.
public struct AlertMessage: Sendable {
    /// The longest text; the oldest events of the alert are left out of a longer one.
    static let limit = 1 << 20
    /// The longest name or remark in bytes. A longer one is cut: Linux starts no command with a
    /// variable of 128 KiB (execve(2), `MAX_ARG_STRLEN`).
    static let longestText = 4_096

    private let run: HookRun
    private let fields: Fields

    /// The text that is stored with the runs of a firing, the same for each of its actions.
    public static func stored(_ firing: Firing) -> String {
        var alert = firing.alert.shortened
        while true {
            let text = JSONValue.object(members(firing, alert)).text
            guard text.utf8.count > limit, !alert.events.isEmpty else { return text }
            alert.events.removeFirst((alert.events.count + 1) / 2)
        }
    }

    /// What an attempt is told.
    public init(_ run: HookRun) throws(HookError) {
        self.run = run
        do {
            fields = try JSONDecoder().decode(Fields.self, from: Data(run.input.utf8))
        } catch {
            throw .unreadableInput
        }
    }

    /// One JSON object on one line.
    public var json: String {
        let attempt = [
            JSONValue.member("action", .string(shortened(run.action))),
            JSONValue.member("attempt", .integer(Int64(run.attempt))),
        ]
        return "{" + attempt.joined(separator: ",") + "," + run.input.dropFirst()
    }

    /// The environment variables. What is not known is empty. A NUL cannot be part of one and
    /// becomes U+FFFD.
    public var environment: [(name: String, value: String)] {
        let attempt = [("ACTION", run.action), ("ATTEMPT", String(run.attempt))]
        let alert = Self.alertVariables.map { ($1, fields.alert[$0] ?? "") }
        let flat = Self.flatFields.map {
            ($0 == "id" ? "EVENT_ID" : $0.uppercased(), fields.flat[$0] ?? "")
        }
        return (attempt + alert + flat).map { name, value in
            let scalars = shortened(value).unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }
            return ("EARWITNESS_" + name, String(String.UnicodeScalarView(scalars)))
        }
    }

    /// The alert in a line of text.
    var line: String {
        let test = fields.alert["test"] == "true" ? " (test)" : ""
        let found = fields.conditions.map { "\($0.condition): \($0.value)" }
        let label = fields.flat["label"].map { ["label \($0)"] } ?? []
        let source = fields.flat["source"].map { ["source \($0)"] } ?? []
        let details = (label + source + found).joined(separator: "; ")
        return printable(
            "rule \(run.rule), alert \(run.alertID)\(test) \(run.occasion.rawValue)"
                + (details.isEmpty ? "" : ": " + details))
    }
}

extension AlertMessage {
    /// The fields of the alert that are variables, too, by their names.
    fileprivate static let alertVariables = [
        ("group", "GROUP"), ("status", "ALERT_STATUS"), ("test", "TEST"),
        ("sound_at", "SOUND_AT"), ("detected_at", "DETECTED_AT"), ("decided_at", "DECIDED_AT"),
        ("resolved_at", "RESOLVED_AT"), ("resolution", "RESOLUTION"), ("repeats", "REPEATS"),
        ("event_count", "EVENT_COUNT"),
    ]

    /// The fields beside the alert; all of them are variables.
    fileprivate static let flatFields =
        ["version", "alert_id", "occasion", "rule", "fired_at"]
        + EventFields.names.filter { !EventFields.storedOnly.contains($0) }

    /// The fields of the alert as a whole, and beside them those of an event.
    private static func members(
        _ firing: Firing, _ alert: Alert
    ) -> [(key: String, value: JSONValue)] {
        let head: [(key: String, value: JSONValue)] = [
            ("version", .integer(AlertFields.version)), ("alert_id", .integer(alert.id)),
            ("occasion", .string(firing.occasion.rawValue)), ("rule", .string(alert.rule)),
            ("fired_at", .string(alert.firedAt.rfc3339)),
        ]
        return head + eventMembers(firing, alert) + [("alert", .object(AlertFields.members(alert)))]
    }

    /// The fields of the event that made the rule fire; of the first event of the alert what the
    /// alert remembers, if none did.
    private static func eventMembers(
        _ firing: Firing, _ alert: Alert
    ) -> [(key: String, value: JSONValue)] {
        let members: [(key: String, value: JSONValue)] =
            if let event = firing.event {
                EventFields.members(event.shortened)
            } else {
                remembered(alert)
            }
        return members.filter { !EventFields.storedOnly.contains($0.key) }
    }

    private static func remembered(_ alert: Alert) -> [(key: String, value: JSONValue)] {
        let first = alert.events.first.map { AlertFields.members($0) } ?? []
        let source: JSONValue = alert.source.map { .string($0) } ?? .null
        return EventFields.names.map { name in
            let known = first.first { $0.key == name }?.value
            return (name, known ?? (name == "source" ? source : .null))
        }
    }
}

/// A stored text as far as it is not handed on as it is: fields as texts, without those that are
/// null.
private struct Fields: Decodable, Sendable {
    struct Reading: Decodable {
        let condition: String
        let value: String
    }

    let flat: [String: String]
    let alert: [String: String]
    let conditions: [Reading]

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        let inner = try members.nestedContainer(keyedBy: Key.self, forKey: Key("alert"))
        flat = try Self.texts(AlertMessage.flatFields, members)
        alert = try Self.texts(AlertMessage.alertVariables.map(\.0), inner)
        conditions = try inner.decode([Reading].self, forKey: Key("conditions"))
    }

    private static func texts(
        _ names: [String], _ members: KeyedDecodingContainer<Key>
    ) throws -> [String: String] {
        var texts: [String: String] = [:]
        for name in names { texts[name] = try text(Key(name), members) }
        return texts
    }

    private static func text(
        _ key: Key, _ members: KeyedDecodingContainer<Key>
    ) throws -> String? {
        switch key.stringValue {
        case "version", "alert_id", "id", "part", "repeats", "event_count":
            try members.decodeIfPresent(Int64.self, forKey: key).map { String($0) }
        case "duration_s", "confidence", "mean_confidence", "laeq", "lafmax", "lae", "background",
            "rise":
            try members.decodeIfPresent(Double.self, forKey: key).map { String($0) }
        case "test":
            try members.decodeIfPresent(Bool.self, forKey: key).map { String($0) }
        default: try members.decodeIfPresent(String.self, forKey: key)
        }
    }
}

private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

/// The beginning of a text, at most `AlertMessage.longestText` bytes of UTF-8 and whole characters.
private func shortened(_ text: String) -> String {
    guard text.utf8.count > AlertMessage.longestText else { return text }
    var bytes = 0
    return String(
        text.unicodeScalars.prefix { scalar in
            bytes += UTF8.width(scalar)
            return bytes <= AlertMessage.longestText
        })
}

extension Alert {
    fileprivate var shortened: Alert {
        var alert = self
        alert.rule = Actions.shortened(rule)
        alert.group = Actions.shortened(group)
        alert.source = source.map(Actions.shortened)
        alert.acknowledgement = acknowledgement.map(Actions.shortened)
        alert.readings = readings.map {
            ConditionReading(
                condition: Actions.shortened($0.condition), value: Actions.shortened($0.value))
        }
        alert.events = events.map { event in
            var event = event
            event.source = Actions.shortened(event.source)
            event.label = Actions.shortened(event.label)
            return event
        }
        return alert
    }
}

extension SoundEvent {
    fileprivate var shortened: SoundEvent {
        var event = self
        event.source = Actions.shortened(source)
        event.label = Actions.shortened(label)
        return event
    }
}

extension HookRun {
    /// The order to carry out an action of a firing, as it is stored with the alert.
    ///
    /// - Parameter input: `AlertMessage.stored` of the firing
    public init(id: Int64, _ firing: Firing, _ action: Action, input: String) {
        self.init(
            id: id, rule: firing.alert.rule, alertID: firing.alert.id, action: action.name,
            occasion: firing.occasion,
            eventID: firing.event?.id ?? firing.alert.events.first?.id ?? 0,
            firedAt: firing.at, startedAt: .now(), input: input, isTest: firing.alert.isTest)
    }
}
