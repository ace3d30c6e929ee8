/// What was made of a damaged database.
public struct RecoveredDatabase: Sendable, CustomStringConvertible {
    /// How many stretches of unreadable keys the description names.
    private static let namedStretches = 5

    /// Where the damaged one is now; its log lies beside it.
    public let aside: String
    /// Rows that are in the new one.
    public private(set) var rows = 0
    /// Rows that make no sense, and are not.
    package internal(set) var refused = 0
    package private(set) var unreadable: [UnreadableKeys] = []
    /// Why it was not copied; `nil` if it was, or was not to be.
    package var obstacle: String?

    init(aside: String) {
        self.aside = aside
    }

    mutating func add(_ table: TableSalvage.Outcome) {
        rows += table.copied
        refused += table.refused
        unreadable += table.unreadable
    }

    /// Rows that were copied make no sense, and were removed.
    package mutating func refuse(_ count: Int) {
        refused += count
        rows -= count
    }

    /// "it is now …; 120 rows were recovered, 2 that made no sense were left behind; not to be
    /// read: event 7 to 31"
    public var description: String {
        if let obstacle { return "it is now \(aside), and was not copied: \(obstacle)" }
        var text = "it is now \(aside); \(rows) rows were recovered"
        if refused > 0 { text += ", \(refused) that made no sense were left behind" }
        guard !unreadable.isEmpty else { return text }
        text += "; not to be read: "
        text += unreadable.prefix(Self.namedStretches).map(\.description).joined(separator: ", ")
        let rest = unreadable.count - Self.namedStretches
        return rest > 0 ? text + " and \(rest) more" : text
    }
}

/// Keys of a table whose rows could not be read, or were never there: nobody can tell which.
package struct UnreadableKeys: Hashable, Sendable, CustomStringConvertible {
    package let table: String
    package let first: Int64
    /// The largest number there is, if nothing after `first` could be read.
    package let last: Int64

    package var description: String {
        switch last {
        case first: "\(table) \(first)"
        case .max: "\(table) from \(first) on"
        default: "\(table) \(first) to \(last)"
        }
    }
}
