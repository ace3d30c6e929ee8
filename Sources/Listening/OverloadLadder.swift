/// Decides how much of the analysis of a live source is done, by how much audio waits for it.
///
/// A backlog by itself is no overload: what a start or a pause of the machine has left shrinks
/// again as soon as it is worked on. It is one if it is long, and another second of audio has not
/// made it shorter.
struct OverloadLadder: Sendable {
    /// A backlog from which on no sounds are looked for, and one from which on no bands are
    /// measured, in seconds: a third and two thirds of the ring.
    static let withoutSoundsFrom = SourceCapture.ringSeconds / 3
    static let plainLevelsFrom = SourceCapture.ringSeconds * 2 / 3
    /// A backlog up to which the machine keeps up again.
    static let fullUpTo = 1.0

    /// It does, too, if so many seconds in a row have each made the backlog shorter by so much:
    /// what is left of it is soon made up for.
    static let quickCount = 3
    static let quickSeconds = 0.9

    private(set) var effort = AnalysisEffort.full
    private var previous = 0.0
    private var quick = 0

    /// Looks at the backlog, in seconds, after each second of audio that was analysed.
    mutating func look(backlogSeconds backlog: Double) {
        defer { previous = backlog }
        quick = previous - backlog >= Self.quickSeconds ? quick + 1 : 0
        if backlog <= Self.fullUpTo || quick >= Self.quickCount {
            effort = .full
            return
        }
        guard backlog >= previous else { return }
        switch effort {
        case .full where previous >= Self.withoutSoundsFrom: effort = .withoutSounds
        case .withoutSounds where previous >= Self.plainLevelsFrom: effort = .plainLevels
        case .full, .withoutSounds, .plainLevels: break
        }
    }
}
