internal import GRDB

/// The value of a column, or the error for a row that the schema rules out.
package func known<Value>(_ value: Value?, _ column: String) throws -> Value {
    guard let value else {
        throw DatabaseError(
            resultCode: .SQLITE_CORRUPT, message: "a row has an unknown \(column)")
    }
    return value
}
