public import Database
internal import GRDB
public import Timekeeping

/// Writes what the owner says about alerts, also while the monitor writes to the database.
public struct AlertMarker {
    private let writer: OwnerWriter

    /// Opens the database. Throws what `EventReader` throws, and `.readOnly`.
    public init(path: String) throws(StoreError) {
        writer = try OwnerWriter(path: path, action: "acknowledge an alert")
    }

    /// The database, without symbolic links.
    public var path: String { writer.path }

    /// Enters that the owner knows of an alert, replacing what he said before.
    ///
    /// Throws `.replaced` if the database was replaced meanwhile.
    ///
    /// - Returns: whether there is such an alert
    public func acknowledge(
        alert id: Int64, at time: UTCTime, comment: String
    ) throws(StoreError) -> Bool {
        try writer.write { db in
            let isThere =
                try Bool.fetchOne(
                    db, sql: "SELECT EXISTS (SELECT 1 FROM alert WHERE id = ?)",
                    arguments: [id]) ?? false
            guard isThere else { return false }
            let acknowledgement = Acknowledgement(alert: id, time: time, comment: comment)
            try acknowledgement.save(to: db)
            return true
        }
    }
}
