internal import Database
internal import GRDB
public import Timekeeping

/// What the monitor did when it was asked to read its configuration again.
public struct ConfigurationReload: Sendable, Hashable {
    /// Higher than those of all before; assigned when it is stored.
    public var id: Int64
    /// On the wall clock.
    public var time: UTCTime
    /// Whether the new configuration is in force; otherwise the old one is, unchanged.
    public var isAccepted: Bool
    /// What has changed, or what is wrong with the new one.
    public var message: String

    public init(id: Int64 = 0, time: UTCTime, isAccepted: Bool, message: String) {
        self.id = id
        self.time = time
        self.isAccepted = isAccepted
        self.message = message
    }
}

/// The row of a reload.
extension ConfigurationReload {
    /// The last ones stay.
    static let keptCount = 100

    /// Adds a row, and removes the oldest.
    func insert(into db: Database) throws {
        try db.execute(
            sql: "INSERT INTO reload (time_us, is_accepted, message) VALUES (?, ?, ?)",
            arguments: [time.microseconds, isAccepted, message])
        try db.execute(
            sql: "DELETE FROM reload WHERE id <= ?",
            arguments: [db.lastInsertedRowID &- Int64(Self.keptCount)])
    }

    static func last(_ db: Database) throws -> ConfigurationReload? {
        let sql = "SELECT id, time_us, is_accepted, message FROM reload ORDER BY id DESC LIMIT 1"
        return try Row.fetchOne(db, sql: sql).map { row in
            let row = StoredRow(row, of: "reload")
            return ConfigurationReload(
                id: try row.value(0), time: UTCTime(microseconds: try row.value(1)),
                isAccepted: try row.number(2, in: 0...1) == 1, message: try row.value(3))
        }
    }
}
