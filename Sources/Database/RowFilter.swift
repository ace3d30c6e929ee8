package import GRDB

/// Conditions that a row must all meet, with their arguments in order.
package struct RowFilter {
    private var conditions: [String] = []
    package private(set) var arguments = StatementArguments()

    package init() {}

    /// Adds a condition with one `?` unless its value is `nil`.
    package mutating func add(_ condition: String, _ value: (some DatabaseValueConvertible)?) {
        guard let value else { return }
        conditions.append(condition)
        arguments += [value]
    }

    /// Adds a condition without arguments.
    package mutating func add(_ condition: String) {
        conditions.append(condition)
    }

    /// The conditions for a WHERE; "TRUE" if there are none.
    package var condition: String {
        conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    }

    package var whereClause: String { "WHERE \(condition)" }
}
