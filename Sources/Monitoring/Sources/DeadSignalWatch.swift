internal import LevelTypes

/// Notices, second by second, when a source delivers audio without sound: the same sample over and
/// over, from a dead or muted microphone. Its levels are stored and marked all the same.
struct DeadSignalWatch: Sendable {
    enum Change: Sendable {
        /// Nothing has been heard for `patience`, although samples arrive.
        case dead
        /// The samples are changing again.
        case alive
    }

    /// This many seconds without any change in the samples are tolerated.
    static let patience = 10

    private var stuckSeconds = 0

    /// Takes the next second; says when it changes anything.
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
