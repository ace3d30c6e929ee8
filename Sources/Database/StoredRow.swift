internal import FoundationEssentials
package import GRDB

/// A row as it was read. A file from outside may hold anything, whatever the schema says: each
/// column gives a value or throws `RowFault`, and never traps.
package struct StoredRow {
    private let row: Row
    private let table: String
    private let keys: Range<Int>

    /// - Parameter keyCount: how many columns, from the first, tell the row from others
    package init(_ row: Row, of table: String, keyCount: Int = 1) {
        self.init(row, of: table, keys: 0..<keyCount)
    }

    /// - Parameter keys: the columns that tell the row from others
    package init(_ row: Row, of table: String, keys: Range<Int>) {
        self.row = row
        self.table = table
        self.keys = keys
    }

    /// The value of a column.
    package func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
        _ index: Int
    ) throws -> Value {
        do {
            return try row.decode(Value.self, atIndex: index)
        } catch is RowDecodingError {
            throw fault(index)
        }
    }

    // The same, without generics that only the caller knows: a report reads millions of these.

    package func value(_ index: Int) throws -> Int64 { try integer(index) }

    package func number(_ index: Int, in accepted: ClosedRange<Int64>) throws -> Int64 {
        let number = try integer(index)
        guard accepted.contains(number) else { throw fault(index) }
        return number
    }

    private func integer(_ index: Int) throws -> Int64 {
        do {
            return try row.decode(Int64.self, atIndex: index)
        } catch is RowDecodingError {
            throw fault(index)
        }
    }

    /// The bytes of a blob.
    package func bytes(_ index: Int) throws -> [UInt8] {
        do {
            return try row.withUnsafeData(atIndex: index) { data in
                unsafe try known(data, index).withUnsafeBytes { unsafe [UInt8]($0) }
            }
        } catch is RowDecodingError {
            throw fault(index)
        }
    }

    /// The number in a column, if it is an accepted one.
    package func number<Number: DatabaseValueConvertible & StatementColumnConvertible & Comparable>(
        _ index: Int, in accepted: ClosedRange<Number>
    ) throws -> Number {
        let number: Number = try value(index)
        guard accepted.contains(number) else { throw fault(index) }
        return number
    }

    /// The number in a column; `nil` for NULL.
    package func numberIfPresent<
        Number: DatabaseValueConvertible & StatementColumnConvertible & Comparable
    >(
        _ index: Int, in accepted: ClosedRange<Number>
    ) throws -> Number? {
        row.hasNull(atIndex: index) ? nil : try number(index, in: accepted)
    }

    /// What the value of a column stands for; `nil` is a fault of that column.
    package func known<Value>(_ value: Value?, _ index: Int) throws -> Value {
        guard let value else { throw fault(index) }
        return value
    }

    /// Names this row in the faults of its parts.
    package func naming<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch var fault as RowFault where fault.place == nil {
            fault.place = place
            throw fault
        }
    }

    private func fault(_ index: Int) -> RowFault {
        var fault = RowFault(text(of: index))
        fault.place = place
        return fault
    }

    private var place: RowPlace {
        RowPlace(
            table: table, keys: keys.map { (name(of: $0), row[$0]) },
            description: "table \(table), " + keys.map(text).joined(separator: ", "))
    }

    private func name(of index: Int) -> String {
        let names = row.columnNames
        return names[names.index(names.startIndex, offsetBy: index)]
    }

    /// `full_scale_db is inf`
    private func text(of index: Int) -> String {
        let name = name(of: index)
        let value: DatabaseValue = row[index]
        let text =
            switch value.storage {
            case .null: "NULL"
            case .blob(let data): "a blob of \(data.count) bytes"
            case .string(let string): "\"\(string.prefix(Self.shownLength))\""
            case .int64, .double: "\(value)"
            }
        return "\(name) is \(text)"
    }

    /// How much of a text an error shows, in characters.
    private static let shownLength = 40
}
