/// What the owner says about a stored event.
public struct EventMark: Sendable, Hashable {
    public enum Verdict: String, Sendable, CaseIterable {
        /// It was what its label says.
        case right
        /// It was something else.
        case wrong
    }

    public var verdict: Verdict
    /// What it was instead; `nil` if nobody said.
    public var label: String?

    public init(verdict: Verdict, label: String? = nil) {
        self.verdict = verdict
        self.label = label
    }
}
