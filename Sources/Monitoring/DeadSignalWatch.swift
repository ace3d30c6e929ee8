internal import LevelTypes

/// Notices, second by second, when a source brings audio without sound: the same sample again and
/// again, from a dead or muted microphone. Its levels are stored and marked all the same.
struct DeadSignalWatch: Sendable {
    enum Change: Sendable {
        /// Nothing has been heard for `patience`, although samples come.
        case dead
        /// The samples change again.
        case alive
    }

    /// So many seconds without any change of the samples are believed.
    static let patience = 10

    private var stuckSeconds = 0

    /// Takes the next second; tells when that changes anything.
    mutating func see(_ record: LevelRecord) -> Change? {
        guard record.summary.stuckSeconds > 0 else {
            let wasDead = stuckSeconds >= Self.patience
            stuckSeconds = 0
            return wasDead ? .alive : nil
        }
        stuckSeconds += 1
        return stuckSeconds == Self.patience ? .dead : nil
    }
}
