/// What an action is run for.
public enum Occasion: String, Sendable, Hashable, Codable, CaseIterable {
    /// The rule has fired.
    case fired
    /// The alert lasts, and its rule asks to be told again.
    case repeated
    /// The alert is over.
    case resolved
}
