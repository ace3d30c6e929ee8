internal import Formats
internal import HostSystem
public import SoundTypes
internal import Timekeeping

/// What a database takes on the disk, and what for.
public struct StoredSizeListing: Sendable {
    private let sizes: StoredSizes
    private let database: String
    private let fileBytes: Int64
    private let logBytes: Int64
    private let diskFreeBytes: Int64
    private let retention: Retention?

    /// - Parameters:
    ///   - fileBytes: the size of the file
    ///   - logBytes: the size of its log
    ///   - diskFreeBytes: what is free on its disk
    ///   - retention: how long its data are kept; `nil`: not known
    public init(
        _ sizes: StoredSizes, database: String, fileBytes: Int64, logBytes: Int64,
        diskFreeBytes: Int64, retention: Retention?
    ) {
        (self.sizes, self.database) = (sizes, database)
        (self.fileBytes, self.logBytes) = (fileBytes, logBytes)
        (self.diskFreeBytes, self.retention) = (diskFreeBytes, retention)
    }

    /// A table, and what it means for the disk.
    public var text: String {
        let cells = sizes.parts.map { part in
            [
                part.name, sizeText(part.bytes),
                part.bytesPerDay.map { sizeText($0) } ?? "-",
                part.first?.localDescription.prefix(10).description ?? "-",
                part.last?.localDescription.prefix(10).description ?? "-", kept(part),
            ]
        }
        let table = TextTable(
            [
                TextTable.Column(title: "WHAT"),
                TextTable.Column(title: "SIZE", alignment: .right),
                TextTable.Column(title: "A DAY", alignment: .right),
                TextTable.Column(title: "FROM"), TextTable.Column(title: "TO"),
                TextTable.Column(title: "KEPT"),
            ], fitting: cells)
        return table.header + cells.map(table.line).joined() + "\n" + summary
    }

    private var summary: String {
        let shrinks =
            sizes.canShrink
            ? "" : "; it keeps its size: an earlier version made it, db backup makes no smaller one"
        var lines = [
            "\(printable(database)): \(sizeText(fileBytes)), of which \(sizeText(sizes.freeBytes)) "
                + "are free for what comes\(shrinks)",
            "its log: \(sizeText(logBytes)); free on the disk: \(sizeText(diskFreeBytes))",
        ]
        if let daily = bytesPerDay, daily > 0 {
            let days = Double(diskFreeBytes + sizes.freeBytes) / Double(daily)
            lines.append(
                "at \(sizeText(daily)) a day, and if nothing were removed, the disk is full in "
                    + "\(days < 3_650 ? "\(Int(days)) days" : "more than ten years")")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func kept(_ part: StoredSizes.Part) -> String {
        guard let retention else { return "-" }
        if part.kinds.isEmpty { return "for ever" }
        let ages = part.kinds.map { kind in
            retention.seconds[kind].map { "\(Int($0 / Retention.day)) days" } ?? "for ever"
        }
        return Set(ages).count == 1 ? ages[0] : ages.joined(separator: ", ")
    }

    /// What the data took on average.
    private var bytesPerDay: Int64? {
        let daily = sizes.parts.compactMap(\.bytesPerDay)
        return daily.isEmpty ? nil : daily.reduce(0, +)
    }

    public var json: String {
        JSONValue.object([
            ("database", .string(database)), ("file_bytes", .integer(fileBytes)),
            ("log_bytes", .integer(logBytes)), ("free_bytes", .integer(sizes.freeBytes)),
            ("can_shrink", .boolean(sizes.canShrink)),
            ("disk_free_bytes", .integer(diskFreeBytes)),
            ("bytes_per_day", bytesPerDay.map { .integer($0) } ?? .null),
            ("parts", .array(sizes.parts.map(value))),
        ]).text + "\n"
    }

    private func value(_ part: StoredSizes.Part) -> JSONValue {
        let ages = part.kinds.compactMap { retention?.seconds[$0] }
        return .object([
            ("name", .string(part.name)), ("bytes", .integer(part.bytes)),
            ("first", part.first.map { .string($0.rfc3339) } ?? .null),
            ("last", part.last.map { .string($0.rfc3339) } ?? .null),
            ("bytes_per_day", part.bytesPerDay.map { .integer($0) } ?? .null),
            ("kept_days", ages.min().map { .decimal($0 / Retention.day, places: 0) } ?? .null),
        ])
    }
}

extension StoredSizes.Part {
    /// `nil` if it is less than a day.
    fileprivate var bytesPerDay: Int64? {
        guard let first, let last else { return nil }
        let days = last.seconds(since: first) / Retention.day
        return days >= 1 ? Int64(Double(bytes) / days) : nil
    }
}
