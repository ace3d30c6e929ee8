internal import GRDB

/// Removing the oldest rows, some at a time. What is made from them stays as it is.
extension LevelTable {
    /// Removes the oldest seconds before a second. Returns how many were removed. A minute that was
    /// left open is rolled up first.
    ///
    /// - Parameter limit: the most to remove
    func removeSeconds(before end: Int64, limit: Int) throws -> Int {
        if let minute = try openMinute(), minute < end { try closeMinute(minute) }
        return try remove(
            from: "level_second", "id >= ? AND id < ?", by: "id",
            [firstID, id(ofSecond: end), limit])
    }

    /// Removes the oldest histograms of minutes and roll-ups of minutes and quarters of an hour
    /// before an hour.
    func removeMinutes(before end: Int64, limit: Int) throws -> Int {
        let histograms = try remove(
            from: "level_histogram", "measurement = ? AND minute < ?", by: "minute",
            [measurement, end, limit])
        return try [RollUpLength.minute, .quarter].reduce(histograms) { sum, span in
            try sum + removeRollUps(span, before: end, limit: limit - sum)
        }
    }

    /// Removes the oldest roll-ups of hours.
    func removeHours(before end: Int64, limit: Int) throws -> Int {
        try removeRollUps(.hour, before: end, limit: limit)
    }

    private func removeRollUps(
        _ span: RollUpLength, before end: Int64, limit: Int
    ) throws -> Int {
        try remove(
            from: "level_rollup", "measurement = ? AND length = ? AND start < ?", by: "start",
            [measurement, span.rawValue, end, limit])
    }

    private func remove(
        from table: String, _ condition: String, by order: String,
        _ arguments: StatementArguments
    ) throws -> Int {
        let sql = """
            DELETE FROM \(table) WHERE rowid IN (
              SELECT rowid FROM \(table) WHERE \(condition) ORDER BY \(order) LIMIT ?)
            """
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
        return db.changesCount
    }
}
