internal import Formats
internal import Rules
internal import Timekeeping

/// What a command is told about the event: environment variables, and the same fields as JSON. The
/// fields are those of `monitorctl events`, plus the rule and the time it fired.
struct HookMessage {
    private let members: [(key: String, value: JSONValue)]

    init(_ firing: Firing) {
        let event = EventFields.members(firing.event).filter {
            !EventFields.storedOnly.contains($0.key)
        }
        members =
            event + [
                ("rule", .string(firing.rule)), ("fired_at", .string(firing.firedAt.rfc3339)),
            ]
    }

    /// The environment variables. A NUL cannot be part of one and becomes U+FFFD.
    var environment: [(name: String, value: String)] {
        members.map { key, value in
            let name = key == "id" ? "EVENT_ID" : key.uppercased()
            let scalars = Self.text(value).unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }
            return ("EARWITNESS_" + name, String(String.UnicodeScalarView(scalars)))
        }
    }

    /// One JSON object on one line, with its newline; its keys are sorted.
    var json: [UInt8] {
        let sorted = members.sorted { $0.key < $1.key }
        return Array(JSONValue.object(sorted).text.utf8) + [UInt8(ascii: "\n")]
    }

    /// Empty for a null. A decimal has no trailing zeros, except one right after its point: `12.5`,
    /// `3.0`.
    private static func text(_ value: JSONValue) -> String {
        var text = value.plainText
        guard case .decimal = value, text.contains(".") else { return text }
        while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
        return text
    }
}
