public import Database
internal import GRDB
internal import LevelStore
internal import SoundTypes
internal import Synchronization
internal import Timekeeping

/// What becomes of a damaged database.
extension EventStore {
    /// A second damaged database within this time is not copied, since what was copied may be to
    /// blame, and a third one stays: the disk is.
    private static let trialPeriod = Duration.seconds(3_600)

    /// How often a damaged database was replaced. Any thread may ask.
    public var recoveries: Int { replacements.withLock { $0.count } }

    /// Puts a new database in the place of the damaged one, which gets the name
    /// `<path>.damaged-<date>`. What can be read is copied, which for a large one takes minutes and
    /// needs as much room again: `.full` without it. An event of the label
    /// `SoundEvent.damageLabel` says when that was, and seconds of levels that cannot be read
    /// become gaps of cause `unstored`. Throws `.damaged` when it has done so twice within the
    /// hour.
    public func recover() throws(StoreError) -> RecoveredDatabase {
        let action = "recover the event database"
        let now = ContinuousClock.now
        let recent = replacements.withLock { $0.count { now - $0 < Self.trialPeriod } }
        guard recent < 2 else {
            throw StoreError(
                .damaged, path: path, action: action,
                underlying: "two were moved aside within the hour; is the disk at fault?")
        }
        let began = UTCTime.now()
        return try doing(action) {
            defer { replacements.withLock { $0.append(now) } }
            do {
                return try replace(copies: recent == 0, since: began)
            } catch  where recent == 0 && StoreError(error, path: path, action: action).isMended {
                // A row that was copied makes no sense.
                return try replace(copies: false, since: began)
            }
        }
    }

    private func replace(copies: Bool, since began: UTCTime) throws -> RecoveredDatabase {
        try files.replaceDamaged(copies: copies) { db, last, recovered in
            note(last)
            try enterRecovery(since: began, recovered, in: db)
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
            for gap in try levels.gaps(ofKeys: keys.first...keys.last, until: now) {
                try gap.save(to: db)
            }
        }
    }
}
