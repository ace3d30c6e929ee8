public import Database
internal import GRDB
internal import LevelStore
internal import SoundTypes
internal import Synchronization
internal import Timekeeping

/// How often a damaged database was replaced, and when that failed last.
struct RecoveryHistory {
    /// A second damaged database within this time is not copied, since what was copied may be to
    /// blame, and a third one stays: the disk is.
    static let trialPeriod = Duration.seconds(3_600)
    /// What failed is not begun again sooner: copying takes long.
    static let pause = Duration.seconds(60)

    var replacements: [ContinuousClock.Instant] = []
    var lastFailure: (time: ContinuousClock.Instant, error: StoreError)?
}

/// What becomes of a damaged database.
extension EventStore {
    private static let recovering = "recover the event database"

    /// How often a damaged database was replaced. Any thread may ask.
    public var recoveries: Int { recovery.withLock { $0.replacements.count } }

    /// Puts a new database in the place of the damaged one, which gets the name
    /// `<path>.damaged-<date>`. What can be read is copied, which for a large one takes minutes and
    /// needs as much room again; without it the new one is empty. An event of the label
    /// `SoundEvent.damageLabel` says when that was, and seconds of levels that cannot be read
    /// become gaps of cause `unstored`. What failed is not tried again within a minute: the same
    /// error. Throws `.inputOutput` when it has replaced two within the hour.
    ///
    /// - Parameter isWanted: is asked again and again; `.abandoned` if it says no, and then
    ///   everything is as it was
    public func recover(
        isWanted: @escaping () -> Bool = { true }
    ) throws(StoreError) -> RecoveredDatabase {
        let now = ContinuousClock.now
        let (recent, failure) = recovery.withLock { history in
            let recent = history.replacements.count { now - $0 < RecoveryHistory.trialPeriod }
            return (recent, history.lastFailure)
        }
        if let failure, now - failure.time < RecoveryHistory.pause { throw failure.error }
        guard recent < 2 else {
            throw StoreError(
                .inputOutput, path: path, action: Self.recovering,
                underlying: "two damaged ones were moved aside within the hour; is the disk at "
                    + "fault?")
        }
        do throws(StoreError) {
            let recovered = try replaceByCopy(recent == 0, isWanted)
            recovery.withLock { history in
                history.replacements.append(now)
                history.lastFailure = nil
            }
            return recovered
        } catch {
            if error.kind != .abandoned {
                recovery.withLock { $0.lastFailure = (.now, error) }
            }
            throw error
        }
    }

    /// By an empty one if there is no room for a copy, or the copy cannot be used: what comes next
    /// must be stored.
    private func replaceByCopy(
        _ copies: Bool, _ isWanted: @escaping () -> Bool
    ) throws(StoreError) -> RecoveredDatabase {
        do throws(StoreError) {
            return try replace(copies: copies, isWanted)
        } catch {
            guard copies, error.isMended || error.kind == .full else { throw error }
            var recovered = try replace(copies: false, isWanted)
            recovered.obstacle = error.underlying
            return recovered
        }
    }

    private func replace(
        copies: Bool, _ isWanted: @escaping () -> Bool
    ) throws(StoreError) -> RecoveredDatabase {
        let began = UTCTime.now()
        return try doing(Self.recovering) {
            try files.replaceDamaged(
                copies: copies,
                goOn: { if !isWanted() { throw DatabaseWork.Abandoned() } }
            ) { db, last, recovered in
                note(last)
                try enterRecovery(since: began, recovered, in: db)
            }
        }
    }

    private func enterRecovery(
        since began: UTCTime, _ recovered: RecoveredDatabase, in db: Database
    ) throws {
        let now = max(began, .now())
        let event = SoundEvent(
            id: nextEventID(), source: SoundEvent.boxSource, label: SoundEvent.damageLabel,
            onset: began, heardUntil: now, peakConfidence: 1, meanConfidence: 1, status: .complete)
        try event.save(to: db)
        let levels = StoredLevels(db)
        if recovered.unreadable.contains(where: { $0.table == "level_rollup" }) {
            try levels.addMissingRollUps()
        }
        for keys in recovered.unreadable where keys.table == "level_second" {
            for stretch in try levels.stretches(ofKeys: keys.first...keys.last, until: now) {
                for gap in try unstored(stretch, in: db) { try gap.save(to: db) }
            }
        }
    }

    /// The parts of a stretch in which its source was listened to.
    private func unstored(
        _ stretch: StoredLevels.Stretch, in db: Database
    ) throws -> [AudioGap] {
        var filter = RowFilter()
        filter.add("source.name = ?", stretch.source)
        filter.add("ended_us >= ?", stretch.start.microseconds)
        filter.add("started_us < ?", stretch.end.microseconds)
        return try ListeningSession.fetch(db, filter).compactMap { session in
            let start = max(stretch.start, session.started)
            let end = min(stretch.end, max(session.ended, session.started))
            guard start < end else { return nil }
            let lost = stretch.sampleRate.samples(end.seconds(since: start))
            return AudioGap(
                source: stretch.source, start: start, end: end, lostSamples: Int64(lost),
                cause: .unstored)
        }
    }
}
