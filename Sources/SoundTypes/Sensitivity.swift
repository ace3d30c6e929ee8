/// How readily a label becomes an event: a place on the operating curve that the model has for it.
public enum Sensitivity: String, Sendable, Hashable, Codable, CaseIterable {
    case low, normal, high
}
