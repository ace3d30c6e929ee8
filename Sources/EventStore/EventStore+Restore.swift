public import Database

extension EventStore {
    /// Copies a backup to where a database is, and checks it before it takes that name. What was
    /// there gets the name `<path>.replaced-<date>`, with its log; it is not removed. Nobody may be
    /// writing to it: `.inUse`. Throws also `.missing`, `.newerSchema`, `.damaged` and `.full`;
    /// then nothing has changed.
    ///
    /// - Parameter work: says how far it has got
    /// - Returns: the name that what was replaced has now; `nil` if there was nothing
    public static func restore(
        _ path: String, from backup: String, _ work: DatabaseWork = DatabaseWork()
    ) throws(StoreError) -> String? {
        try DatabaseRestore.restore(
            path, from: backup, aside: { StoreFiles.unusedPath(beside: $0, "replaced") }, work)
    }
}
