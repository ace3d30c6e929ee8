public import Database
internal import GRDB
internal import LevelStore
public import LevelTypes

/// The scales of the sources, and what is made from their levels.
extension EventStore {
    /// Enters a calibration into the history, and returns it with its number.
    @discardableResult
    public func add(_ calibration: Calibration) throws(StoreError) -> Calibration {
        try writing("enter a calibration") { db in
            var calibration = calibration
            try calibration.insert(into: db)
            return calibration
        }
    }

    /// The calibration of a source and its input that was entered last.
    public func lastCalibration(
        source: String, input: String
    ) throws(StoreError) -> Calibration? {
        try reading("read the calibrations", empty: nil) { db in
            // A database that has no room to be migrated may be older than calibrations.
            guard try db.tableExists("calibration") else { return nil }
            return try Calibration.last(db, source: source, input: input)
        }
    }

    /// Makes all roll-ups of levels again from the seconds and the histograms of the minutes, in
    /// one transaction. They come out as they were, unless somebody changed them.
    public func rebuildRollups() throws(StoreError) {
        try writing("roll the levels up") { db in try StoredLevels(db).rebuildRollUps() }
    }
}
