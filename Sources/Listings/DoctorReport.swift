internal import Formats
internal import HostSystem

/// What `monitorctl doctor` found: a line for each thing that was looked at, and what to do.
public struct DoctorReport: Sendable {
    public struct Finding: Sendable, Equatable {
        public enum State: String, Sendable {
            case ok
            /// The monitor works, and something could be better.
            case warning
            /// The monitor does not work, or not as configured.
            case fault
        }

        /// What was looked at: `database`, `source yard`.
        public var check: String
        public var state: State
        public var text: String
        /// What to do, if possible as a command.
        public var remedy: String?

        public init(_ check: String, _ state: State, _ text: String, remedy: String? = nil) {
            (self.check, self.state, self.text, self.remedy) = (check, state, text, remedy)
        }
    }

    public var findings: [Finding]

    public init(_ findings: [Finding]) {
        self.findings = findings
    }

    /// Whether there is nothing to do.
    public var isWell: Bool { findings.allSatisfy { $0.state == .ok } }

    // MARK: For people

    public var text: String {
        let width = findings.map(\.check.count).max() ?? 0
        let lines = findings.flatMap { finding -> [String] in
            let margin = String(repeating: " ", count: width + 9)
            let check = finding.check + String(repeating: " ", count: width - finding.check.count)
            let text = finding.text.split(separator: "\n").map { printable(String($0)) }
            let remedy = finding.remedy.map { "-> " + printable($0) }
            let head = Self.word(finding.state) + "  " + check + "  "
            return [head + (text.first ?? "")]
                + (text.dropFirst() + (remedy.map { [$0] } ?? [])).map { margin + "  " + $0 }
        }
        return lines.map { $0 + "\n" }.joined() + summary
    }

    private static func word(_ state: Finding.State) -> String {
        switch state {
        case .ok: "ok     "
        case .warning: "warning"
        case .fault: "FAULT  "
        }
    }

    private var summary: String {
        func count(_ state: Finding.State, _ name: String) -> String? {
            let count = findings.filter { $0.state == state }.count
            return count == 0 ? nil : "\(count) \(name)\(count == 1 ? "" : "s")"
        }
        let parts = [count(.fault, "fault"), count(.warning, "warning")].compactMap { $0 }
        return parts.isEmpty
            ? "all is well\n" : parts.joined(separator: ", ") + ": what to do is after each ->\n"
    }

    // MARK: JSON

    /// One JSON array with one object per line.
    public var json: String {
        JSONValue.lines(
            findings.map { finding in
                JSONValue.object([
                    ("check", .string(finding.check)), ("state", .string(finding.state.rawValue)),
                    ("text", .string(finding.text)),
                    ("remedy", finding.remedy.map { .string($0) } ?? .null),
                ]).text
            })
    }
}
