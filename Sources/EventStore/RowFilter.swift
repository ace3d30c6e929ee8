internal import GRDB

/// Conditions that a row must all meet, with their arguments in order.
struct RowFilter {
    private var conditions: [String] = []
    private(set) var arguments = StatementArguments()

    /// Adds a condition with one `?` unless its value is `nil`.
    mutating func add(_ condition: String, _ value: (some DatabaseValueConvertible)?) {
        guard let value else { return }
        conditions.append(condition)
        arguments += [value]
    }

    /// Adds a condition without arguments.
    mutating func add(_ condition: String) {
        conditions.append(condition)
    }

    /// The conditions for a WHERE; "TRUE" without any.
    var condition: String {
        conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    }

    var whereClause: String { "WHERE \(condition)" }
}
